import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { ROWS } from '../../src/probe/index.js'
import { bareServer } from '../support/answering-server.js'
import { fixturePath } from '../support/fixtures.js'
import { testGateway } from '../support/gateway.js'

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url))

interface Done {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function probe(...args: readonly string[]): Promise<Done> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [CLI, 'probe', ...args], (_error, out, err) => {
      resolve({ code: child.exitCode, out, err })
    })
  })
}

t.test('a table, and exit 0 if all that was asked for works', async (t) => {
  const { grpc } = await testGateway(t, { 'admin.listen': 'off' })
  const [all, some, conformance] = await Promise.all([
    probe(grpc),
    probe(grpc, '--only', 'c,atomix', '--repeat', '3', '--epoch', '10'),
    probe(grpc, '--only', 'c', '--conformance'),
  ])
  t.match(all, { code: 0, err: '', out: new RegExp(`^${ROWS.length} of ${ROWS.length} work$`, 'm') })
  t.match(some, { code: 0, err: '', out: /^3 of 3 work$/m })
  t.match(some.out, /^ {2}c +api-go \S+ +works +[\d.]+ \/ [\d.]+ \/ [\d.]+ ms, 3 times$/m)
  t.match(conformance, { code: 0, out: /^conformance: 8 cases, 8 answered as the genuine servers do$/m })
})

t.test('as JSON', async (t) => {
  const { grpc } = await testGateway(t, { 'admin.listen': 'off' })
  const { code, out } = await probe(grpc, '--json', '--only', 'a2,2.25')
  t.equal(code, 0)
  const row = {
    name: 'a2',
    group: 'v1-legacy',
    client: 'neofs-proto v0.2.9 – api-go v0.7.1',
    path: '/session.Session/Create',
    outcome: 'works',
    attempts: 1,
    latency_ms: { min: Number, median: Number, max: Number },
    findings: [],
  }
  t.match(JSON.parse(out), { server: grpc, works: true, rows: [row, { name: '2.25' }] })
  t.same(Object.keys(JSON.parse(out)), ['server', 'works', 'rows'])
})

t.test('exit 1 if nothing is served', async (t) => {
  const done = await probe(await bareServer(t))
  t.match(done, { code: 1, err: '', out: new RegExp(`^0 of ${ROWS.length} work, ${ROWS.length} not served$`, 'm') })
})

t.test('exit 1 and one line if nothing answers', async (t) => {
  const { grpc, gateway } = await testGateway(t, { 'admin.listen': 'off' })
  await gateway.stop()
  const done = await probe(grpc)
  t.match(done, {
    code: 1,
    out: '',
    err: new RegExp(`^session-gateway: can't reach ${grpc}: [^\n]*ECONNREFUSED[^\n]*\n$`),
  })
})

t.test('with TLS', async (t) => {
  const [ca, cert, key] = ['authority.pem', 'server.pem', 'server.key'].map((name) => fixturePath(`tls/${name}`))
  const { grpc } = await testGateway(t, { 'admin.listen': 'off', 'tls.cert': cert ?? '', 'tls.key': key ?? '' })
  const [trusted, stranger, plain] = await Promise.all([
    probe(grpc, '--tls', '--tls-ca', ca ?? '', '--only', 'c'),
    probe(grpc, '--tls', '--only', 'c'),
    probe(grpc, '--only', 'c', '--timeout', '2s'),
  ])
  t.match(trusted, { code: 0, err: '' })
  t.match(stranger, { code: 1, out: '', err: /^session-gateway: can't reach [^\n]*certificate[^\n]*\n$/i })
  t.match(plain, { code: 1, out: '', err: /^session-gateway: can't reach [^\n]*\n$/ })
})

t.test('wrong usage is one line and exit 2', async (t) => {
  const nokey = fixturePath('tls/server.pem')
  const table: readonly [args: string[], err: RegExp][] = [
    [[], /missing required argument 'HOST:PORT'/],
    [['localhost'], /<HOST:PORT>: "localhost" is no address of a server: it takes HOST:PORT/],
    [['localhost:0'], /<HOST:PORT>: "localhost:0" is no address/],
    [['h:1', '--only', 'atomic'], /--only: no row is named "atomic"; the nearest is atomix/],
    [['h:1', '--repeat', '0'], /'--repeat <N>' argument '0' is invalid\. It takes a number from 1/],
    [['h:1', '--timeout', '5'], /'--timeout <DURATION>' argument '5' is invalid\. It takes a duration/],
    [
      ['h:1', '--epoch', '18446744073709551616'],
      /--epoch: "18446744073709551616" is no epoch: it takes a number from 0/,
    ],
    [['h:1', '--key', '/nowhere'], /--key: ENOENT/],
    [['h:1', '--key', nokey], /--key: key is a PEM of a CERTIFICATE; accepted is/],
    [['h:1', '--tls-ca', nokey], /--tls-ca: takes effect with --tls only/],
    [['h:1', '--tls', '--tls-cert', nokey], /--tls-cert: --tls-cert and --tls-key go together/],
    [['h:1', '--jsn'], /unknown option '--jsn'/],
  ]
  await Promise.all(
    table.map(async ([args, err]) => {
      const done = await probe(...args)
      t.match(done, { code: 2, out: '', err }, args.join(' '))
      t.match(done.err, /^session-gateway: [^\n]+\n$/)
    }),
  )
})

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { AtomixClient } from '../clients/atomix.js'
import { connected } from '../clients/in-core.js'
import { freshKey } from '../clients/keys.js'
import { hex, opened } from '../clients/outcome.js'
import { UnaryClient } from '../clients/v1.js'
import { V2Client } from '../clients/v2.js'
import { ADMIN_TOKEN } from '../support/admin-token.js'
import { fixturePath } from '../support/fixtures.js'
import { testGateway } from '../support/gateway.js'
import { SeededRandom } from '../support/seeded-random.js'
import { tempFolder } from '../support/temp-folder.js'

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url))
const CA = fixturePath('tls/authority.pem')
const CERT = fixturePath('tls/client.pem')
const KEY = fixturePath('tls/client.key')
const OTHER_KEY = fixturePath('tls/server.key')
const HERE = t.testdir({ 'off.yaml': 'admin: {listen: "off"}' })

interface Done {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function explain(args: readonly string[], env: Record<string, string> = {}): Promise<Done> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [CLI, 'explain', ...args], { cwd: HERE, env }, (_error, out, err) => {
      resolve({ code: child.exitCode, out, err })
    })
  })
}

t.test('stories of sessions at a gateway, as text and as JSON', async (t) => {
  const { grpc: address, admin } = await testGateway(t, { epoch: 'manual:10' })
  const at = admin.replace('http://', '')
  const grpc = connected(t, address)
  const random = new SeededRandom(41)
  const c = opened(await new UnaryClient({ variant: 'C v1.3.0', key: freshKey(random), validUntil: 20n }).open(grpc))
  const version = { major: 2, minor: 21 }
  const over = new V2Client({ dialect: 'v2', version, key: freshKey(random), expiration: 5n })
  const v2 = opened(await over.open(grpc))
  const atomix = new AtomixClient({ version: 'v0.4.1', partition: 2, timeout_ms: 60_000 })
  await atomix.open(grpc)
  await atomix.close(grpc)

  const [ofC, ofV2, ofAtomix, json] = await Promise.all([
    explain(['--admin', at, hex(c.id)]),
    explain(['--admin', at, hex(v2.id).toUpperCase()]),
    explain(['--admin', at, '2:1']),
    // The address of the configuration, here from the environment.
    explain(['--json', '2:1'], { SESSION_GATEWAY_ADMIN_LISTEN: at }),
  ])
  t.match(ofC, {
    code: 0,
    err: '',
    out: /^session [0-9a-f-]{36}: open\n[\s\S]*to the end of epoch 20 \(inclusive\); it is epoch 10, with 11 epochs left\n[\s\S]* in epoch 10\n/,
  })
  t.match(ofV2, { code: 0, err: '', out: /: expired [\s\S]*most likely from the start[\s\S]*status 4097/ })
  t.match(ofAtomix, { code: 0, err: '', out: /^session 2:1 \([0-9a-f-]{36}\): closed [\s\S]*its client closed it\n/ })
  t.match([json.code, json.err], [0, ''])
  t.match(JSON.parse(json.out), {
    number: '2:1',
    state: 'closed',
    opened: { generation: 'atomix', clientVersion: 'v0.2+' },
    lifetime: { kind: 'timeout', timeout_ns: '60000000000' },
    ended: { reason: 'closed', by: 'client' },
    genuine: [{ answer: 'gRPC 2 "unknown session 1"' }, { answer: 'gRPC 13 "unknown session 1"' }],
  })
})

t.test('a gateway that asks for client certificates', async (t) => {
  const { gateway, grpc: address } = await testGateway(t, {
    'admin.listen': '0.0.0.0:0',
    'admin.tls.cert': fixturePath('tls/server.pem'),
    'admin.tls.key': fixturePath('tls/server.key'),
    'admin.tls.clientCa': CA,
  })
  await new AtomixClient({ version: 'v0.4.1', partition: 2, timeout_ms: 60_000 }).open(connected(t, address))
  const at = `https://localhost:${gateway.ready.admin.split(':')[1]}`
  const asked = ['--admin', at, '--admin-ca', CA, '--admin-token', 'env:ADMIN_TOKEN', '2:1']
  const identity = ['--admin-cert', CERT, '--admin-key', KEY]
  const env = { ADMIN_TOKEN }
  const [shown, refused] = await Promise.all([explain([...identity, ...asked], env), explain(asked, env)])
  t.match(shown, { code: 0, err: '', out: /^session 2:1 / })
  t.match(refused, { code: 1, out: '', err: /does not answer/ })
})

t.test('stories of sessions in a store, while its gateway runs and after', async (t) => {
  const store = `lmdb:${join(tempFolder(t), 'data')}`
  const { gateway, grpc: address } = await testGateway(t, { 'store.url': store, epoch: 'fixed:10' })
  const grpc = connected(t, address)
  const c = opened(
    await new UnaryClient({ variant: 'C v1.3.0', key: freshKey(new SeededRandom(42)), validUntil: 20n }).open(grpc),
  )
  const atomix = new AtomixClient({ version: 'v0.4.1', partition: 2, timeout_ms: 60_000 })
  await atomix.open(grpc)
  const running = await Promise.all([
    explain(['--store', store, hex(c.id)], { SESSION_GATEWAY_EPOCH: 'fixed:10' }),
    explain(['--store', store, '2:1']),
  ])
  await gateway.stop()
  const after = await explain(['--store', store, '--json', '2:1'])
  t.match(running[0], { code: 0, err: '', out: /: open\n[\s\S]*it is epoch 10, with 11 epochs left\n/ })
  t.match(running[1], { code: 0, err: '', out: /^session 2:1 \([0-9a-f-]{36}\): open\n/ })
  t.match([after.code, after.err], [0, ''])
  t.match(JSON.parse(after.out), { number: '2:1', state: 'open' })
  t.match(await explain(['--store', store, '2:2']), {
    code: 1,
    err: /^session-gateway: the store lmdb:\S+ has no session 2:2/,
  })
})

t.test('not found and unreachable: one line that helps, and exit 1', async (t) => {
  const there = await testGateway(t)
  const gone = await testGateway(t)
  await gone.gateway.stop()
  const rows: readonly (readonly [admin: string, err: RegExp])[] = [
    [
      there.admin,
      /has no session 1:1, open or remembered: it never had, or it ended longer ago than sessions\.history$/,
    ],
    [gone.admin, /does not answer \(.*ECONNREFUSED.*\): --admin takes the admin address of its ready line$/],
  ]
  for (const [admin, err] of rows) {
    const done = await explain(['--admin', admin.replace('http://', ''), '1:1'])
    t.match(done, { code: 1, out: '' })
    t.match(done.err, /^session-gateway: the gateway at 127\.0\.0\.1:\d+ [^\n]+\n$/)
    t.match(done.err.trimEnd(), err)
  }
})

t.test('a store that is not there is exit 3', async (t) => {
  const done = await explain(['--store', `lmdb:${join(tempFolder(t), 'none')}`, '1:1'])
  t.match(done, { code: 3, out: '', err: /^session-gateway: there is no store in / })
})

t.test('wrong usage is one line and exit 2', async (t) => {
  const rows: readonly (readonly [args: string[], err: RegExp])[] = [
    [[], /missing required argument 'ID'/],
    [['1'], /<ID>: got '1', takes a UUID, 32 hex digits or PARTITION:NUMBER$/m],
    [['1:18446744073709551616'], /<ID>: got/],
    [['--admin', 'localhost', '1:1'], /--admin: got 'localhost', and the gateway has to be asked at HOST:PORT/],
    [['--admin', '127.0.0.1:0', '1:1'], /--admin: got/],
    [['--config', 'off.yaml', '1:1'], /admin\.listen: got 'off', and the gateway has to be asked at HOST:PORT/],
    [['--config', 'none.yaml', '1:1'], /none\.yaml/],
    [['--jsn', '1:1'], /unknown option '--jsn'/],
    [['--store', 'memory:', '1:1'], /--store: got 'memory:'/],
    [['--admin-cert', CERT, '1:1'], /--admin-key is missing: --admin-cert takes the key of the certificate$/m],
    [['--admin-key', KEY, '1:1'], /--admin-cert is missing: --admin-key takes the certificate of the key$/m],
    [['--admin-cert', 'none.pem', '--admin-key', KEY, '1:1'], /--admin-cert: 'none\.pem' can not be read \(ENOENT\)/],
    [['--admin-cert', CERT, '--admin-key', 'none.pem', '1:1'], /--admin-key: 'none\.pem' can not be read \(ENOENT\)/],
    [['--admin-cert', 'off.yaml', '--admin-key', KEY, '1:1'], /--admin-cert: 'off\.yaml' is not an X\.509 certificate/],
    [['--admin-cert', CERT, '--admin-key', 'off.yaml', '1:1'], /--admin-key: 'off\.yaml' is not a private key in PEM/],
    [['--admin-cert', CERT, '--admin-key', OTHER_KEY, '1:1'], /--admin-key: '.*' does not belong to --admin-cert/],
    [['--store', 'lmdb:x', '--admin', '127.0.0.1:1', '1:1'], /give one of them/],
  ]
  await Promise.all(
    rows.map(async ([args, err]) => {
      const done = await explain(args)
      t.match(done, { code: 2, out: '', err }, args.join(' '))
      t.match(done.err, /^session-gateway: [^\n]+\n$/)
    }),
  )
})

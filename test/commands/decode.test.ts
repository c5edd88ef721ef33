import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url))

interface Done {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function decode(args: readonly string[], stdin?: Uint8Array | string): Promise<Done> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [CLI, 'decode', ...args], (_error, out, err) => {
      resolve({ code: child.exitCode, out, err })
    })
    child.stdin?.end(stdin)
  })
}

const OPEN = '0a02300112020802'

t.test('what decodes is exit 0, what does not is explained and exit 1', async (t) => {
  const kind = /^atomix\.session\.OpenSessionRequest, a request of atomix$/m
  const table: readonly [args: string[], stdin: Uint8Array | string | undefined, code: number, out: RegExp][] = [
    [[OPEN], undefined, 0, kind],
    [[Buffer.from(OPEN, 'hex').toString('base64')], undefined, 0, kind],
    [['-'], `${OPEN}\n`, 0, kind],
    [['-'], Buffer.from(OPEN, 'hex'), 0, kind],
    [['-'], Buffer.from(`0000000008${OPEN}`, 'hex'), 0, /^binary, 13 bytes, 1 in gRPC frames$/m],
    [['--path', '/atomix.session.SessionService/OpenSession', `${OPEN}ff`], undefined, 1, /^bad byte at 8/m],
    [['07'], undefined, 1, /^no known message$/m],
  ]
  await Promise.all(
    table.map(async ([args, stdin, code, out]) =>
      t.match(await decode(args, stdin), { code, out, err: '' }, args.join(' ')),
    ),
  )
})

t.test('as JSON', async (t) => {
  const { code, out } = await decode(['--json', OPEN])
  t.equal(code, 0)
  t.match(JSON.parse(out), {
    input: { form: 'hex', size: 8, framed: false },
    decoded: true,
    messages: [{ kind: { generation: 'atomix' }, fields: [{ name: 'header' }, { name: 'timeout' }] }],
  })
})

t.test('wrong usage is one line and exit 2', async (t) => {
  const table: readonly [args: string[], err: RegExp][] = [
    [[], /missing required argument 'BYTES'/],
    [['0a0'], /<BYTES>: 3 hex digits, expected an even number/],
    [['what?'], /<BYTES>: neither hex nor base64: character 5 is "\?"/],
    [['-'], /<BYTES>: no bytes given on standard input/],
    [['--path', '/nowhere', OPEN], /--path: no generation has the path "\/nowhere"; the nearest is \//],
    [['--jsn', OPEN], /unknown option '--jsn'/],
  ]
  await Promise.all(
    table.map(async ([args, err]) => {
      const done = await decode(args, '')
      t.match(done, { code: 2, out: '', err }, args.join(' '))
      t.match(done.err, /^session-gateway: [^\n]+\n$/)
    }),
  )
})

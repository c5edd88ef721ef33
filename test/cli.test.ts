import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const CLI = fileURLToPath(new URL('../src/cli.js', import.meta.url))
const HERE = t.testdir({ 'bad.yaml': 'lisen: x', 'good.yaml': 'log: {level: error}', 'no.pem': 'nothing' })

interface Done {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** With nothing in the environment but `env`. */
function run(args: readonly string[], env: Record<string, string> = {}): Promise<Done> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [CLI, ...args], { cwd: HERE, env }, (_error, out, err) => {
      resolve({ code: child.exitCode, out, err })
    })
  })
}

t.test('what asks for help or the version gets it on standard output, exit 0', async (t) => {
  const table: readonly [string[], RegExp][] = [
    [['--version'], /^\d+\.\d+\.\d+\n$/],
    [['--help'], /serve[\s\S]*Examples:[\s\S]*Exit codes:/],
    [['help'], /serve/],
    [['serve', '--help'], /--tls-client-ca[\s\S]*Examples:/],
    [['config', '--help'], /check[\s\S]*print/],
  ]
  await Promise.all(
    table.map(async ([args, out]) => t.match(await run(args), { code: 0, out, err: '' }, args.join(' '))),
  )
})

// What each key and file refuses stands in test/config/load.test.ts; here, that it comes out as promised.
t.test('wrong usage is one line and exit 2', async (t) => {
  const table: readonly [string[], RegExp, Record<string, string>?][] = [
    [[], /name a command/],
    [['config'], /name a command/],
    [['serv'], /unknown command 'serv' .*serve/],
    [['test-server'], /unknown command 'test-server'/],
    [['serve', '--lisen', 'x'], /unknown option '--lisen' .*--listen/],
    [['serve', '--workers', '2'], /unknown option '--workers'/],
    [['serve', 'extra'], /too many arguments/],
    [['serve', '--store'], /'--store <URL>' argument missing/],
    [
      ['serve', '--store', 'redis://h'],
      /--store: got 'redis:\/\/h' \(this build has lmdb: and memory: only\), takes lmdb:PATH or memory:$/m,
    ],
    [['serve', '--listen', 'here'], /--listen: got \["here"\], takes HOST:PORT/],
    [['serve', '--key', './none.pem'], /--key: got '\.\/none\.pem' \(no such file\)/],
    [['config', 'check', '--config', 'bad.yaml'], /bad\.yaml: lisen: no such key; the nearest is listen/],
    [['config', 'check', '--set', 'x'], /--set: got 'x', takes PATH=VALUE/],
    [['config', 'print'], /SESSION_GATEWAY_LISTN: no such variable/, { SESSION_GATEWAY_LISTN: 'x' }],
  ]
  await Promise.all(
    table.map(async ([args, pattern, env]) => {
      const { code, out, err } = await run(args, env)
      t.equal(code, 2, args.join(' '))
      t.equal(out, '')
      t.match(err, /^session-gateway: [^\n]+\n$/)
      t.match(err, pattern)
    }),
  )
})

t.test('config check refuses what serve refuses, in the same words', async (t) => {
  const table: readonly (readonly [args: string[], pattern: RegExp])[] = [
    [['--admin', '0.0.0.0:8081'], /--admin: got '0\.0\.0\.0:8081', which others can reach; takes a token, too/],
    [['--key', 'no.pem'], /key \(--key\): no\.pem: gateway key/],
    [['--tls-cert', 'no.pem', '--tls-key', 'no.pem'], /tls\.cert \(--tls-cert\) no\.pem is not/],
    [['--set', 'adapters.v1Legacy.keyStore=no.pem'], /adapters\.v1Legacy\.keyStore: no\.pem: it is not JSON/],
    [['--set', 'companions.epochDuration=7'], /companions\.epochDuration: /],
  ]
  await Promise.all(
    table.map(async ([args, pattern]) => {
      const [check, serve] = await Promise.all([
        run(['config', 'check', ...args]),
        run(['serve', '--log-level', 'silent', ...args]),
      ])
      t.match(check, { code: 2, out: '', err: pattern }, args.join(' '))
      t.match(check.err, /^session-gateway: [^\n]+\n$/)
      t.strictSame(check, serve)
    }),
  )
})

t.test('config check and print', async (t) => {
  const env = { SESSION_GATEWAY_SESSIONS_HISTORY: '2h' }
  const flags = [
    '--config',
    'good.yaml',
    '--listen',
    'a:1',
    '--listen',
    'b:2',
    '--strict',
    '--admin',
    'off',
    '--admin',
    'localhost:3',
  ]
  const order = ['--set', 'log.level=warn', '--log-level', 'debug', '--set', 'log.level=error']
  const [check, json, yaml, last] = await Promise.all([
    run(['config', 'check']),
    run(['config', 'print', '--json', ...flags], env),
    run(['config', 'print', ...flags], env),
    run(['config', 'print', '--json', ...order]),
  ])
  t.match(check, { code: 0, out: 'the configuration is valid\n', err: '' })
  t.match(JSON.parse(json.out), {
    listen: { value: ['a:1', 'b:2'], source: 'flag', from: '--listen' },
    'admin.listen': { value: 'localhost:3', from: '--admin' },
    strict: { value: true, from: '--strict' },
    'log.level': { value: 'error', from: 'good.yaml: log.level' },
    'sessions.history': { value: '2h', from: 'SESSION_GATEWAY_SESSIONS_HISTORY' },
    'adapters.v2.signatures': { value: 'required', source: 'preset' },
  })
  t.match(yaml, { code: 0, out: /^ {2}listen: localhost:3 {2}# --admin$/m })
  t.match(JSON.parse(last.out), { 'log.level': { value: 'error' } }, 'the last flag counts')
})

interface Serving {
  readonly child: ChildProcess
  readonly ready: { readonly grpc: readonly string[]; readonly admin: string | null }
  /** Lines of standard output, the ready line first. */
  readonly lines: readonly string[]
  readonly exited: Promise<{ code: number | null; err: string }>
}

async function serve(t: { teardown(run: () => void): void }, args: readonly string[]): Promise<Serving> {
  const child = spawn(process.execPath, [CLI, 'serve', '--store', 'memory:', '--listen', '127.0.0.1:0', ...args], {
    cwd: HERE,
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => void child.kill('SIGKILL'))
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  const exited = new Promise<{ code: number | null; err: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, err }))
  })
  const lines: string[] = []
  const first = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line)
      resolve()
    })
  })
  await Promise.race([first, exited])
  if (lines[0] === undefined) throw new Error(`serve ended: ${(await exited).err}`)
  return { child, ready: JSON.parse(lines[0]), lines, exited }
}

t.test(
  'serve says when it is ready, in the only line of standard output, and drains on SIGTERM and SIGINT',
  async (t) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const { child, ready, lines, exited } = await serve(t, ['--admin', '127.0.0.1:0', '--set', 'shutdown.grace=0'])
      t.match(ready, {
        event: 'ready',
        version: (await run(['--version'])).out.trim(),
        role: 'backend',
        grpc: [/^127\.0\.0\.1:[1-9]\d*$/],
        admin: /^127\.0\.0\.1:[1-9]\d*$/,
        store: 'memory:',
        publicKey: /^0[23][0-9a-f]{64}$/,
        pid: child.pid,
      })
      child.kill(signal)
      const { code, err } = await exited
      t.equal(code, 0, signal)
      t.equal(lines.length, 1)
      const entries = err
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      const memory = entries.filter(({ level, message }) => level === 'warn' && /in memory only/.test(message))
      t.equal(memory.length, 1, 'it warns once that sessions end with the process')
    }
  },
)

t.test('a second signal ends it at once', async (t) => {
  const { child, exited } = await serve(t, [
    '--admin',
    'off',
    '--set',
    'shutdown.grace=20s',
    '--set',
    'shutdown.timeout=30s',
  ])
  child.stderr?.on('data', (chunk: Buffer) => {
    if (chunk.toString().includes('draining')) child.kill('SIGTERM')
  })
  child.kill('SIGTERM')
  t.equal((await exited).code, 1)
})

t.test('SIGHUP does not end it', async (t) => {
  const { child, exited } = await serve(t, ['--admin', 'off', '--set', 'shutdown.grace=0'])
  child.kill('SIGHUP')
  child.kill('SIGTERM')
  t.equal((await exited).code, 0)
})

t.test('SIGUSR1 opens no debugger', async (t) => {
  const { child, exited } = await serve(t, ['--admin', 'off', '--set', 'shutdown.grace=0'])
  const told = new Promise<void>((resolve) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('SIGUSR1 is ignored')) resolve()
    })
  })
  child.kill('SIGUSR1')
  await Promise.race([told, exited])
  child.kill('SIGTERM')
  const { code, err } = await exited
  t.equal(code, 0, 'it lived on')
  t.match(err, /"level":"info".*"SIGUSR1 is ignored"/)
  t.notMatch(err, /Debugger listening/)
})

t.test('an address in use is exit 1 and one line that names it', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  for (const [key, ...args] of [
    ['listen \\(--listen\\)', '--listen', `127.0.0.1:${port}`, '--admin', 'off'],
    ['admin\\.listen \\(--admin\\)', '--listen', '127.0.0.1:0', '--admin', `127.0.0.1:${port}`],
  ]) {
    const { code, out, err } = await run(['serve', '--log-level', 'silent', ...args])
    t.equal(code, 1)
    t.equal(out, '')
    const line = `${key}: cannot listen on 127\\.0\\.0\\.1:${port}: the address is in use`
    t.match(err, new RegExp(`^session-gateway: ${line}\\n$`))
  }
})

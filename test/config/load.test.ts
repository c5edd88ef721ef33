import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { stringify } from 'yaml'
import { ConfigError } from '../../src/config/error.js'
import { type FlagValue, parseSetFlag } from '../../src/config/flags.js'
import { configKeys, envNameOf } from '../../src/config/keys.js'
import { type ConfigInputs, checkFiles, type LoadedConfig, loadConfig } from '../../src/config/load.js'
import { VALUES } from './values.js'

const EMPTY = t.testdir()
let files = 0

/** `path` set to `text` in a file of its own. */
function fileWith(yaml: string): string {
  mkdirSync(join(EMPTY, 'files'), { recursive: true })
  const file = join(EMPTY, 'files', `${++files}.yaml`)
  writeFileSync(file, yaml)
  return file
}

function load(inputs: Partial<ConfigInputs>): LoadedConfig {
  return loadConfig({ flags: [], env: {}, directory: EMPTY, ...inputs })
}

function set(path: string, text: string): FlagValue {
  return parseSetFlag(`${path}=${text}`)
}

function nested(path: string, value: unknown): unknown {
  return path.split('.').reduceRight((inner, name) => ({ [name]: inner }), value)
}

function effectiveValue(loaded: LoadedConfig, path: string): unknown {
  return loaded.effective.get(path)?.value
}

/** What one key needs another for is right in these, so that the key alone is judged. */
const COMPANIONS: Readonly<Record<string, readonly string[]>> = {
  'tls.cert': ['tls.key=x'],
  'tls.key': ['tls.cert=x'],
  'tls.clientCa': ['tls.key=x', 'tls.cert=x'],
  'admin.tls.cert': ['admin.tls.key=x'],
  'admin.tls.key': ['admin.tls.cert=x'],
  'admin.tls.clientCa': ['admin.tls.key=x', 'admin.tls.cert=x'],
  'keys.listen': ['keys.tls.key=x', 'keys.tls.cert=x', 'keys.tls.clientCa=x'],
  'keys.tls.cert': ['keys.tls.key=x'],
  'keys.tls.key': ['keys.tls.cert=x'],
  'keys.tls.clientCa': ['keys.tls.key=x', 'keys.tls.cert=x'],
  'keys.tls.clientNames': ['keys.tls.key=x', 'keys.tls.cert=x', 'keys.tls.clientCa=x'],
  'limits.connectionsPerAddress': ['limits.connections=1000000'],
  'admin.limits.connectionsPerAddress': ['admin.limits.connections=10000'],
  'limits.sessionsPerGeneration': ['limits.sessions=100000000'],
  'limits.sessionsPerOwner': ['limits.sessions=100000000'],
  'limits.pendingHandshakes': ['limits.sessions=100000000'],
  'limits.handshakesPerConnection': [
    'limits.pendingHandshakes=10000000',
    'limits.concurrentStreams=10000000',
    'limits.sessions=100000000',
  ],
  'limits.handshakeSize': ['limits.messageSize=4MiB'],
  'limits.onOwnerLimit': ['strict=true'],
}

function companions(path: string): FlagValue[] {
  return (COMPANIONS[path] ?? []).map(parseSetFlag)
}

function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return 'taken'
}

t.test('the table of values has every key', async (t) => {
  t.strictSame(Object.keys(VALUES).sort(), [...configKeys.keys()].sort())
})

t.test('every key takes its good values from every source', async (t) => {
  for (const [path, { good }] of Object.entries(VALUES)) {
    for (const [text, value] of good) {
      const flags = companions(path)
      const sources: [string, Partial<ConfigInputs>][] = [
        ['flag', { flags: [...flags, set(path, text)] }],
        ['env', { flags, env: { [envNameOf(path)]: text } }],
        ['file', { flags, file: fileWith(stringify(nested(path, text))) }],
      ]
      // As YAML has it: true, 42, a list.
      if (String(value) === text || Array.isArray(value)) {
        sources.push(['file', { flags, file: fileWith(stringify(nested(path, value))) }])
      }
      for (const [kind, inputs] of sources) {
        const loaded = load(inputs)
        t.strictSame(effectiveValue(loaded, path), value, `${path}=${text} by ${kind}`)
        t.equal(loaded.effective.get(path)?.source.kind, kind)
      }
    }
  }
})

t.test(
  'every key refuses its bad values from every source, in one line with name, value and what it takes',
  async (t) => {
    for (const [path, { bad }] of Object.entries(VALUES)) {
      for (const text of bad) {
        const flags = companions(path)
        const file = fileWith(stringify(nested(path, text)))
        const sources: readonly [string, Partial<ConfigInputs>][] = [
          [`--set ${path}: got `, { flags: [...flags, set(path, text)] }],
          [`${envNameOf(path)}: got `, { flags, env: { [envNameOf(path)]: text } }],
          [`${file}: ${path}: got `, { flags, file }],
        ]
        for (const [start, inputs] of sources) {
          const message = refusal(() => load(inputs))
          t.ok(message.startsWith(start), `${path}=${text}: ${message}`)
          t.match(message, /, takes \S/)
          t.notMatch(message, /\n/)
        }
      }
    }
  },
)

t.test('flags win over the environment, that over the file, that over strict, that over defaults', async (t) => {
  const order = ['default', 'preset', 'file', 'env', 'flag']
  const paths = ['v1Legacy', 'v1', 'v2'].map((adapter) => `adapters.${adapter}.signatures`)
  const word = fc.constantFrom('genuine', 'whenPresent', 'required', 'off')
  const cases = fc.record({
    path: fc.constantFrom(...paths),
    strict: fc.constantFrom('flag', 'env', 'file', undefined),
    file: fc.option(word, { nil: undefined }),
    env: fc.option(word, { nil: undefined }),
    flags: fc.array(word, { maxLength: 2 }),
  })
  fc.assert(
    fc.property(cases, ({ path, strict, file, env, flags }) => {
      const yaml = { ...(strict === 'file' ? { strict: true } : {}), ...(file ? Object(nested(path, file)) : {}) }
      const loaded = load({
        flags: [...(strict === 'flag' ? [set('strict', 'true')] : []), ...flags.map((text) => set(path, text))],
        env: { [envNameOf(path)]: env, ...(strict === 'env' ? { SESSION_GATEWAY_STRICT: 'true' } : {}) },
        file: fileWith(stringify(yaml)),
      })
      const given = ['genuine', strict && 'required', file, env, flags.at(-1)]
      const winner = given.findLastIndex((text) => text !== undefined)
      return effectiveValue(loaded, path) === given[winner] && loaded.effective.get(path)?.source.kind === order[winner]
    }),
  )
  t.pass('for every combination')
})

t.test('strict requires and checks all, and leaves the edge', async (t) => {
  const { config } = load({ flags: [set('strict', 'true')] })
  for (const adapter of [config.adapters.v1Legacy, config.adapters.v1, config.adapters.v2]) {
    t.match(adapter, { signatures: 'required', ownerCheck: 'on' })
  }
  t.equal(config.adapters.v2.expiryEdge, 'node')
  t.equal(load({ flags: [set('strict', 'false')], env: { SESSION_GATEWAY_STRICT: 'true' } }).config.strict, false)
})

t.test('a list flag adds up; --set and variables replace', async (t) => {
  const listen = (text: string): FlagValue => ({ flag: '--listen', path: 'listen', text, repeatable: true })
  const listens = (...flags: FlagValue[]) => load({ flags, env: { SESSION_GATEWAY_LISTEN: 'e:1' } }).config.listen
  t.strictSame(listens(), ['e:1'])
  t.strictSame(listens(listen('a:1'), listen('b:2')), ['a:1', 'b:2'])
  t.strictSame(listens(listen('a:1'), set('listen', 'c:3,d:4')), ['c:3', 'd:4'])
  t.strictSame(listens(set('listen', 'c:3'), set('log.level', 'warn'), listen('a:1')), ['a:1'])
  const apart = listens(listen('a:1'), set('log.level', 'warn'), listen('b:2'))
  t.strictSame(apart, ['a:1', 'b:2'], 'whatever stands between them')
})

t.test('a wrong value is refused also where another source overrides it', async (t) => {
  const message = refusal(() => load({ flags: [set('role', 'backend')], env: { SESSION_GATEWAY_ROLE: 'bridge' } }))
  t.equal(message, "SESSION_GATEWAY_ROLE: got 'bridge', takes backend")
})

t.test('what is refused with which text', async (t) => {
  const table: readonly [Partial<ConfigInputs>, string][] = [
    [
      { flags: [{ flag: '--store', path: 'store.url', text: 'redis://h' }] },
      "--store: got 'redis://h' (this build has lmdb: and memory: only), takes lmdb:PATH or memory:",
    ],
    [
      { env: { SESSION_GATEWAY_STORE_URL: 'redis://user:secret@host:6379' } },
      "SESSION_GATEWAY_STORE_URL: got 'redis://***@host:6379' (this build has lmdb: and memory: only), takes lmdb:PATH or memory:",
    ],
    [
      { flags: [set('key', 'ab'.repeat(32))] },
      '--set key: got a value that is not shown (this looks like a key itself), takes the path of a file',
    ],
    [
      { flags: [set('store.key', 'ab'.repeat(32))] },
      '--set store.key: got a value that is not shown (this looks like a key itself), takes file:PATH, env:NAME or credential:NAME',
    ],
    [
      { env: { SESSION_GATEWAY_STORE_KEY: `${'ab'.repeat(31)}a` } },
      'SESSION_GATEWAY_STORE_KEY: got a value that is not shown, takes file:PATH, env:NAME or credential:NAME',
    ],
    [{ flags: [set('nonsuch.thing', '1')] }, '--set nonsuch.thing: no such key; the nearest is '],
    [
      { flags: [set('adapters.atomix', '1')] },
      '--set adapters.atomix: is a section; its keys are enabled, profile, partitions, defaultTimeout',
    ],
    [
      { env: { SESSION_GATEWAY_ADAPTERS_ATOMIX_PARTITION: '3' } },
      'SESSION_GATEWAY_ADAPTERS_ATOMIX_PARTITION: no such variable; the nearest is SESSION_GATEWAY_ADAPTERS_ATOMIX_PARTITIONS',
    ],
    [{ env: { SESSION_GATEWAY_ADMIN_PORT: '9000' } }, 'SESSION_GATEWAY_ADMIN_PORT: no such variable; the nearest is '],
    [
      { flags: [set('log.level', 'a\nb\u001b[31m\u202e')] },
      "--set log.level: got 'a b\\u001b[31m\\u202e', takes one of ",
    ],
    [{ flags: [set('log.level', 'x'.repeat(5000))] }, `--set log.level: got 'xxx`],
    [
      { flags: [set('limits.sessions', '0')] },
      "--set limits.sessions: got '0', takes a whole number from 1 to 100000000",
    ],
    [
      { flags: [set('epoch', 'follow:http://n')] },
      "--set epoch: got 'follow:http://n' (this build cannot follow the epoch of a node), takes clock:START,LENGTH",
    ],
    [{ flags: [set('tls.cert', 'c.pem')] }, '--set tls.cert: needs the private key, too; give --tls-key (tls.key)'],
    [{ env: { SESSION_GATEWAY_TLS_KEY: 'k.pem' } }, 'SESSION_GATEWAY_TLS_KEY: needs the certificate, too'],
    [{ flags: [set('tls.clientCa', 'c.pem')] }, '--set tls.clientCa: needs TLS'],
    [
      { flags: [set('admin.listen', '127.0.0.1:8080')] },
      "--set admin.listen: got '127.0.0.1:8080', where gRPC listens",
    ],
    [{ flags: [set('listen', '127.0.0.1:8081')] }, "admin.listen: got '127.0.0.1:8081', where gRPC listens"],
    [
      { flags: [set('shutdown.timeout', '1s')] },
      "--set shutdown.timeout: got '1s'; shutdown.grace (1s) has to be shorter than shutdown.timeout (1s)",
    ],
    [
      { flags: [set('shutdown.grace', '11s')] },
      "--set shutdown.grace: got '11s'; shutdown.grace (11s) has to be shorter than shutdown.timeout (10s)",
    ],
  ]
  for (const [inputs, text] of table) {
    const message = refusal(() => load(inputs))
    t.equal(message.slice(0, text.length), text)
    t.ok(message.length < 400, 'short')
    t.ok(
      [...message].every((character) => character >= ' '),
      'nothing that a terminal would act on',
    )
  }
  for (const text of ['x', '=1', '']) {
    t.equal(refusal(() => parseSetFlag(text)).split(',')[1], ' takes PATH=VALUE')
  }
  t.match(
    parseSetFlag('epoch=clock:store,1h=x'),
    { path: 'epoch', text: 'clock:store,1h=x' },
    'only the first = counts',
  )
})

t.test('variables that are no configuration', async (t) => {
  const env = {
    PATH: '/bin',
    SESSION_GATEWAYS: 'x',
    SESSION_GATEWAY_LOG_LEVEL: '',
    SESSION_GATEWAY_NOT_A_KEY: undefined,
    // As Kubernetes describes the services session-gateway and session-gateway-admin.
    SESSION_GATEWAY_SERVICE_HOST: '10.0.0.1',
    SESSION_GATEWAY_SERVICE_PORT: '8080',
    SESSION_GATEWAY_SERVICE_PORT_GRPC: '8080',
    SESSION_GATEWAY_PORT: 'tcp://10.0.0.1:8080',
    SESSION_GATEWAY_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
    SESSION_GATEWAY_PORT_8080_TCP_PROTO: 'tcp',
    SESSION_GATEWAY_PORT_8080_TCP_PORT: '8080',
    SESSION_GATEWAY_PORT_8080_TCP_ADDR: '10.0.0.1',
    SESSION_GATEWAY_ADMIN_SERVICE_HOST: '10.0.0.2',
    SESSION_GATEWAY_ADMIN_PORT: 'tcp://10.0.0.2:8081',
  }
  t.strictSame(load({ env }).config, load({}).config)
  t.strictSame(
    load({ env: { SESSION_GATEWAY_ADAPTERS_V1LEGACY_HANDSHAKETIMEOUT: '5s' } }).config.adapters.v1Legacy
      .handshakeTimeout,
    5_000,
  )
})

t.test('the file', async (t) => {
  const table: readonly [string, RegExp][] = [
    ['listen: [', /^F: line \d+, column \d+: not valid YAML: /],
    ['log: {level: warn}\nlog: {level: info}', /^F: line 2, column 1: not valid YAML: .*unique/],
    ['- a', /^F: takes a map of keys/],
    ['text', /^F: takes a map of keys/],
    ['log: warn', /^F: log: got 'warn', takes keys of its own: level$/],
    ['log: [warn]', /^F: log: got .* takes keys of its own/],
    ['loglevel: warn', /^F: loglevel: no such key; the nearest is log\.level$/],
    ['adapters: {v3: {enabled: true}}', /^F: adapters\.v3: no such key; the nearest is adapters\.v[12]$/],
    ['__proto__: {strict: true}', /^F: __proto__: no such key/],
    ['constructor: 1', /^F: constructor: no such key/],
    ['1: 2', /^F: 1: no such key/],
    ['role: {a: 1}', /^F: role: got .*, takes backend$/],
    ['strict: yes', /^F: strict: got 'yes', takes true or false$/],
    ['strict: 1', /^F: strict: got 1, takes true or false$/],
    ['sessions: {history: 30}', /^F: sessions\.history: got 30, takes a duration/],
    ['limits: {sessions: 1.5}', /^F: limits\.sessions: got 1\.5, takes a whole number/],
    ['limits: {sessions: .inf}', /^F: limits\.sessions: got /],
    ['listen: []', /^F: listen: got \[\], takes HOST:PORT/],
    ['listen: [8080]', /^F: listen: got \[8080\], takes HOST:PORT/],
    [
      'a: &a [x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]',
      /^F: /,
    ],
  ]
  for (const [yaml, pattern] of table) {
    const file = fileWith(yaml)
    const message = refusal(() => load({ file })).replace(file, 'F')
    t.match(message, pattern, yaml)
    t.notMatch(message, /\n/)
  }
  for (const nothing of ['', '# only a comment', '---', 'tls:\nkey:\nlimits: {sessions: }']) {
    t.strictSame(load({ file: fileWith(nothing) }).config, load({}).config, `'${nothing}' sets nothing`)
  }
  const here = t.testdir({ 'session-gateway.yaml': 'log:\n  level: warn\n' })
  t.equal(load({ directory: here }).config.log.level, 'warn', 'found in the working directory')
  t.equal(load({ directory: here }).effective.get('log.level')?.source.name, 'session-gateway.yaml: log.level')
  t.equal(load({ directory: here, file: fileWith('') }).config.log.level, 'info', 'another one instead of it')
  t.match(
    refusal(() => load({ file: join(here, 'none') })),
    /^--config: '.*none' cannot be read: no such file; takes the path of a YAML file$/,
  )
  t.match(
    refusal(() => load({ file: here })),
    /^--config: '.*' cannot be read: it is a directory/,
  )
})

t.test('nothing in the result can be changed', async (t) => {
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen))
  const first = load({}).config
  t.ok(frozen(first))
  t.strictSame(load({ flags: [set('listen', 'a:1')] }).config.listen, ['a:1'])
  t.strictSame(load({}).config, first, 'and loading again starts afresh')
})

t.test('files that are named have to be readable', async (t) => {
  const here = t.testdir({ 'key.pem': 'x' })
  t.doesNotThrow(() => checkFiles(load({ flags: [set('key', join(here, 'key.pem'))] })))
  const message = refusal(() => checkFiles(load({ env: { SESSION_GATEWAY_KEY: join(here, 'none.pem') } })))
  t.match(
    message,
    /^SESSION_GATEWAY_KEY: got '.*none\.pem' \(no such file\), takes the path of a file that can be read$/,
  )
})

import t from 'tap'
import Type from 'typebox'
import { readValue, takes } from '../../src/config/forms.js'
import { configKeys, configSections } from '../../src/config/keys.js'
import { loadConfig } from '../../src/config/load.js'
import { DEFAULT_SESSION_LIMITS } from '../../src/core/limits.js'
import { DEFAULT_VERIFIER_LIMITS } from '../../src/crypto/limits.js'

const { config } = loadConfig({ flags: [], env: {}, directory: t.testdir() })

t.test('every key says what it is, what it takes, and has a default that it takes', async (t) => {
  for (const key of configKeys.values()) {
    const { notes, path, schema } = key
    t.match(notes.description, /^[A-Z`].{10,}[.]$/s, `${path} has a description`)
    t.match(takes(notes), /\w/, `${path} says what it takes`)
    if (notes.default === undefined) {
      t.ok(Type.IsOptional(schema), `${path} has no default, so it is optional`)
      continue
    }
    t.notOk(Type.IsOptional(schema), `${path} has a default, so it is always there`)
    t.match(readValue(key, notes.default), { value: /./ }, `${path} takes its default`)
    for (const edge of [notes.from, notes.to]) {
      if (edge !== undefined) t.match(readValue(key, edge), { value: Number }, `${path} takes its bound ${edge}`)
    }
  }
  for (const { path, description } of configSections.values()) t.not(description, '', `${path} has a description`)
})

t.test('the defaults that users were promised', async (t) => {
  const { limits, ...rest } = config
  t.strictSame(rest, {
    listen: ['127.0.0.1:8080'],
    admin: {
      listen: '127.0.0.1:8081',
      metricsToken: false,
      login: { lifetime: 43_200_000 },
      tls: {},
      limits: {
        requestsPerSecond: 2000,
        scrapesPerSecond: 50,
        logins: 100,
        loginsPerMinute: 10,
        listsWaiting: 20,
        decodesWaiting: 8,
        decodeTimeout: 10_000,
        eventReaders: 20,
        eventsRemembered: 1000,
        renewalsPerSecond: 10,
        signsPerSecond: 1000,
        bodySize: 524_288,
        headerSize: 16_384,
        connections: 100,
        requestTimeout: 10_000,
        idleTimeout: 75_000,
        page: 1_000,
      },
    },
    keys: { listen: 'off', socketMode: 'owner', tls: {}, limits: { refusalsPerSecond: 10 } },
    role: 'backend',
    store: { url: 'lmdb:./data' },
    epoch: 'clock:store,1h',
    strict: false,
    tls: {},
    transport: { kind: 'grpc-js' },
    log: { level: 'info' },
    adapters: {
      v1Legacy: { enabled: true, signatures: 'genuine', ownerCheck: 'genuine', handshakeTimeout: 60_000 },
      v1: { enabled: true, signatures: 'genuine', ownerCheck: 'genuine' },
      v2: { enabled: true, signatures: 'genuine', ownerCheck: 'genuine', expiryEdge: 'node' },
      atomix: { enabled: true, profile: 'safe', partitions: 'any', defaultTimeout: 30_000 },
    },
    companions: { enabled: true, magicNumber: 15405, partitions: 3 },
    sessions: { history: 86_400_000 },
    shutdown: { timeout: 10_000, grace: 1_000 },
  })
  t.equal(limits.originChain, 8)
  t.equal(limits.nesting, 256)
  t.equal(limits.messageSize, 128 * 1024)
  t.equal(limits.keyRecoveries, 20)
})

t.test('each limit of the core and of the signature checks has the default of its own key', async (t) => {
  const { limits, sessions } = config
  t.strictSame(DEFAULT_SESSION_LIMITS, {
    sessions: limits.sessions,
    sessionsPerGeneration: 0.9 * limits.sessions,
    sessionsPerOwner: limits.sessionsPerOwner,
    onOwnerLimit: limits.onOwnerLimit,
    createsPerAddress: limits.createsPerAddress,
    createsPerOwner: limits.createsPerOwner,
    pendingHandshakes: limits.pendingHandshakes,
    expiryTick_ms: limits.expiryTick,
    expiryBatch: limits.expiryBatch,
    stall_ms: limits.stall,
    lease_ms: 3_000,
    tombstones: limits.tombstones,
    partitions: limits.partitions,
    history_ms: sessions.history,
    eventQueue: limits.eventQueue,
  })
  t.strictSame(DEFAULT_VERIFIER_LIMITS, { publicKeys: limits.publicKeys, verified: limits.verifiedSignatures })
})

t.test('no two keys share a variable', async (t) => {
  t.equal(new Set([...configKeys.values()].map(({ env }) => env)).size, configKeys.size)
})

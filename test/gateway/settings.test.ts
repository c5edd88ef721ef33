import t from 'tap'
import { configKeys } from '../../src/config/keys.js'
import {
  adminLimitsOf,
  limitsByName,
  limitsOf,
  sessionLimitsOf,
  transportLimitsOf,
} from '../../src/gateway/settings.js'
import { testConfig } from '../support/gateway.js'

t.test('every limit of the core, the transport and the admin listener follows its key', async (t) => {
  const config = testConfig({
    strict: 'true',
    'limits.sessions': '1004',
    'limits.sessionsPerGeneration': '1003',
    'limits.sessionsPerOwner': '1002',
    'limits.onOwnerLimit': 'evictOldest',
    'limits.createsPerAddress': '1012',
    'limits.createsPerOwner': '1013',
    'limits.pendingHandshakes': '1001',
    'limits.expiryTick': '1005ms',
    'limits.expiryBatch': '1006',
    'limits.stall': '1007ms',
    'limits.tombstones': '1008',
    'limits.partitions': '1009',
    'sessions.history': '1010ms',
    'limits.eventQueue': '1011',
    'limits.messageSize': '2001',
    'limits.connections': '2002',
    'limits.connectionsPerAddress': '2001',
    'limits.connectionIdle': '2008ms',
    'limits.connectionAge': '2009ms',
    'limits.tlsTimeout': '2010ms',
    'limits.requestTimeout': '2003ms',
    'limits.concurrentStreams': '2004',
    'limits.headerSize': '2005',
    'limits.keepaliveInterval': '2006ms',
    'limits.keepaliveTimeout': '2007ms',
    'admin.limits.bodySize': '3001',
    'admin.limits.headerSize': '3002',
    'admin.limits.connections': '3003',
    'admin.limits.connectionsPerAddress': '3002',
    'admin.limits.listsWaiting': '314',
    'admin.limits.requestTimeout': '3004ms',
    'admin.limits.idleTimeout': '3005ms',
    'admin.limits.page': '3006',
    'admin.limits.requestsPerSecond': '3010',
    'admin.limits.scrapesPerSecond': '3013',
    'admin.limits.logins': '3011',
    'admin.limits.loginsPerMinute': '3012',
    'admin.login.lifetime': '301300ms',
    'admin.limits.eventReaders': '3007',
    'admin.limits.eventsRemembered': '3008',
    'admin.limits.renewalsPerSecond': '9',
    'admin.limits.signsPerSecond': '3009',
  })
  t.strictSame(sessionLimitsOf(config), {
    sessions: 1004,
    sessionsPerGeneration: 1003,
    sessionsPerOwner: 1002,
    onOwnerLimit: 'evictOldest',
    createsPerAddress: 1012,
    createsPerOwner: 1013,
    pendingHandshakes: 1001,
    expiryTick_ms: 1005,
    expiryBatch: 1006,
    stall_ms: 1007,
    lease_ms: 3000,
    tombstones: 1008,
    partitions: 1009,
    history_ms: 1010,
    eventQueue: 1011,
  })
  t.strictSame(transportLimitsOf(config), {
    messageSize_bytes: 2001,
    connections: 2002,
    connectionsPerAddress: 2001,
    connectionIdle_ms: 2008,
    connectionAge_ms: 2009,
    tlsTimeout_ms: 2010,
    requestTimeout_ms: 2003,
    concurrentStreams: 2004,
    headerSize_bytes: 2005,
    keepaliveInterval_ms: 2006,
    keepaliveTimeout_ms: 2007,
  })
  t.strictSame(adminLimitsOf(config), {
    bodySize_bytes: 3001,
    headerSize_bytes: 3002,
    connections: 3003,
    connectionsPerAddress: 3002,
    listsWaiting: 314,
    requestTimeout_ms: 3004,
    idleTimeout_ms: 3005,
    page: 3006,
    requestsPerSecond: 3010,
    scrapesPerSecond: 3013,
    logins: { open: 3011, lifetime_ms: 301_300, attemptsPerMinute: 3012 },
    signsPerSecond: 3009,
    events: {
      readers: 3007,
      remembered: 3008,
      renewalsPerSecond: 9,
      // Several within the idle timeout.
      heartbeat_ms: 1002,
      linger_ms: 60_000,
    },
  })
  t.match(adminLimitsOf(testConfig()), { events: { heartbeat_ms: 15_000 }, connectionsPerAddress: 50 })
})

t.test('what nobody set follows what it is a part of', async (t) => {
  const alone = Object.fromEntries(['v1Legacy', 'v1', 'v2'].map((name) => [`adapters.${name}.enabled`, 'false']))
  const table: readonly (readonly [settings: Readonly<Record<string, string>>, limits: object])[] = [
    [
      {},
      {
        sessionsPerGeneration: 900_000,
        sessionsPerOwner: 100_000,
        pendingHandshakes: 10_000,
        handshakesPerConnection: 500,
        connectionsPerAddress: 5_000,
        handshakeSize: 8192,
      },
    ],
    [
      { 'limits.sessions': '100' },
      { sessionsPerGeneration: 90, sessionsPerOwner: 100, pendingHandshakes: 100, handshakesPerConnection: 100 },
    ],
    [{ 'limits.sessions': '1' }, { sessionsPerGeneration: 1, sessionsPerOwner: 1, pendingHandshakes: 1 }],
    [{ 'limits.sessions': '100', 'limits.sessionsPerOwner': '7' }, { sessionsPerOwner: 7 }],
    [{ ...alone, 'limits.sessions': '100' }, { sessionsPerGeneration: 100 }],
    [{ ...alone, 'limits.sessionsPerGeneration': '7' }, { sessionsPerGeneration: 7 }],
    [{ 'limits.pendingHandshakes': '20' }, { handshakesPerConnection: 20 }],
    [{ 'limits.concurrentStreams': '30' }, { handshakesPerConnection: 30 }],
    [{ 'limits.connections': '11' }, { connectionsPerAddress: 6 }],
    [{ 'limits.connections': '1' }, { connectionsPerAddress: 1 }],
    [{ 'limits.connections': '11', 'limits.connectionsPerAddress': '11' }, { connectionsPerAddress: 11 }],
    [{ 'limits.messageSize': '1KiB' }, { handshakeSize: 1024 }],
  ]
  for (const [settings, limits] of table) {
    t.match(limitsOf(testConfig(settings)), limits, JSON.stringify(settings))
  }
})

t.test('every limit is told by the name that the metrics call it', async (t) => {
  const limits = limitsByName(
    testConfig({ 'limits.connectionAge': '1h', 'limits.connections': '11', 'admin.limits.page': '5' }),
  )
  const isLimit = (path: string) => /^((admin|keys)\.)?limits\.|^adapters\.v1Legacy\.handshakeTimeout$/.test(path)
  t.strictSame(Object.keys(limits).sort(), [...configKeys.keys()].filter(isLimit).sort())
  t.match(limits, {
    'limits.connectionsPerAddress': 6,
    'admin.limits.page': 5,
    'admin.limits.connectionsPerAddress': 50,
    'admin.limits.requestTimeout': 10_000,
    'adapters.v1Legacy.handshakeTimeout': 60_000,
  })
})

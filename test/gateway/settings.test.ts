import t from 'tap'
import { adminLimitsOf, sessionLimitsOf, transportLimitsOf } from '../../src/gateway/settings.js'
import { testConfig } from '../support/gateway.js'

t.test('every limit of the core, the transport and the admin listener follows its key', async (t) => {
  const config = testConfig({
    'limits.sessions': '1001',
    'limits.sessionsPerGeneration': '1002',
    'limits.sessionsPerOwner': '1003',
    'limits.pendingHandshakes': '1004',
    'limits.expiryTick': '1005ms',
    'limits.expiryBatch': '1006',
    'limits.stall': '1007ms',
    'limits.tombstones': '1008',
    'limits.partitions': '1009',
    'sessions.history': '1010ms',
    'limits.eventQueue': '1011',
    'limits.messageSize': '2001',
    'limits.connections': '2002',
    'limits.requestTimeout': '2003ms',
    'limits.concurrentStreams': '2004',
    'limits.headerSize': '2005',
    'limits.keepaliveInterval': '2006ms',
    'limits.keepaliveTimeout': '2007ms',
    'admin.limits.bodySize': '3001',
    'admin.limits.headerSize': '3002',
    'admin.limits.connections': '3003',
    'admin.limits.requestTimeout': '3004ms',
    'admin.limits.idleTimeout': '3005ms',
    'admin.limits.page': '3006',
  })
  t.strictSame(sessionLimitsOf(config), {
    sessions: 1001,
    sessionsPerGeneration: 1002,
    sessionsPerOwner: 1003,
    pendingHandshakes: 1004,
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
    requestTimeout_ms: 3004,
    idleTimeout_ms: 3005,
    page: 3006,
  })
})

t.test('what one generation may have where nothing is said', async (t) => {
  const alone = Object.fromEntries(['v1Legacy', 'v1', 'v2'].map((name) => [`adapters.${name}.enabled`, 'false']))
  for (const [settings, limit] of [
    [{}, 900_000],
    [{ 'limits.sessions': '100' }, 90],
    [{ 'limits.sessions': '1' }, 1],
    [{ ...alone, 'limits.sessions': '100' }, 100],
    [{ ...alone, 'limits.sessionsPerGeneration': '7' }, 7],
  ] as const) {
    t.equal(sessionLimitsOf(testConfig(settings)).sessionsPerGeneration, limit, JSON.stringify(settings))
  }
})

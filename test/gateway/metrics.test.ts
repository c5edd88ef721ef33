import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { SeenClient } from '../../src/adapters/adapter.js'
import { ClientStatistics } from '../../src/gateway/client-statistics.js'
import { Metrics } from '../../src/gateway/metrics.js'
import { parseExposition, sampleValue } from '../support/exposition.js'

function makeMetrics(t: Test) {
  const clients = new ClientStatistics({ wallTime: () => 0 }, 100)
  const told: SeenClient[] = []
  const counts = { open: new Map([['v2', 3]]), tombstones: 0 }
  const metrics = new Metrics({
    counts: () => counts,
    handshakesPending: () => 7,
    clients,
    onBornExpired: (client) => void told.push(client),
  })
  t.teardown(() => metrics.stop())
  const read = async () => parseExposition((await metrics.text(undefined)).body)
  return { metrics, clients, told, read, counts }
}

const CLIENT: SeenClient = { generation: 'v2', dialect: 'v2', version: '2.21', userAgent: 'x', peer: 'p' }

t.test('every metric has the name and type that are promised', async (t) => {
  const { read } = makeMetrics(t)
  const { types } = await read()
  const promised = {
    sessions: 'gauge',
    operations_total: 'counter',
    operation_duration_seconds: 'histogram',
    companion_calls_total: 'counter',
    session_keys_calls_total: 'counter',
    signature_checks_total: 'counter',
    expiry_lag_seconds: 'histogram',
    expired_total: 'counter',
    store_errors_total: 'counter',
    clients_seen: 'gauge',
    limits_hit_total: 'counter',
    handshakes_pending: 'gauge',
    event_loop_delay_seconds: 'gauge',
  }
  for (const [name, type] of Object.entries(promised)) t.equal(types.get(`session_gateway_${name}`), type, name)
  t.equal(types.get('process_resident_memory_bytes'), 'gauge')
  t.equal(types.get('nodejs_gc_duration_seconds'), 'histogram')
})

t.test('what is reported is counted', async (t) => {
  const { metrics, read, told } = makeMetrics(t)
  const call = { operation: 'open', generation: 'v1', dialect: 'C', outcome: 'ok', duration_ms: 2 } as const
  metrics.operation(call)
  metrics.operation({ ...call, outcome: 'limit', duration_ms: 30_000 })
  metrics.companionCall({ service: 'a.B', method: 'C', outcome: 'ok' })
  metrics.companionCall({ service: 'a.B', method: 'C', outcome: 'whatever' })
  metrics.keysCall({ method: 'Sign', outcome: 'forbidden' })
  metrics.signatureCheck(0, 'received')
  metrics.signatureCheck(3, 'invalid')
  metrics.signatureCheck(-5, 'valid')
  metrics.limit('limits.sessions')
  metrics.expired('atomix')
  metrics.expiryLag(3)
  metrics.storeError()
  metrics.seen(CLIENT)
  metrics.seen({ ...CLIENT, userAgent: 'y' })
  metrics.bornExpired(CLIENT)
  metrics.bornExpired(CLIENT)
  const { samples } = await read()
  const of = (name: string, labels = {}) => sampleValue(samples, `session_gateway_${name}`, labels)
  t.equal(of('operations_total', { operation: 'open', generation: 'v1', dialect: 'C', outcome: 'ok' }), 1)
  t.equal(of('operations_total', { outcome: 'limit' }), 1)
  t.equal(of('operation_duration_seconds_sum', { operation: 'open', generation: 'v1' }), 30.002)
  t.equal(of('operation_duration_seconds_bucket', { le: '0.0025' }), 1)
  t.equal(of('companion_calls_total', { service: 'a.B', method: 'C', outcome: 'ok' }), 1)
  t.equal(of('companion_calls_total', { service: 'a.B', method: 'C', outcome: 'other' }), 1)
  t.equal(of('session_keys_calls_total', { method: 'Sign', outcome: 'forbidden' }), 1)
  t.equal(of('signature_checks_total', { scheme: '0', outcome: 'received' }), 1)
  t.equal(of('signature_checks_total', { scheme: '3', outcome: 'invalid' }), 1)
  t.equal(of('signature_checks_total', { scheme: 'other', outcome: 'valid' }), 1)
  t.equal(of('limits_hit_total', { limit: 'limits.sessions' }), 1)
  t.equal(of('expired_total', { generation: 'atomix' }), 1)
  t.equal(of('expiry_lag_seconds_sum'), 0.003)
  t.equal(of('store_errors_total'), 1)
  t.equal(of('clients_seen', { generation: 'v2', version: '2.21' }), 2)
  t.equal(of('born_expired_total', { generation: 'v2' }), 2)
  t.strictSame(told, [CLIENT], 'a client is told of once')
})

t.test('gauges show what is true when they are read', async (t) => {
  const { read, counts } = makeMetrics(t)
  const sessions = async () => {
    const { samples } = await read()
    return samples.filter(({ name }) => name === 'session_gateway_sessions').map(({ labels, value }) => [labels, value])
  }
  t.strictSame(await sessions(), [
    [{ state: 'open', generation: 'v2' }, 3],
    [{ state: 'pending', generation: 'v1-legacy' }, 7],
  ])
  counts.open = new Map([['atomix', 1]])
  t.strictSame(
    await sessions(),
    [
      [{ state: 'open', generation: 'atomix' }, 1],
      [{ state: 'pending', generation: 'v1-legacy' }, 7],
    ],
    'nothing stays of what went',
  )
  t.equal(sampleValue((await read()).samples, 'session_gateway_handshakes_pending'), 7)
})

t.test('clients can make no more than a few time series', async (t) => {
  const { metrics, read } = makeMetrics(t)
  const text = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.constantFrom('2.0', '2.25', '2.26', 'C', 'ok', '\n', '"', '\\'),
  )
  fc.assert(
    fc.property(text, text, text, fc.integer(), (dialect, outcome, version, scheme) => {
      metrics.operation({ operation: 'open', generation: 'v2', dialect, outcome, duration_ms: 0 })
      metrics.signatureCheck(scheme, outcome)
      metrics.seen({ ...CLIENT, dialect, version, userAgent: outcome })
      metrics.limit(version)
    }),
    { numRuns: 500 },
  )
  const { samples } = await read()
  const values = (name: string, label: string) =>
    new Set(samples.filter((one) => one.name === `session_gateway_${name}`).map((one) => one.labels[label]))
  const known = /^(?:other|v[\d.v+-]+|2\.(?:\d|1\d|2[0-5])|[A-E]|A[0-3]|Cx|E[12]|F0|v2|atomix|)$/
  for (const [name, label] of [
    ['operations_total', 'dialect'],
    ['clients_seen', 'version'],
  ] as const) {
    const found = [...values(name, label)]
    t.ok(found.includes('other'), `${name}: something was unknown`)
    t.strictSame(
      found.filter((value) => !known.test(value ?? '')),
      [],
      `${name}: only known values`,
    )
  }
  t.ok(values('operations_total', 'outcome').size <= 16)
  t.ok(values('signature_checks_total', 'scheme').size <= 5)
  t.ok(values('limits_hit_total', 'limit').size <= 65)
})

t.test('OpenMetrics for those who ask for it', async (t) => {
  const { metrics } = makeMetrics(t)
  metrics.storeError()
  const { type, body } = await metrics.text('application/openmetrics-text;version=1.0.0,text/plain;q=0.5')
  t.equal(type, 'application/openmetrics-text; version=1.0.0; charset=utf-8')
  t.match(body, /^# TYPE session_gateway_store_errors counter$/m)
  t.match(body, /^session_gateway_store_errors_total 1$/m)
  t.notMatch(body, /^$\n/m, 'no blank lines')
  t.ok(body.endsWith('\n# EOF\n'))
  const { types, samples } = parseExposition(body)
  for (const [family, kind] of types) {
    if (kind !== 'counter') continue
    t.notOk(family.endsWith('_total'), family)
    t.notOk(
      samples.some(({ name }) => name === family),
      `${family}: samples end in _total`,
    )
  }
  const plain = await metrics.text('text/plain')
  t.equal(plain.type, 'text/plain; version=0.0.4; charset=utf-8')
  t.match(plain.body, /^# TYPE session_gateway_store_errors_total counter$/m, 'the other format is as before')
})

t.test('two in one process share the runtime metrics and nothing else', async (t) => {
  const one = makeMetrics(t)
  const two = makeMetrics(t)
  one.metrics.storeError()
  t.equal(sampleValue((await one.read()).samples, 'session_gateway_store_errors_total'), 1)
  t.equal(sampleValue((await two.read()).samples, 'session_gateway_store_errors_total'), 0)
})

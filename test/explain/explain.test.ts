import fc from 'fast-check'
import t from 'tap'
import { UINT64_MAX } from '../../src/core/integers.js'
import { explain } from '../../src/explain/explain.js'
import { render } from '../../src/explain/render.js'
import { atomixFacts, closed, expired, NOON, neoFsFacts } from '../support/session-facts.js'

// What is told by generation and state stands in the tests of genuine-*.

t.test('of a generation of which nothing is known nothing is said', async (t) => {
  const origin = { generation: 'v9', dialect: 'v9', clientVersion: '' }
  const explanation = explain(neoFsFacts('v2', {}, { origin }), NOON)
  t.strictSame(explanation.genuine, [])
  t.notMatch(render(explanation), /genuine/)
})

t.test('the explanation for programs', async (t) => {
  const owner = neoFsFacts('v2', {}).owner ?? new Uint8Array()
  const v2 = explain(neoFsFacts('v2', { expiration: UINT64_MAX }, expired(60)), NOON)
  t.match(JSON.parse(JSON.stringify(v2)), {
    id: '0188d5a4-9c1e-4a71-8f3e-0123456789ab',
    state: 'expired',
    opened: { at: '2026-01-02T11:00:00.000Z', generation: 'v2', dialect: 'v2', clientVersion: '2.21' },
    owner: { hex: Buffer.from(owner).toString('hex'), base58: /^[1-9A-Za-z]{30,40}$/ },
    lifetime: { kind: 'epochs', edge: 'exclusive', notBefore: '0', issuedAt: '0', expiration: '18446744073709551615' },
    ended: { at: '2026-01-02T11:59:00.000Z', reason: 'expired', by: 'expiry' },
    now: { at: '2026-01-02T12:00:00.000Z', epoch: '20' },
  })
  t.notOk('number' in v2)
  const atomix = explain(atomixFacts({}), { ...NOON, epoch: undefined })
  t.match(JSON.parse(JSON.stringify(atomix)), {
    number: '1:7',
    lifetime: { kind: 'timeout', edge: 'inclusive', timeout_ns: '30000000000', expiry: 'eager' },
    renewed: { at: '2026-01-02T11:59:48.000Z' },
    now: { at: '2026-01-02T12:00:00.000Z' },
  })
  t.notOk('owner' in atomix || 'ended' in atomix || 'epoch' in atomix.now)
})

t.test('whatever the numbers, there is a story, and it agrees with the edge of the lifetime', async () => {
  const uint64 = fc.oneof(fc.bigInt(0n, UINT64_MAX), fc.bigInt(0n, 30n), fc.constant(UINT64_MAX))
  const epochs = fc.record({
    dialect: fc.constantFrom('A0', 'B', 'C', 'D', 'E2', 'F0', 'v2'),
    notBefore: uint64,
    expiration: uint64,
    edge: fc.constantFrom('inclusive' as const, 'exclusive' as const),
    epoch: uint64,
    end: fc.constantFrom(undefined, expired(1).end, closed().end),
  })
  fc.assert(
    fc.property(epochs, ({ dialect, epoch, end, ...lifetime }) => {
      const explanation = explain(neoFsFacts(dialect, lifetime, { end }), { ...NOON, epoch })
      const over = lifetime.edge === 'inclusive' ? epoch > lifetime.expiration : epoch >= lifetime.expiration
      const isRight = end === undefined ? over === (explanation.state === 'overdue') : explanation.state === end.reason
      return isRight && over === / over since epoch/.test(explanation.lifetime.text) && render(explanation) !== ''
    }),
    { numRuns: 500, seed: 9 },
  )
  const timeouts = fc.record({
    timeout_ns: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    renewedAt_ms: fc.option(fc.integer({ min: 0, max: NOON.wall_ms }), { nil: undefined }),
    expiry: fc.constantFrom('eager' as const, 'lazy' as const),
  })
  fc.assert(
    fc.property(timeouts, (lifetime) => {
      const text = render(explain(atomixFacts(lifetime, expired(1)), NOON))
      return !/undefined|NaN|Invalid/.test(text)
    }),
    { numRuns: 500, seed: 9 },
  )
})

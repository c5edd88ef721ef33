import fc from 'fast-check'
import t from 'tap'
import { deadlineOf, type Edge, endOf, isExpired, isOver, type Lifetime } from '../../src/core/lifetime.js'

const UINT64_MAX = 2n ** 64n - 1n
const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

function epochs(expiration: bigint, edge: Edge): Lifetime {
  return { kind: 'epochs', notBefore: 0n, issuedAt: 0n, expiration, edge }
}

function timeout(timeout_ns: bigint, edge: Edge, expiry: 'eager' | 'lazy' = 'eager'): Lifetime {
  return { kind: 'timeout', timeout_ns, renewedAt: 1_000n, edge, expiry }
}

t.test('the epoch edges', async (t) => {
  const rows: [expiration: bigint, epoch: bigint, inclusive: boolean, exclusive: boolean][] = [
    [0n, 0n, false, true],
    [0n, 1n, true, true],
    [1n, 0n, false, false],
    [20n, 19n, false, false],
    [20n, 20n, false, true],
    [20n, 21n, true, true],
    [UINT64_MAX, UINT64_MAX - 1n, false, false],
    [UINT64_MAX, UINT64_MAX, false, true],
    [2n ** 53n + 1n, 2n ** 53n + 1n, false, true],
    [2n ** 53n + 1n, 2n ** 53n + 2n, true, true],
  ]
  for (const [expiration, epoch, inclusive, exclusive] of rows) {
    const now = { epoch, instant: 0n }
    t.equal(isOver(epochs(expiration, 'inclusive'), now), inclusive, `${expiration} inclusive at ${epoch}`)
    t.equal(isOver(epochs(expiration, 'exclusive'), now), exclusive, `${expiration} exclusive at ${epoch}`)
  }
})

t.test('the timeout edges, renewed at 1,000', async (t) => {
  const rows: [timeout_ns: bigint, instant: bigint, inclusive: boolean, exclusive: boolean][] = [
    [0n, 1_000n, false, true],
    [0n, 1_001n, true, true],
    [1n, 1_000n, false, false],
    [1n, 1_001n, false, true],
    [1n, 1_002n, true, true],
    [-1n, 1_000n, true, true],
    [INT64_MIN, 1_000n, true, true],
    [INT64_MAX, INT64_MAX, false, false],
    [INT64_MAX, INT64_MAX + 1_000n, false, true],
    [INT64_MAX, INT64_MAX + 1_001n, true, true],
  ]
  for (const [timeout_ns, instant, inclusive, exclusive] of rows) {
    const now = { epoch: UINT64_MAX, instant }
    t.equal(isOver(timeout(timeout_ns, 'inclusive'), now), inclusive, `${timeout_ns} inclusive at ${instant}`)
    t.equal(isOver(timeout(timeout_ns, 'exclusive'), now), exclusive, `${timeout_ns} exclusive at ${instant}`)
  }
})

t.test('a start in the future ends nothing', async (t) => {
  const lifetime: Lifetime = { kind: 'epochs', notBefore: 15n, issuedAt: 14n, expiration: 20n, edge: 'inclusive' }
  t.equal(isOver(lifetime, { epoch: 3n, instant: 0n }), false)
})

t.test('a lazy lifetime may be over, but is expired for nobody', async (t) => {
  const now = { epoch: 0n, instant: 9_999n }
  t.equal(isOver(timeout(1n, 'inclusive', 'lazy'), now), true)
  t.equal(isExpired(timeout(1n, 'inclusive', 'lazy'), now), false)
  t.equal(isExpired(timeout(1n, 'inclusive', 'eager'), now), true)
})

t.test('end, deadline and edge agree for every lifetime', async () => {
  const edge = fc.constantFrom<Edge>('inclusive', 'exclusive')
  const lifetimes: fc.Arbitrary<Lifetime> = fc.oneof(
    fc.record({ expiration: fc.bigInt(0n, UINT64_MAX), edge }).map((row) => epochs(row.expiration, row.edge)),
    fc.record({ timeout_ns: fc.bigInt(INT64_MIN, INT64_MAX), edge }).map((row) => timeout(row.timeout_ns, row.edge)),
  )
  fc.assert(
    fc.property(lifetimes, fc.bigInt(-3n, 3n), (lifetime, distance) => {
      const moment = deadlineOf(lifetime) + distance
      const over = isOver(lifetime, { epoch: moment, instant: moment })
      const expected = lifetime.edge === 'inclusive' ? distance > 0n : distance >= 0n
      return over === expected && over === moment >= endOf(lifetime)
    }),
  )
})

import t from 'tap'
import { isExpired, type TimeoutLifetime } from '../../src/core/lifetime.js'
import { DEFAULT_SESSION_LIMITS } from '../../src/core/limits.js'
import { StallGuard } from '../../src/core/stalls.js'

const SECOND = 1_000_000_000n
const LAST_BEAT = 100n * SECOND
const AFTER = LAST_BEAT + 10n * SECOND

t.test('what was over at the last beat stays over, what was alive then lives: at each edge', async (t) => {
  const table = [
    { edge: 'inclusive', offset: -1n, over: true },
    { edge: 'inclusive', offset: 0n, over: false },
    { edge: 'inclusive', offset: 1n, over: false },
    { edge: 'exclusive', offset: -1n, over: true },
    { edge: 'exclusive', offset: 0n, over: true },
    { edge: 'exclusive', offset: 1n, over: false },
  ] as const
  for (const { edge, offset, over } of table) {
    const stalls = new StallGuard(DEFAULT_SESSION_LIMITS)
    stalls.beat(LAST_BEAT)
    const timeout_ns = 30n * SECOND
    const renewedAt = LAST_BEAT + offset - timeout_ns
    const lifetime: TimeoutLifetime = { kind: 'timeout', timeout_ns, renewedAt, edge, expiry: 'eager' }
    const isOverAt = (instant: bigint): boolean => isExpired(stalls.given(lifetime, instant), { epoch: 0n, instant })
    t.equal(isOverAt(LAST_BEAT), over, `${edge} ${offset} before`)
    t.equal(isOverAt(AFTER), over, `${edge} ${offset} after`)
  }
})

t.test('what was found over after the last beat stays over after a stall; without beats nobody runs', async (t) => {
  const timeout_ns = 30n * SECOND
  const lifetime: TimeoutLifetime = {
    kind: 'timeout',
    timeout_ns,
    renewedAt: LAST_BEAT + 1n - timeout_ns,
    edge: 'exclusive',
    expiry: 'eager',
  }
  for (const found of [true, false]) {
    const stalls = new StallGuard(DEFAULT_SESSION_LIMITS)
    stalls.beat(LAST_BEAT)
    const instant = LAST_BEAT + 2n
    t.equal(isExpired(stalls.given(lifetime, instant), { epoch: 0n, instant }), true)
    if (found) stalls.ran(instant)
    t.equal(isExpired(stalls.given(lifetime, AFTER), { epoch: 0n, instant: AFTER }), found)
    t.equal(stalls.count, 1)
  }
  const resting = new StallGuard(DEFAULT_SESSION_LIMITS)
  resting.ran(LAST_BEAT)
  resting.given(lifetime, AFTER)
  t.equal(resting.count, 0)
})

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

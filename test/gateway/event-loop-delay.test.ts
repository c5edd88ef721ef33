import t, { type Test } from 'tap'
import { EventLoopDelay } from '../../src/gateway/event-loop-delay.js'
import { eventually } from '../support/eventually.js'
import { ManualClock } from '../support/manual-clock.js'

const WINDOW_MS = 5_000
const BLOCK_MS = 300
const SEEN_MS = BLOCK_MS / 2
const PATIENCE_MS = 60_000

/** With a block in the first window, which a test ends when it likes. */
async function blocked(t: Test) {
  const clock = new ManualClock()
  const delay = new EventLoopDelay(clock)
  t.teardown(() => delay.stop())
  // Node takes its first sample with the loop running.
  t.ok(await eventually(() => block() && delay.read().max_ms > SEEN_MS, PATIENCE_MS), 'it shows at once')
  return { clock, delay }
}

t.test('a blocked loop shows for the window after its own', async (t) => {
  const { clock, delay } = await blocked(t)
  clock.advance(WINDOW_MS)
  const seen = delay.read()
  t.ok(seen.max_ms > SEEN_MS, `${seen.max_ms} ms`)
  t.ok(seen.p50_ms <= seen.p99_ms && seen.p99_ms <= seen.max_ms)
  clock.advance(WINDOW_MS - 1)
  t.equal(delay.read(), seen, 'whoever asks is told the same')
  // Nothing can have been observed since: the loop has not run.
  await gone(t, delay, () => clock.advance(1))
})

t.test('a block is over when nobody read meanwhile', async (t) => {
  const { clock, delay } = await blocked(t)
  await gone(t, delay, () => clock.advance(100 * WINDOW_MS))
})

t.test('who stops leaves no timer', async (t) => {
  const clock = new ManualClock()
  const delay = new EventLoopDelay(clock)
  t.equal(clock.waiting, 1)
  clock.advance(WINDOW_MS)
  t.equal(clock.waiting, 1)
  delay.stop()
  t.equal(clock.waiting, 0)
})

async function gone(t: Test, delay: EventLoopDelay, turn: () => void): Promise<void> {
  turn()
  t.strictSame(delay.read(), { p50_ms: 0, p99_ms: 0, max_ms: 0 })
}

function block(): boolean {
  const until = performance.now() + BLOCK_MS
  while (performance.now() < until);
  return true
}

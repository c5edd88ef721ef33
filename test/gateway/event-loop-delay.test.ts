import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { EventLoopDelay } from '../../src/gateway/event-loop-delay.js'

t.test('a blocked loop shows, and goes with its window', async (t) => {
  const delay = new EventLoopDelay(200)
  t.teardown(() => delay.stop())
  await sleep(50)
  block(300)
  await sleep(50)
  const seen = delay.read()
  t.ok(seen.max_ms > 200, `${seen.max_ms} ms`)
  t.ok(seen.p50_ms <= seen.p99_ms && seen.p99_ms <= seen.max_ms)
  t.strictSame(delay.read(), seen, 'who asks next is told the same')
  await sleep(250)
  t.not(delay.read(), seen, 'the next window has its own')
})

function block(time_ms: number): void {
  const until = performance.now() + time_ms
  while (performance.now() < until);
}

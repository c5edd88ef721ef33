import t from 'tap'
import { distanceText, durationText, timeText } from '../../src/explain/words.js'

t.test('durations', async (t) => {
  const rows: readonly (readonly [time_ns: bigint, text: string])[] = [
    [0n, '0 seconds'],
    [1n, '1 ns'],
    [1_500n, '1 µs 500 ns'],
    [200_000_000n, '200 ms'],
    [1_000_000_000n, '1 second'],
    [1_000_000_001n, '1 second'],
    [30_500_000_000n, '30 seconds 500 ms'],
    [90_000_000_000n, '1 minute 30 seconds'],
    [3_600_000_000_000n, '1 hour'],
    [90_061_000_000_000n, '1 day 1 hour'],
    [-5_000_000_000n, '-5 seconds'],
    [2n ** 63n - 1n, '106751 days 23 hours'],
    [-(2n ** 63n), '-106751 days 23 hours'],
  ]
  for (const [time_ns, text] of rows) t.equal(durationText(time_ns), text, String(time_ns))
})

t.test('distances from now', async (t) => {
  const rows: readonly (readonly [ago_ms: number, text: string])[] = [
    [0, 'just now'],
    [999, 'just now'],
    [-999, 'just now'],
    [1_000, '1 second ago'],
    [59_999, '59 seconds ago'],
    [60_000, '1 minute ago'],
    [3 * 60_000, '3 minutes ago'],
    [7_200_000, '2 hours ago'],
    [86_400_000, '1 day ago'],
    [-7_200_000, 'in 2 hours'],
    [-1_500, 'in 1 second'],
  ]
  const now_ms = 1_700_000_000_000
  for (const [ago_ms, text] of rows) t.equal(distanceText(now_ms - ago_ms, now_ms), text, String(ago_ms))
  t.equal(timeText(now_ms - 60_000, now_ms), '2023-11-14T22:12:20.000Z, 1 minute ago')
})

import t from 'tap'
import { parseEpochSpec } from '../../src/config/epoch-spec.js'
import { UINT64_MAX } from '../../src/core/integers.js'

const MADE_MS = Date.parse('2024-05-01T00:00:00Z')

t.test('forms', async (t) => {
  const good: readonly [string, object][] = [
    ['clock:store,1h', { kind: 'clock', start_ms: 'store', length_ms: 3_600_000 }],
    ['clock:2024-05-01T00:00:00Z,240s', { kind: 'clock', start_ms: MADE_MS, length_ms: 240_000 }],
    ['clock:2024-05-01T02:00:00+02:00,1ms', { kind: 'clock', start_ms: MADE_MS, length_ms: 1 }],
    ['clock:2024-05-01t00:00:00.250z,1d', { kind: 'clock', start_ms: MADE_MS + 250, length_ms: 86_400_000 }],
    ['clock:2024-02-29T00:00:00Z,1h', { kind: 'clock', start_ms: Date.UTC(2024, 1, 29), length_ms: 3_600_000 }],
    ['fixed:0', { kind: 'fixed', epoch: 0n }],
    ['manual:42', { kind: 'manual', epoch: 42n }],
    ['fixed:18446744073709551615', { kind: 'fixed', epoch: UINT64_MAX }],
  ]
  for (const [text, spec] of good) t.strictSame(parseEpochSpec(text), { spec }, text)
  const bad: readonly [string, RegExp][] = [
    ['', /nothing is no source/],
    ['7', /7 is no source/],
    ['clock', /needs a start and a length/],
    ['clock:store', /needs a start and a length/],
    ['clock:store,1h,2', /needs a start and a length/],
    ['clock:,1h', /start has to be/],
    ['clock:2024-05-01,1h', /start has to be/],
    ['clock:2024-05-01T00:00:00,1h', /start has to be/],
    ['clock:2023-02-29T00:00:00Z,1h', /start has to be/],
    ['clock:2024-13-01T00:00:00Z,1h', /start has to be/],
    ['clock:2024-05-01T25:00:00Z,1h', /start has to be/],
    ['clock:1714521600,1h', /start has to be/],
    ['clock:store,0', /length has to be/],
    ['clock:store,60', /length has to be/],
    ['clock:store,', /length has to be/],
    ['fixed:', /whole number/],
    ['fixed:-1', /whole number/],
    ['fixed:1.5', /whole number/],
    ['manual:0x10', /whole number/],
    ['manual: 1', /whole number/],
    ['fixed:18446744073709551616', /last epoch is 18446744073709551615/],
    [`fixed:${'9'.repeat(1000)}`, /whole number/],
    ['follow:http://node', /cannot follow/],
  ]
  for (const [text, problem] of bad) t.match(parseEpochSpec(text), { problem }, text)
})

import fc from 'fast-check'
import t from 'tap'
import { parseEpochSpec } from '../../src/config/epoch-spec.js'
import type { Clock } from '../../src/core/clock.js'
import { SessionError } from '../../src/core/errors.js'
import { UINT64_MAX } from '../../src/core/integers.js'
import { type EpochSource, startEpochs } from '../../src/gateway/epochs.js'
import { ManualClock } from '../support/manual-clock.js'

const MADE_MS = Date.parse('2024-05-01T00:00:00Z')

function start(
  text: string,
  clock: Clock = new ManualClock({ wall_ms: MADE_MS }),
  storeMadeAt_ms = MADE_MS,
): EpochSource {
  const parsed = parseEpochSpec(text)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return startEpochs(parsed.spec, { clock, storeMadeAt_ms })
}

t.test('a clock counts from its start, epoch 1 being the first', async (t) => {
  const clock = new ManualClock({ wall_ms: MADE_MS })
  const epochs = start('clock:store,1h', clock)
  t.equal(epochs.length_ms, 3_600_000)
  t.equal(epochs.current(), 1n)
  clock.advance(3_599_999)
  t.equal(epochs.current(), 1n)
  clock.advance(1)
  t.equal(epochs.current(), 2n)
  t.equal(start('clock:store,1h', clock, MADE_MS - 9_000_000).current(), 4n, 'a store made before')
  t.equal(start('clock:2030-01-01T00:00:00Z,1h', clock).current(), 0n, 'before the start it is epoch 0')
})

t.test('for any start, length and moment', async () => {
  const moments = fc.record({ start: fc.nat(1e9), length: fc.integer({ min: 1, max: 1e8 }), wall: fc.nat(2e9) })
  fc.assert(
    fc.property(moments, ({ start: start_ms, length, wall }) => {
      const clock = new ManualClock({ wall_ms: wall })
      const epochs = startEpochs({ kind: 'clock', start_ms, length_ms: length }, { clock, storeMadeAt_ms: 0 })
      const epoch = epochs.current()
      epochs.stop()
      if (wall < start_ms) return epoch === 0n
      const begin = start_ms + (Number(epoch) - 1) * length
      return begin <= wall && wall < begin + length
    }),
  )
})

t.test('listeners hear of every change once, at its moment', async (t) => {
  const clock = new ManualClock({ wall_ms: MADE_MS })
  const epochs = start('clock:store,90s', clock)
  const heard: [bigint, number][] = []
  const stop = epochs.onChange((epoch) => heard.push([epoch, clock.wallTime() - MADE_MS]))
  clock.advance(270_000)
  t.strictSame(heard, [
    [2n, 90_000],
    [3n, 180_000],
    [4n, 270_000],
  ])
  stop()
  clock.advance(90_000)
  t.equal(heard.length, 3, 'nothing after it said stop')
  epochs.stop()
  t.equal(clock.waiting, 0, 'no timer left')
})

t.test('no timer is longer than Node can wait, and a year-long epoch still ends on time', async (t) => {
  const delays: number[] = []
  const inner = new ManualClock({ wall_ms: MADE_MS })
  const clock: Clock = {
    now: () => inner.now(),
    wallTime: () => inner.wallTime(),
    schedule(delay_ms, run) {
      delays.push(delay_ms)
      return inner.schedule(delay_ms, run)
    },
  }
  const epochs = start('clock:store,40d', clock)
  const heard: [bigint, number][] = []
  epochs.onChange((epoch) => heard.push([epoch, inner.wallTime() - MADE_MS]))
  inner.advance(41 * 86_400_000)
  t.strictSame(heard, [[2n, 40 * 86_400_000]])
  t.ok(Math.max(...delays) < 2 ** 31)
})

t.test('the wall clock may jump: the epoch goes with it at once, ahead and back', async (t) => {
  const HOUR_MS = 3_600_000
  const clock = new ManualClock({ wall_ms: MADE_MS })
  const epochs = start('clock:store,1h', clock)
  const heard: bigint[] = []
  epochs.onChange((epoch) => heard.push(epoch))
  const jumps: readonly (readonly [hours: number, epoch: bigint])[] = [
    [10, 11n],
    [9, 10n],
    [10, 11n],
    [1_000_000, 1_000_001n],
    [0, 1n],
    [-5, 0n],
    [3, 4n],
  ]
  for (const [hours, epoch] of jumps) {
    clock.setWallTime(MADE_MS + hours * HOUR_MS)
    t.equal(epochs.current(), epoch, `${hours} hours after its start`)
    t.equal(start('clock:store,1h', clock).current(), epoch, 'as one that starts now')
    clock.setWallTime(MADE_MS + hours * HOUR_MS - 1)
    t.equal(epochs.current(), epoch === 0n ? 0n : epoch - 1n, 'and a millisecond earlier')
    clock.setWallTime(MADE_MS + hours * HOUR_MS)
  }
  t.strictSame(heard, [], 'nobody is told in the middle of a call')
  clock.advance(60_000)
  t.strictSame(heard, [4n], 'but within a minute, once')
  clock.setWallTime(MADE_MS + HOUR_MS)
  clock.advance(60_000)
  t.strictSame(heard, [4n, 2n])
  clock.advance(59 * 60_000)
  t.strictSame(heard, [4n, 2n, 3n], 'and the next one at its moment')
})

t.test('a listener that throws does not stop the epochs', async (t) => {
  const clock = new ManualClock({ wall_ms: MADE_MS })
  const epochs = start('clock:store,30s', clock)
  epochs.onChange(() => {
    throw new Error('fault of the listener')
  })
  t.throws(() => clock.advance(30_000), /fault of the listener/)
  t.throws(() => clock.advance(30_000), /fault of the listener/)
  t.equal(epochs.current(), 3n)
})

t.test('fixed and manual', async (t) => {
  const fixed = start('fixed:18446744073709551615')
  t.equal(fixed.current(), UINT64_MAX)
  t.equal(fixed.length_ms, undefined)
  for (const source of [fixed, start('clock:store,1h')]) {
    t.throws(
      () => source.set(1n),
      { code: 'invalid', message: /--epoch manual:N/ },
      `${source.kind} is not set by hand`,
    )
  }
  const manual = start('manual:5')
  const heard: bigint[] = []
  const stop = manual.onChange((epoch) => heard.push(epoch))
  for (const n of [5n, 6n, UINT64_MAX, UINT64_MAX, 5_000_000n, 0n, 0n, 7n]) manual.set(n)
  t.strictSame(heard, [6n, UINT64_MAX, 5_000_000n, 0n, 7n], 'only changes are told')
  for (const n of [-1n, UINT64_MAX + 1n]) {
    t.throws(() => manual.set(n), SessionError, `${n}`)
    t.throws(() => manual.set(n), { code: 'invalid' })
  }
  t.equal(manual.current(), 7n)
  stop()
})

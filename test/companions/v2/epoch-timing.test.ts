import fc from 'fast-check'
import t from 'tap'
import { epochTiming } from '../../../src/companions/v2/epoch-timing.js'

const HOUR = 3_600_000

t.test('without settings the product is the length of the epoch, in the longest blocks up to 15 s', async (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 * 24 * HOUR }), (length_ms) => {
      const timing = epochTiming(length_ms, {})
      if ('problem' in timing) return false
      const { msPerBlock, epochDuration } = timing
      const isWhole = Number.isInteger(msPerBlock) && Number.isInteger(epochDuration)
      return isWhole && msPerBlock >= 1 && msPerBlock <= 15_000 && msPerBlock * epochDuration === length_ms
    }),
  )
  const table: readonly (readonly [length_ms: number, msPerBlock: number, epochDuration: number])[] = [
    [HOUR, 15_000, 240],
    [240_000, 15_000, 16],
    [15_000, 15_000, 1],
    [7_000, 7_000, 1],
    [16_000, 8_000, 2],
    [20_000, 10_000, 2],
    [1, 1, 1],
    [1_000_003, 1, 1_000_003],
  ]
  for (const [length_ms, msPerBlock, epochDuration] of table) {
    t.same(epochTiming(length_ms, {}), { msPerBlock, epochDuration }, `${length_ms} ms`)
  }
})

t.test('what is set stays, and the rest follows from it', async (t) => {
  t.same(epochTiming(HOUR, { msPerBlock: 1_000 }), { msPerBlock: 1_000, epochDuration: 3_600 })
  t.same(epochTiming(HOUR, { epochDuration: 100 }), { msPerBlock: 36_000, epochDuration: 100 })
  t.same(epochTiming(HOUR, { msPerBlock: 36_000, epochDuration: 100 }), { msPerBlock: 36_000, epochDuration: 100 })
})

t.test('an epoch of unknown length has the usual one, unless it is set', async (t) => {
  t.same(epochTiming(undefined, {}), { msPerBlock: 15_000, epochDuration: 240 })
  t.same(epochTiming(undefined, { msPerBlock: 1_000 }), { msPerBlock: 1_000, epochDuration: 240 })
  t.same(epochTiming(undefined, { epochDuration: 7 }), { msPerBlock: 15_000, epochDuration: 7 })
  t.same(epochTiming(undefined, { msPerBlock: 3, epochDuration: 7 }), { msPerBlock: 3, epochDuration: 7 })
})

t.test('settings that cannot be true say why', async (t) => {
  t.match(epochTiming(HOUR, { msPerBlock: 7_000 }), { problem: /blocks of 7000 ms .* 3600000 ms/ })
  t.match(epochTiming(HOUR, { epochDuration: 7 }), { problem: /^7 blocks .* 3600000 ms/ })
  t.match(epochTiming(HOUR, { msPerBlock: 15_000, epochDuration: 241 }), {
    problem: /^241 blocks of 15000 ms are 3615000 ms.* lasts 3600000 ms$/,
  })
})

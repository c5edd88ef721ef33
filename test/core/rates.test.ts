import fc from 'fast-check'
import t from 'tap'
import { Rates } from '../../src/core/rates.js'
import { TokenBucket } from '../../src/core/token-bucket.js'
import { ManualClock } from '../support/manual-clock.js'

t.test('each name has a second of its own', async (t) => {
  const clock = new ManualClock()
  const rates = new Rates(clock, 2)
  const taken = (name: string) => [rates.take(name), rates.take(name), rates.take(name)]
  t.strictSame(taken('a'), [true, true, false])
  t.strictSame(taken('b'), [true, true, false])
  clock.advance(500)
  t.strictSame(taken('a'), [true, false, false])
  clock.advance(1_000)
  t.strictSame(taken('a'), [true, true, false])
})

t.test('many names take bounded memory, and whoever was at the limit lately is not forgotten for them', async (t) => {
  const clock = new ManualClock()
  const rates = new Rates(clock, 1)
  t.equal(rates.take('busy'), true)
  for (let n = 0; n < 100_000; n += 1) {
    if (!rates.take(`name ${n}`)) t.fail(`name ${n}`)
    // It keeps asking, as somebody does who is refused.
    if (n % 1_000 === 0 && n > 0 && rates.take('busy')) t.fail(`forgotten after ${n} others`)
  }
  t.ok(rates.size <= 20_000, `${rates.size} names`)
})

t.test('they do as a bucket for each name would', async () => {
  const steps = fc.array(fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 400 })), { maxLength: 100 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), steps, (perSecond, steps) => {
      const clock = new ManualClock()
      const rates = new Rates(clock, perSecond)
      const buckets = new Map(['a', 'b', 'c'].map((name) => [name, new TokenBucket(clock, perSecond)]))
      return steps.every((step) => {
        if (typeof step === 'string') return rates.take(step) === buckets.get(step)?.take()
        clock.advance(step)
        return true
      })
    }),
  )
})

import fc from 'fast-check'
import t from 'tap'
import { TokenBucket } from '../../src/core/token-bucket.js'
import { ManualClock } from '../support/manual-clock.js'

t.test('a second of rest gives a second of work, and no more', async (t) => {
  const clock = new ManualClock()
  const bucket = new TokenBucket(clock, 3)
  const taken = () => Array.from({ length: 5 }, () => bucket.take())
  t.strictSame(taken(), [true, true, true, false, false])
  clock.advance(334)
  t.strictSame(taken(), [true, false, false, false, false])
  clock.advance(3_600_000)
  t.strictSame(taken(), [true, true, true, false, false])
})

t.test('in any time no more than its rate, and one second of it', async () => {
  const steps = fc.array(fc.oneof(fc.constant('take' as const), fc.integer({ min: 1, max: 400 })), { maxLength: 200 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), steps, (perSecond, steps) => {
      const clock = new ManualClock()
      const bucket = new TokenBucket(clock, perSecond)
      let taken = 0
      let passed_ms = 0
      return steps.every((step) => {
        if (step === 'take') taken += bucket.take() ? 1 : 0
        else {
          clock.advance(step)
          passed_ms += step
        }
        return taken <= perSecond * (1 + passed_ms / 1000) + 1e-6
      })
    }),
  )
})

t.test('a bucket may hold less or more than a second fills in', async (t) => {
  const clock = new ManualClock()
  const slow = new TokenBucket(clock, 0.5, 2)
  const taken = () => Array.from({ length: 3 }, () => slow.take())
  t.strictSame(taken(), [true, true, false])
  clock.advance(1_999)
  t.strictSame(taken(), [false, false, false])
  clock.advance(1)
  t.strictSame(taken(), [true, false, false])
  clock.advance(3_600_000)
  t.strictSame(taken(), [true, true, false])
})

import fc from 'fast-check'
import t from 'tap'
import { quantile, since } from '../../src/page/distribution.js'

const BOUNDS = [0.01, 0.1, 1]

function distributionOf(times_s: readonly number[]) {
  return {
    count: times_s.length,
    sum_s: times_s.reduce((sum, time) => sum + time, 0),
    buckets: BOUNDS.map((le_s) => ({ le_s, count: times_s.filter((time) => time <= le_s).length })),
  }
}

t.test('a quantile is told by the bucket that it lies in', (t) => {
  t.equal(quantile(distributionOf([]), 0.99), undefined)
  t.strictSame(quantile(distributionOf([0.001]), 0.99), { atMost_s: 0.01 })
  t.strictSame(quantile(distributionOf([0.001, 0.05, 0.05, 0.5]), 0.5), { atMost_s: 0.1 })
  t.strictSame(quantile(distributionOf([5]), 0.99), { above_s: 1 })
  t.end()
})

t.test('the true quantile is never beyond the bound that is told', (t) => {
  const times = fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { minLength: 1, maxLength: 50 })
  fc.assert(
    fc.property(times, fc.constantFrom(0.5, 0.9, 0.99), (times_s, share) => {
      const bound = quantile(distributionOf(times_s), share)
      const exact = [...times_s].sort((a, b) => a - b)[Math.ceil(times_s.length * share) - 1] ?? 0
      if (bound === undefined) return false
      return 'atMost_s' in bound ? exact <= bound.atMost_s : exact > bound.above_s
    }),
  )
  t.end()
})

t.test('what came since', (t) => {
  const earlier = distributionOf([5, 0.001])
  const later = distributionOf([5, 0.001, 0.05, 0.05])
  const between = since(earlier, later)
  t.equal(between.count, 2)
  t.strictSame(quantile(between, 0.99), { atMost_s: 0.1 })
  t.equal(since(undefined, later), later)
  t.equal(since(later, earlier), earlier, 'one that began anew')
  t.end()
})

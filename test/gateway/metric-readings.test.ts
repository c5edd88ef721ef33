import { Counter, Histogram } from '@prometheus-io/client'
import t from 'tap'
import { countOf, countsBy, distributionOf } from '../../src/gateway/metric-readings.js'

t.test('counters, by some of their labels', async (t) => {
  const counter = new Counter({ name: 'calls', help: 'h', labelNames: ['a', 'b'], registers: [] })
  const byA = () => countsBy(counter, (label) => ({ a: label('a') }))
  t.strictSame(await byA(), [])
  counter.inc({ a: 'x', b: '1' }, 2)
  counter.inc({ a: 'y', b: '1' })
  counter.inc({ a: 'x', b: '2' }, 3)
  t.strictSame(await byA(), [
    { a: 'x', count: 5 },
    { a: 'y', count: 1 },
  ])
  t.equal(await countOf(counter), 6)
  t.equal(await countOf(new Counter({ name: 'none', help: 'h', registers: [] })), 0)
})

t.test('histograms', async (t) => {
  const histogram = new Histogram({ name: 'times', help: 'h', buckets: [0.1, 1], registers: [] })
  t.strictSame(await distributionOf(histogram), {
    count: 0,
    sum_s: 0,
    buckets: [
      { le_s: 0.1, count: 0 },
      { le_s: 1, count: 0 },
    ],
  })
  for (const time_s of [0.25, 0.5, 3]) histogram.observe(time_s)
  t.strictSame(await distributionOf(histogram), {
    count: 3,
    sum_s: 3.75,
    buckets: [
      { le_s: 0.1, count: 0 },
      { le_s: 1, count: 2 },
    ],
  })
})

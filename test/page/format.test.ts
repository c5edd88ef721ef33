import t from 'tap'
import {
  formatAgo,
  formatCount,
  formatDuration,
  formatRate,
  formatSeconds,
  plural,
  shorten,
} from '../../src/page/format.js'

t.test('counts', (t) => {
  t.equal(formatCount(0), '0')
  t.equal(formatCount(1_234_567), '1,234,567')
  t.equal(formatCount('18446744073709551615'), '18,446,744,073,709,551,615')
  t.equal(plural(1, 'client'), '1 client')
  t.equal(plural(1200, 'client'), '1,200 clients')
  t.end()
})

t.test('rates', (t) => {
  const rows: [number, string][] = [
    [0, '0'],
    [0.001, '<0.01'],
    [0.5, '0.5'],
    [2.499, '2.5'],
    [3.333, '3.33'],
    [9.999, '10.0'],
    [42.42, '42.4'],
    [12_345.6, '12,346'],
  ]
  for (const [rate, text] of rows) t.equal(formatRate(rate), text)
  t.end()
})

t.test('seconds', (t) => {
  const rows: [number, string][] = [
    [0, '0 s'],
    [0.000_2, '200 µs'],
    [0.000_000_1, '0.1 µs'],
    [0.0025, '2.5 ms'],
    [0.05, '50 ms'],
    [1, '1 s'],
    [2.5, '2.5 s'],
    [30, '30 s'],
    [60, '1 min'],
    [-90, '-2 min'],
    [86_400, '1 d'],
  ]
  for (const [time_s, text] of rows) t.equal(formatSeconds(time_s), text)
  t.end()
})

t.test('durations', (t) => {
  const rows: [number, string][] = [
    [0, '0 s'],
    [-5, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [90_000, '1 min 30 s'],
    [3_600_000, '1 h'],
    [3_605_000, '1 h'],
    [93_600_000, '1 d 2 h'],
  ]
  for (const [time_ms, text] of rows) t.equal(formatDuration(time_ms), text)
  t.end()
})

t.test('how long ago', (t) => {
  const rows: [number, string][] = [
    [0, 'just now'],
    [999, 'just now'],
    [1_000, '1 s ago'],
    [3_599_000, '59 min ago'],
    [7_200_000, '2 h ago'],
    [-120_000, 'in 2 min'],
  ]
  for (const [ago_ms, text] of rows) t.equal(formatAgo(10_000_000 - ago_ms, 10_000_000), text)
  t.end()
})

t.test('long names', (t) => {
  t.equal(shorten('short'), 'short')
  t.equal(shorten('0188d5a4-9c1e-4a71-8f3e-0123456789ab'), '0188d5a4-9c1e…6789ab')
  t.equal(shorten('0188d5a4-9c1e-4a71-8f3e-0123456789ab').length, 20)
  t.end()
})

import t from 'tap'
import { megabytes, quantile, RunReport, shown } from './report.js'

t.test('quantiles', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, at) => 100 - at)
  const table: readonly (readonly [readonly number[], number, number])[] = [
    [[], 0.5, 0],
    [[3], 0.99, 3],
    [[2, 1], 0.5, 1],
    [hundred, 0.5, 50],
    [hundred, 0.99, 99],
    [hundred, 1, 100],
  ]
  for (const [values, share, expected] of table)
    t.equal(quantile(values, share), expected, `${share} of ${values.length}`)
})

t.test('numbers for people', async (t) => {
  t.equal(shown(1234567), '1,234,567')
  t.equal(shown(0.1234), '0.12')
  t.equal(shown('as it is'), 'as it is')
  t.equal(megabytes(61_234_567), '61.2 MB')
})

t.test('a report is a line of figures, faults, and tables', async (t) => {
  const printed: string[] = []
  const report = new RunReport((line) => printed.push(line))
  report.figure('calls', 1000)
  report.figure('p99', '3 ms')
  report.check(true, 'not told')
  report.check(false, 'told')
  report.progress('half of it')
  report.table([
    ['name', 'count'],
    ['one', 1000],
  ])
  t.equal(report.line(), 'calls 1,000, p99 3 ms')
  t.same(report.faults, ['told'])
  t.same(report.tables, ['| name | count |', '|---|---|', '| one | 1,000 |'])
  t.same(printed, ['  … half of it'])
})

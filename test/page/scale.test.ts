import t from 'tap'
import { roundUp } from '../../src/page/scale.js'

t.test('the top of a scale', (t) => {
  const rows: [number, number][] = [
    [0, 1],
    [1, 1],
    [1.1, 2],
    [5, 5],
    [5.01, 10],
    [98, 100],
    [101, 200],
    [1_234, 2_000],
  ]
  for (const [value, top] of rows) t.equal(roundUp(value), top, `${value}`)
  t.end()
})

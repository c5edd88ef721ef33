import t from 'tap'
import { CASES } from '../../src/probe/conformance/run.js'
import { GROUPS, ROWS, rowsOf, UsageError } from '../../src/probe/index.js'

t.test('names are unique, and none is that of a group', (t) => {
  const names = ROWS.map(({ name }) => name)
  t.equal(new Set([...names, ...GROUPS]).size, names.length + GROUPS.length)
  t.same(new Set(ROWS.map(({ group }) => group)), new Set(GROUPS))
  t.end()
})

t.test('what --only can name', (t) => {
  const table: readonly [only: string, names: readonly string[]][] = [
    ['a2', ['a2']],
    ['c, A2', ['a2', 'c']],
    ['v1', ['c', 'cx', 'd', 'e2', 'p2', 'p3']],
    ['v2', ['f0', '2.0', '2.10', '2.11', '2.21', '2.22', '2.25']],
    ['2.25,v2,2.25', ['f0', '2.0', '2.10', '2.11', '2.21', '2.22', '2.25']],
    ['atomix', ['atomix-v0.1', 'atomix-v0.2']],
  ]
  for (const [only, names] of table) {
    t.same(
      rowsOf(only).map(({ name }) => name),
      names,
      only,
    )
  }
  t.throws(() => rowsOf('a2,atomic'), new UsageError('no row is named "atomic"; the nearest is atomix'))
  t.throws(() => rowsOf(' ,'), new UsageError('names no row'))
  t.end()
})

t.test('every case belongs to a row and is told apart', (t) => {
  const names = new Set(ROWS.map(({ name }) => name))
  for (const { row } of CASES) t.ok(names.has(row), row)
  const keys = CASES.map(({ row, name }) => `${row}: ${name}`)
  t.equal(new Set(keys).size, keys.length)
  for (const { reference } of CASES) t.match(reference, /^(neofs-v1|neofs-v2|atomix) §\d/)
  t.end()
})

import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { DIALECTS } from '../../src/gateway/metric-labels.js'

const page = readFileSync('docs/generations.md', 'utf8')
const served = rowsBelow('## What is served')

t.test('no cell of the table of dialects is empty', (t) => {
  t.ok(served.length > 20, `${served.length} rows`)
  for (const cells of served) {
    t.equal(cells.length, 8, cells.join())
    t.notOk(cells.includes(''), cells.join())
  }
  t.end()
})

t.test('every dialect that a session can have come from has a row', (t) => {
  const names = served.map(([name = '']) => name)
  const families: Readonly<Record<string, RegExp>> = { D: /^D\d/, v2: /^2\.\d/, atomix: /^Atomix/ }
  for (const dialect of DIALECTS) {
    const wanted = families[dialect] ?? new RegExp(`^${dialect}\\b`)
    t.ok(
      names.some((name) => wanted.test(name)),
      dialect,
    )
  }
  t.end()
})

t.test('the tests that the table names exist', (t) => {
  const paths = new Set([...page.matchAll(/`(test\/[^`]+)`/g)].map((match) => match[1] ?? ''))
  t.ok(paths.size >= 6)
  for (const path of paths) t.ok(existsSync(path), path)
  t.end()
})

function rowsBelow(heading: string): string[][] {
  const section = page.slice(page.indexOf(heading)).split('\n## ')[0] ?? ''
  const lines = section.split('\n').filter((line) => line.startsWith('|'))
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

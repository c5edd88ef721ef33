import { readFileSync } from 'node:fs'
import t from 'tap'
import { PROBLEM_STATUS } from '../../src/admin/problem.js'
import { ERROR_CODES } from '../../src/core/errors.js'

const page = readFileSync('docs/errors.md', 'utf8')

/** The first two cells of each row below a heading, the code without its marks. */
function rowsBelow(heading: string): [string, string][] {
  const section = page.slice(page.indexOf(`## ${heading}\n`)).split('\n## ')[0] ?? ''
  return [...section.matchAll(/^\| `([a-z_]+)` \| ([^|]+) \|/gm)].map(([, code = '', cell = '']) => [code, cell])
}

t.test('docs/errors.md has one row for every code, in the order of the source', async (t) => {
  t.strictSame(
    rowsBelow('Calls').map(([code]) => code),
    [...ERROR_CODES],
  )
})

t.test('and one for every problem of the admin listener, with its status', async (t) => {
  t.strictSame(
    rowsBelow('Admin listener'),
    Object.entries(PROBLEM_STATUS).map(([code, status]) => [code, String(status)]),
  )
})

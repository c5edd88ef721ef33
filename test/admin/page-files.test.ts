import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readPage } from '../../src/admin/page-files.js'

t.test('a page is read once, with the types of its files', (t) => {
  const folder = t.testdir({
    'index.html': '<!doctype html>',
    'other.js': 'not served',
    assets: { 'page-1.js': 'a', 'page-1.css': 'b' },
  })
  const page = readPage(folder)
  t.equal(String(page?.html), '<!doctype html>')
  t.strictSame([...(page?.assets ?? [])].map(([name, { type, bytes }]) => [name, type, String(bytes)]).sort(), [
    ['page-1.css', 'text/css; charset=utf-8', 'b'],
    ['page-1.js', 'text/javascript; charset=utf-8', 'a'],
  ])
  writeFileSync(join(folder, 'assets', 'page.exe'), '')
  t.throws(() => readPage(folder), /page\.exe .* no known type/)
  t.end()
})

t.test('no page was built', (t) => {
  const folder = t.testdir({})
  mkdirSync(join(folder, 'assets'))
  t.equal(readPage(folder), undefined)
  t.end()
})

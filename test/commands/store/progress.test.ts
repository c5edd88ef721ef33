import t from 'tap'
import { grouped, Progress } from '../../../src/commands/store/progress.js'

const CLEAR_LINE = '\r\u001b[2K'

t.test('counts in groups of three', async (t) => {
  const table: readonly (readonly [number, string])[] = [
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1_234_567, '1,234,567'],
  ]
  for (const [count, text] of table) t.equal(grouped(count), text)
})

t.test('one line that is written again, now and then, and gone at the end', async (t) => {
  const written: string[] = []
  const progress = new Progress('rows', 2_000_000, { write: (text) => written.push(text) })
  for (let n = 0; n < 1_000_000; n += 1) progress.step()
  progress.advance(1_000_000)
  progress.end()
  t.ok(written.length >= 2 && written.length < 1_000, `${written.length} writes`)
  t.ok(written[0]?.startsWith(CLEAR_LINE))
  t.match(written[0]?.slice(CLEAR_LINE.length), /^rows: [\d,]+ of 2,000,000$/)
  t.equal(written.at(-1), CLEAR_LINE)
})

t.test('nothing where there is no terminal, and little work shows nothing', async (t) => {
  new Progress('rows', undefined, undefined).step()
  const written: string[] = []
  const progress = new Progress('rows', undefined, { write: (text) => written.push(text) })
  progress.step()
  progress.end()
  t.strictSame(written, [CLEAR_LINE])
})

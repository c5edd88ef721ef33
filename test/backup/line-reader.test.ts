import t from 'tap'
import { readLines } from '../../src/backup/line-reader.js'
import { readerOf } from '../support/exported.js'

function linesIn(bytes: Uint8Array, piece_bytes: number): string[] {
  return Array.from(readLines(readerOf(bytes, piece_bytes)), ({ number, bytes }) => `${number} ${Buffer.from(bytes)}`)
}

t.test('lines come whole, with their ends and numbers, however the bytes come', async (t) => {
  const long = 'x'.repeat(200_000)
  const table: readonly (readonly [text: string, lines: readonly string[]])[] = [
    ['', []],
    ['a', ['1 a']],
    ['a\n', ['1 a\n']],
    ['\n\na', ['1 \n', '2 \n', '3 a']],
    ['ä\nö\n', ['1 ä\n', '2 ö\n']],
    [`${long}\n${long}`, [`1 ${long}\n`, `2 ${long}`]],
    [`a\n${long}\nb\n`, ['1 a\n', `2 ${long}\n`, '3 b\n']],
  ]
  for (const [text, lines] of table) {
    for (const piece_bytes of [1, 2, 3, 65_536, 1_000_000]) {
      if (text.length > 1000 && piece_bytes < 10) continue
      t.strictSame(linesIn(Buffer.from(text), piece_bytes), lines)
    }
  }
})

t.test('what was read before is not seen again at the end', async (t) => {
  let reads = 0
  const read = (into: Uint8Array): number => {
    reads += 1
    if (reads === 1) into.set(Buffer.from('one\ntwo\nthree\n'))
    if (reads === 2) into.set(Buffer.from('4\n'))
    return [14, 2, 0][reads - 1] ?? 0
  }
  t.strictSame(
    Array.from(readLines(read), ({ bytes }) => String(Buffer.from(bytes))),
    ['one\n', 'two\n', 'three\n', '4\n'],
  )
})

t.test('a line without end takes no memory without end', async (t) => {
  let given = 0
  const read = (into: Uint8Array): number => {
    given += into.length
    return into.fill(0x61).length
  }
  t.throws(() => [...readLines(read)], { name: 'LineError', message: /^line 1: has more than \d+ bytes/ })
  t.ok(given < 100_000_000)
})

import t from 'tap'
import { Cursor } from '../../src/wire/cursor.js'
import { WireError } from '../../src/wire/wire-error.js'

const NESTING = 4

function cursor(hex: string): Cursor {
  return new Cursor(Buffer.from(hex, 'hex'), NESTING)
}

t.test('varints of every length', (t) => {
  const rows: [hex: string, value: bigint][] = [
    ['00', 0n],
    ['7f', 127n],
    ['8001', 128n],
    ['ffffffff0f', 2n ** 32n - 1n],
    ['8080808010', 2n ** 32n],
    ['ffffffffffffff7f', 2n ** 56n - 1n],
    ['ffffffffffffffff7f', 2n ** 63n - 1n],
    ['80808080808080808001', 2n ** 63n],
    ['ffffffffffffffffff01', 2n ** 64n - 1n],
    ['818000', 1n],
    ['80808080808080808000', 0n],
  ]
  for (const [hex, value] of rows) {
    const at = cursor(hex)
    t.equal(at.uint64(), value, hex)
    t.equal(at.offset, hex.length / 2, `${hex} is read to its end`)
    t.equal(cursor(hex).uint32(), Number(BigInt.asUintN(32, value)), `low 32 bits of ${hex}`)
    t.equal(cursor(hex).int64(), BigInt.asIntN(64, value), `${hex} as signed`)
    t.equal(cursor(hex).int32(), Number(BigInt.asIntN(32, value)), `${hex} as signed 32 bits`)
    t.equal(cursor(hex).bool(), value !== 0n, `${hex} as bool`)
  }
  t.end()
})

t.test('what is refused, and how it is explained', (t) => {
  const rows: [what: string, run: () => unknown, reason: RegExp, offset: number][] = [
    ['empty', () => cursor('').uint64(), /end inside a number/, 0],
    ['cut varint', () => cursor('ff').uint64(), /end inside a number/, 0],
    ['65 bits', () => cursor('ffffffffffffffffff02').uint64(), /more than 64 bits/, 0],
    ['11 bytes', () => cursor('ffffffffffffffffffff01').uint64(), /more than 64 bits/, 0],
    ['field 0', () => cursor('00').tag(), /field number 0/, 0],
    ['wire type 6', () => cursor('0e').tag(), /wire type 6/, 0],
    ['wire type 7', () => cursor('0f').tag(), /wire type 7/, 0],
    ['tag above 32 bits', () => cursor('8080808010').tag(), /above 32 bits/, 0],
    ['length past the end', () => cursor('0201').slice(), /length 2 passes the end, 1 bytes/, 0],
    ['length 2^32', () => cursor('8080808010').slice(), /length 4294967296/, 0],
    ['length 2^64-1', () => cursor('ffffffffffffffffff01').slice(), /length 18446744073709551615/, 0],
    ['cut fixed64', () => cursor('01020304').fixed64(), /8 bytes expected/, 0],
    ['lone end group', () => skipped('0c'), /did not begin/, 1],
    ['other end group', () => skipped('0b14'), /did not begin/, 2],
    ['open group', () => skipped('0b0801'), /group without an end/, 3],
    ['deep groups', () => skipped('0b'.repeat(NESTING + 1)), /too deep/, NESTING + 1],
    ['cut inside a group', () => skipped('0b0880'), /end inside a number/, 2],
  ]
  for (const [what, run, reason, offset] of rows) {
    try {
      run()
      t.fail(`${what} is not refused`)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      t.match(error.reason, reason, what)
      t.equal(error.offset, offset, `offset of ${what}`)
    }
  }
  t.end()
})

t.test('unknown fields of every wire type are passed over', (t) => {
  for (const hex of ['08ff01', '0d01020304', '090102030405060708', '0a03010203', '0b080110020c', '0b0b0c0c']) {
    t.equal(skipped(hex).offset, hex.length / 2, hex)
  }
  t.end()
})

function skipped(hex: string): Cursor {
  const at = cursor(hex)
  at.skip(at.tag())
  return at
}

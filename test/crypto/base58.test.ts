import fc from 'fast-check'
import t from 'tap'
import { BASE58_TEXT_MAX, base58, bytesOfBase58 } from '../../src/crypto/base58.js'
import { bytes, hex } from './vectors.js'

t.test('published examples', async (t) => {
  const table: [string, string][] = [
    ['', ''],
    ['00', '1'],
    ['0000', '11'],
    ['61', '2g'],
    ['626262', 'a3gV'],
    ['516b6fcd0f', 'ABnLTmg'],
    ['00eb15231dfceb60925886b67d065299925915aeb172c06647', '1NS17iag9jJgTHD1VXjvLCEnZuQ3rJDE9L'],
    [
      '000111d38e5fc9071ffcd20b4a763cc9ae4f252bb4e48fd66a835e252ada93ff480d6dd43dc62a641155a5',
      '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
    ],
  ]
  for (const [data, text] of table) {
    t.equal(base58(bytes(data)), text)
    t.equal(hex(bytesOfBase58(text) ?? bytes('ee')), data)
  }
})

t.test('there and back', async () => {
  const data = fc
    .tuple(fc.nat(4), fc.uint8Array({ maxLength: 60 }))
    .map(([zeros, rest]) => Uint8Array.of(...new Uint8Array(zeros), ...rest))
  fc.assert(
    fc.property(data, (each) => hex(bytesOfBase58(base58(each)) ?? bytes('')) === hex(each)),
    { seed: 8, numRuns: 500 },
  )
})

t.test('texts that are no base58', async (t) => {
  for (const text of ['0', 'O', 'I', 'l', ' 1', '1 ', '1\n', '2g=', 'é', '\u{1f511}', '-']) {
    t.equal(bytesOfBase58(text), undefined, JSON.stringify(text))
  }
  t.ok(bytesOfBase58('z'.repeat(BASE58_TEXT_MAX)))
  t.equal(bytesOfBase58('z'.repeat(BASE58_TEXT_MAX + 1)), undefined)
})

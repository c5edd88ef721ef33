import { KeyObject, sign } from 'node:crypto'
import { p256 } from '@noble/curves/nist.js'
import fc from 'fast-check'
import t from 'tap'
import { compress, derOfRaw, importPublicKey, PublicKeys, verifyRaw, writeRawOfDer } from '../../src/crypto/p256.js'
import { generateKeyPair, privateKeyOf } from '../../src/crypto/private-key.js'
import { bytes, hex, list, text, vectorFile } from './vectors.js'

const X = '6ff03b949241ce1dadd43519e6960e0a85b41a69a05c328103aa2bce1594ca16'
const Y = '3c4f753a55bf01dc53f6c0b0c7eee78b40c6ff7d25a96e2282b989cef71c144a'
const FIELD_PRIME = 'ffffffff00000001000000000000000000000000ffffffffffffffffffffffff'

const OFF_CURVE = 'encoded point is not on the P256 curve'

function keyOf(encoded: Uint8Array): KeyObject {
  const key = importPublicKey(encoded)
  if ('reason' in key) throw new Error(key.reason)
  return key
}

t.test('points that are no public key', async (t) => {
  const table: [string, string, string][] = [
    ['infinity', '00', 'invalid prefix 0'],
    ['infinity, padded', `00${'00'.repeat(32)}`, 'invalid prefix 0'],
    ['prefix 01', `01${X}`, 'invalid prefix 1'],
    ['prefix 05', `05${X}`, 'invalid prefix 5'],
    ['hybrid 06', `06${X}${Y}`, 'invalid prefix 6'],
    ['hybrid 07', `07${X}${Y}`, 'invalid prefix 7'],
    ['prefix ff', `ff${X}${Y}`, 'invalid prefix 255'],
    ['prefix alone', '02', 'unexpected EOF'],
    ['32 bytes', `02${X.slice(2)}`, 'unexpected EOF'],
    ['34 bytes', `02${X}00`, 'extra data'],
    ['compressed prefix on 65 bytes', `02${X}${Y}`, 'extra data'],
    ['uncompressed prefix on 33 bytes', `04${X}`, 'unexpected EOF'],
    ['64 bytes', `04${X}${Y.slice(2)}`, 'unexpected EOF'],
    ['66 bytes', `04${X}${Y}00`, 'extra data'],
    ['a megabyte', `02${'00'.repeat(1 << 20)}`, 'extra data'],
    ['y of another point', `04${X}${Y.slice(0, -2)}4b`, OFF_CURVE],
    ['coordinates zero', `04${'00'.repeat(64)}`, OFF_CURVE],
    ['x without a point', `02${'00'.repeat(31)}01`, OFF_CURVE],
    ['x is the field prime', `02${FIELD_PRIME}`, OFF_CURVE],
    ['x beyond the field', `02${'ff'.repeat(32)}`, OFF_CURVE],
    ['y beyond the field', `04${X}${'ff'.repeat(32)}`, OFF_CURVE],
  ]
  const keys = new PublicKeys(8)
  t.same(importPublicKey(new Uint8Array(0)), { reason: 'missing public key' })
  for (const [name, encoded, why] of table) {
    const reason = `decode public key from binary: ${why}`
    t.same(importPublicKey(bytes(encoded)), { reason }, name)
    t.same(keys.import(bytes(encoded)), { reason }, `${name}, kept`)
  }
  t.equal(keys.count, 0, 'faulty keys are not kept')
})

t.test('x = 1 has no point, by noble too', async (t) => {
  t.throws(() => p256.Point.fromHex(`02${'00'.repeat(31)}01`))
})

t.test('both forms of every key in the vectors are one key', async (t) => {
  for (const key of list(vectorFile('neofs-v2'), 'keys')) {
    const short = bytes(text(key, 'public'))
    const long = bytes(text(key, 'public65'))
    t.ok(keyOf(short).equals(keyOf(long)), text(key, 'name'))
    t.equal(hex(compress(long) ?? long), hex(short))
    t.equal(hex(compress(short) ?? long), hex(short))
  }
  for (const encoded of ['', '00', `05${X}`, `06${X}${Y}`, `02${X}00`]) t.equal(compress(bytes(encoded)), undefined)
})

t.test('importing agrees with noble on every encoding near a point', async () => {
  const near = fc.record({
    prefix: fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7),
    x: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    tail: fc.constantFrom(0, 32, 1),
  })
  fc.assert(
    fc.property(near, ({ prefix, x, tail }) => {
      const encoded = new Uint8Array(33 + tail)
      encoded[0] = prefix
      encoded.set(x, 1)
      let expected = true
      try {
        p256.Point.fromBytes(encoded)
      } catch {
        expected = false
      }
      return importPublicKey(encoded) instanceof KeyObject === expected
    }),
    { seed: 3, numRuns: 300 },
  )
})

t.test('the cache of keys is bounded and returns the kept object', async (t) => {
  const keys = new PublicKeys(3)
  const encoded = Array.from({ length: 5 }, () => generateKeyPair().publicKey)
  const [first = new Uint8Array(0)] = encoded
  const imported = keys.import(first)
  t.equal(keys.import(new Uint8Array(first)), imported, 'found by value')
  for (const each of encoded) keys.import(each)
  t.equal(keys.count, 3)
  t.not(keys.import(first), imported, 'the oldest was dropped')
  t.equal(new PublicKeys(0).import(first) instanceof KeyObject, true)
})

t.test('DER by hand', async (t) => {
  const low = `${'00'.repeat(31)}01`
  const table: [string, string, string, string][] = [
    ['short numbers', low, low, '3006020101020101'],
    ['zero', '00'.repeat(32), low, '3006020100020101'],
    ['a sign byte', `80${'00'.repeat(31)}`, low, `302602210080${'00'.repeat(31)}020101`],
    ['a sign byte on a short one', `${'00'.repeat(31)}80`, low, '300702020080020101'],
    [
      'both of full length',
      `7f${'11'.repeat(31)}`,
      `ff${'22'.repeat(31)}`,
      `304502207f${'11'.repeat(31)}022100ff${'22'.repeat(31)}`,
    ],
  ]
  for (const [name, r, s, der] of table) {
    t.equal(hex(derOfRaw(bytes(`04${r}${s}`), 1)), der, name)
    const raw = new Uint8Array(65)
    writeRawOfDer(bytes(der), raw, 1)
    t.equal(hex(raw), `00${r}${s}`, `${name}, back`)
  }
})

t.test('DER of noble and ours are equal', async () => {
  const scalar = fc.bigInt({ min: 1n, max: p256.Point.Fn.ORDER - 1n })
  fc.assert(
    fc.property(scalar, scalar, fc.integer({ min: 0, max: 255 }), (r, s, shift) => {
      const signature = new p256.Signature((r >> BigInt(shift)) + 1n, s >> BigInt(255 - shift) || 1n)
      const raw = signature.toBytes('compact')
      const back = new Uint8Array(64)
      writeRawOfDer(derOfRaw(raw, 0), back, 0)
      return hex(derOfRaw(raw, 0)) === hex(signature.toBytes('der')) && hex(back) === hex(raw)
    }),
    { seed: 4, numRuns: 500 },
  )
})

t.test('r or s that no signature has is a mismatch', async (t) => {
  const order = p256.Point.Fn.ORDER
  const { scalar, publicKey } = generateKeyPair()
  const data = bytes('00')
  const raw = new Uint8Array(64)
  writeRawOfDer(sign('sha256', data, privateKeyOf(scalar)), raw, 0)
  t.ok(verifyRaw('sha256', data, keyOf(publicKey), raw, 0))
  const numbers = [0n, order, order + 1n, BigInt(`0x${FIELD_PRIME}`), 2n ** 256n - 1n]
  for (const number of numbers) {
    const digits = bytes(number.toString(16).padStart(64, '0'))
    for (const at of [0, 32]) {
      const wrong = new Uint8Array(raw)
      wrong.set(digits, at)
      t.equal(verifyRaw('sha256', data, keyOf(publicKey), wrong, 0), false, `${number} at ${at}`)
    }
  }
})

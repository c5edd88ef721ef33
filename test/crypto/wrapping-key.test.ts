import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { Keyring } from '../../src/crypto/keyring.js'
import { SealError } from '../../src/crypto/seal.js'
import { systemRandom } from '../../src/crypto/system-random.js'
import { unwrapKeyring, WrongKeyError, wrapKeyring } from '../../src/crypto/wrapping-key.js'
import { flippedBits, otherLengths } from './damage.js'
import { bytes, hex } from './vectors.js'

const WRAPPING_KEY = bytes('91'.repeat(32))
const KEYS = [
  { id: 3, madeAt_ms: 1_700_000_000_000, key: bytes('03'.repeat(32)) },
  { id: 5, madeAt_ms: 1_800_000_000_000, key: bytes('05'.repeat(32)) },
]
const RING = new Keyring(5, KEYS)
/** Where the box begins, with two keys in it. */
const BOX_AT = 1 + 16 + 4 + 2 * 12

const contentOf = (keyring: Keyring) => [
  keyring.currentId,
  keyring.dataKeys().map((each) => ({ ...each, key: hex(each.key) })),
]

function checksum(data: Uint8Array): Buffer {
  const once = createHash('sha256').update(data).digest()
  return createHash('sha256').update(once).digest().subarray(0, 4)
}

/** With the checksum made right again, as somebody would who edits on purpose. */
function resummed(changed: Uint8Array): Uint8Array {
  return Buffer.concat([changed.subarray(0, -4), checksum(changed.subarray(0, -4))])
}

t.test('a keyring comes back as it went in', async () => {
  const key = fc.record({
    id: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    madeAt_ms: fc.maxSafeNat(),
    key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  })
  const keys = fc.uniqueArray(key, { selector: ({ id }) => id, minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(keys, fc.nat(), (some, index) => {
      const keyring = new Keyring(some[index % some.length]?.id ?? 0, some)
      const again = unwrapKeyring(wrapKeyring(keyring, WRAPPING_KEY), WRAPPING_KEY)
      return JSON.stringify(contentOf(again)) === JSON.stringify(contentOf(keyring))
    }),
    { seed: 11, numRuns: 200 },
  )
})

t.test('the format, taken apart and made by hand', async (t) => {
  const purpose = (label: string) => createHmac('sha256', WRAPPING_KEY).update(label).digest()
  const check = purpose('session-gateway keyring: check').subarray(0, 16)
  const aesKey = purpose('session-gateway keyring: keys')
  const rows = '00000003' + '0000018bcfe56800' + '00000005' + '000001a3185c5000'
  const head = Buffer.concat([bytes('01'), check, bytes('00000005'), bytes(rows)])

  const wrapped = Buffer.from(wrapKeyring(RING, WRAPPING_KEY))
  t.equal(wrapped.length, BOX_AT + 12 + 64 + 16 + 4)
  t.equal(hex(wrapped.subarray(0, BOX_AT)), hex(head))
  const decipher = createDecipheriv('aes-256-gcm', aesKey, wrapped.subarray(BOX_AT, BOX_AT + 12))
  decipher.setAAD(head)
  decipher.setAuthTag(wrapped.subarray(-20, -4))
  const keys = Buffer.concat([decipher.update(wrapped.subarray(BOX_AT + 12, -20)), decipher.final()])
  t.equal(hex(keys), '03'.repeat(32) + '05'.repeat(32))
  t.equal(hex(wrapped.subarray(-4)), hex(checksum(wrapped.subarray(0, -4))))

  const nonce = bytes('0102030405060708090a0b0c')
  const cipher = createCipheriv('aes-256-gcm', aesKey, nonce)
  cipher.setAAD(head)
  const box = [nonce, cipher.update(keys), cipher.final(), cipher.getAuthTag()]
  const byHand = resummed(Buffer.concat([head, ...box, bytes('00000000')]))
  t.same(contentOf(unwrapKeyring(byHand, WRAPPING_KEY)), contentOf(RING))
  t.equal(hex(byHand.subarray(-20)), '30e38d26ea8470bddfe6a4fdba0ffc18055b4337', 'format 1 stays what it is')
})

t.test('no key is readable in it, and no two are equal', async (t) => {
  const texts = [1, 2, 3].map(() => hex(wrapKeyring(RING, WRAPPING_KEY)))
  t.equal(new Set(texts).size, 3)
  t.notOk(texts.some((text) => text.includes('030303') || text.includes('050505')))
})

t.test('another wrapping key is told from damage', async (t) => {
  const wrapped = wrapKeyring(RING, WRAPPING_KEY)
  const message = 'the wrapping key is not the one this store was made with'
  for (const [what, other] of flippedBits(WRAPPING_KEY)) {
    t.throws(() => unwrapKeyring(wrapped, other), new WrongKeyError(), what)
  }
  t.equal(new WrongKeyError().message, message)
  t.notOk(new WrongKeyError() instanceof SealError)
  for (const [what, changed] of [...flippedBits(wrapped), ...otherLengths(wrapped)]) {
    t.throws(() => unwrapKeyring(changed, WRAPPING_KEY), SealError, what)
    t.throws(() => unwrapKeyring(changed, bytes('92'.repeat(32))), SealError, `${what}, and another key`)
  }
})

t.test('nor does it open when it is edited with care', async (t) => {
  const wrapped = wrapKeyring(RING, WRAPPING_KEY)
  const edit = (at: number, text: string) => {
    const edited = new Uint8Array(wrapped)
    edited.set(bytes(text), at)
    return resummed(edited)
  }
  const row = (index: number) => hex(wrapped.subarray(21 + 12 * index, 33 + 12 * index))
  const ciphertext = hex(wrapped.subarray(BOX_AT + 12, -20))
  const older = wrapKeyring(new Keyring(3, KEYS.slice(0, 1)), WRAPPING_KEY)
  const table: [string, Uint8Array][] = [
    ['the current id', edit(17, '00000003')],
    ['rows swapped', edit(21, row(1) + row(0))],
    ['an id', edit(21, '00000004')],
    ['a time', edit(25, '0000000000000000')],
    ['ciphertexts swapped', edit(BOX_AT + 12, ciphertext.slice(64) + ciphertext.slice(0, 64))],
    ['a key of another keyring', edit(BOX_AT, hex(older.subarray(33, 33 + 44)))],
    [
      'a key left out',
      resummed(Buffer.concat([wrapped.subarray(0, 33), wrapped.subarray(45, -52), wrapped.subarray(-20)])),
    ],
  ]
  for (const [what, edited] of table) {
    t.throws(
      () => unwrapKeyring(edited, WRAPPING_KEY),
      new SealError('the keyring was edited: it does not open with its wrapping key'),
      what,
    )
  }
})

t.test('it says what is wrong', async (t) => {
  const wrapped = wrapKeyring(RING, WRAPPING_KEY)
  const damaged = 'the keyring is damaged'
  const table: [string, Uint8Array, string][] = [
    ['nothing', bytes(''), damaged],
    ['zeros', new Uint8Array(wrapped.length), damaged],
    ['format 0', Uint8Array.of(0, ...wrapped.subarray(1)), damaged],
    ['no key', resummed(Buffer.concat([wrapped.subarray(0, 21), new Uint8Array(32)])), damaged],
    [
      'a newer version',
      Uint8Array.of(2, ...systemRandom.bytes(9)),
      'the keyring has format 2, of a newer version; this version reads format 1',
    ],
  ]
  for (const [what, value, message] of table) {
    t.throws(() => unwrapKeyring(value, WRAPPING_KEY), new SealError(message), what)
  }
})

t.test('what a keyring sealed opens after a restart, and after a rotation', async (t) => {
  const [secret, name] = [bytes('c3'.repeat(32)), bytes('02'.repeat(33))]
  const again = (keyring: Keyring) => unwrapKeyring(wrapKeyring(keyring, WRAPPING_KEY), WRAPPING_KEY)
  const first = Keyring.generate(systemRandom, 1)
  const sealed = first.seal(secret, name)
  t.equal(hex(again(first).open(sealed, name)), hex(secret))
  const rotated = again(first).rotate(systemRandom, 2)
  t.equal(hex(again(rotated).open(sealed, name)), hex(secret))
  t.throws(() => again(rotated.withoutOld()).open(sealed, name), SealError)
})

t.test('wrapping keys of a wrong length', async (t) => {
  for (const length of [0, 16, 31, 33]) {
    const fault = new RangeError(`a wrapping key has 32 bytes, not ${length}`)
    t.throws(() => wrapKeyring(RING, new Uint8Array(length)), fault)
    t.throws(() => unwrapKeyring(wrapKeyring(RING, WRAPPING_KEY), new Uint8Array(length)), fault)
  }
})

import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { type DataKey, Keyring, keyIdOf } from '../../src/crypto/keyring.js'
import { SealError } from '../../src/crypto/seal.js'
import { systemRandom } from '../../src/crypto/system-random.js'
import { flippedBits, otherLengths } from './damage.js'
import { bytes, hex } from './vectors.js'

const DATA_KEY: DataKey = { id: 7, madeAt_ms: 1_700_000_000_000, key: bytes('5a'.repeat(32)) }
const SECRET = bytes('c3'.repeat(32))
const NAME = bytes('02'.repeat(33))
const CLOSED = 'sealed value does not open: it or what it is bound to was changed'

const ring = () => new Keyring(7, [DATA_KEY])

t.test('opens what it sealed, for the same associated data', async () => {
  const keyring = Keyring.ephemeral(systemRandom)
  const some = fc.uint8Array({ maxLength: 200 })
  fc.assert(
    fc.property(some, some, (secret, data) => hex(keyring.open(keyring.seal(secret, data), data)) === hex(secret)),
    { seed: 10, numRuns: 500 },
  )
})

t.test('the format, taken apart and made by hand', async (t) => {
  const sealed = Buffer.from(ring().seal(SECRET, NAME))
  t.equal(sealed.length, 1 + 4 + 12 + 32 + 16)
  t.equal(hex(sealed.subarray(0, 5)), '0200000007', 'format 2, data key 7')

  const aesKey = createHmac('sha256', DATA_KEY.key).update(NAME).digest()
  const covered = Buffer.concat([bytes('0200000007'), NAME])
  const decipher = createDecipheriv('aes-256-gcm', aesKey, sealed.subarray(5, 17))
  decipher.setAAD(covered)
  decipher.setAuthTag(sealed.subarray(49))
  t.equal(hex(Buffer.concat([decipher.update(sealed.subarray(17, 49)), decipher.final()])), hex(SECRET))

  const nonce = bytes('0102030405060708090a0b0c')
  const cipher = createCipheriv('aes-256-gcm', aesKey, nonce)
  cipher.setAAD(covered)
  const box = [nonce, cipher.update(SECRET), cipher.final(), cipher.getAuthTag()]
  const byHand = Buffer.concat([bytes('0200000007'), ...box])
  t.equal(hex(ring().open(byHand, NAME)), hex(SECRET))
  t.equal(
    hex(byHand),
    '02000000070102030405060708090a0b0c' +
      '3f83364bde04e9a8aafd86ac7088187afb3a143d4eda1e5a2c216f0ce50b5f0db17fe43e38112e0baec0373a3eedaf87',
    'format 2 stays what it is',
  )
})

t.test('no two sealed values are equal, and none shows the secret', async (t) => {
  const keyring = ring()
  const sealed = Array.from({ length: 100 }, () => hex(keyring.seal(SECRET, NAME)))
  t.equal(new Set(sealed.map((each) => each.slice(10, 34))).size, 100, 'a nonce of its own for each')
  t.notOk(sealed.some((each) => each.includes('c3c3c3c3')))
})

t.test('nothing changed opens', async (t) => {
  const keyring = ring()
  const sealed = keyring.seal(SECRET, NAME)
  for (const [what, changed] of [...flippedBits(sealed), ...otherLengths(sealed)]) {
    t.throws(() => keyring.open(changed, NAME), SealError, what)
    t.throws(() => keyring.reseal(changed, NAME), SealError, what)
  }
  for (const [what, changed] of [...flippedBits(NAME), ...otherLengths(NAME)]) {
    t.throws(() => keyring.open(sealed, changed), new SealError(CLOSED), `associated data: ${what}`)
  }
})

t.test('it says why', async (t) => {
  const keyring = ring()
  const sealed = keyring.seal(SECRET, NAME)
  const table: [string, Uint8Array, string][] = [
    ['empty', bytes(''), 'sealed value has 0 bytes; the shortest has 33'],
    ['a byte less than the shortest', sealed.subarray(0, 32), 'sealed value has 32 bytes; the shortest has 33'],
    [
      'an older format',
      Uint8Array.of(1, ...sealed.subarray(1)),
      'sealed value has format 1; this version opens format 2',
    ],
    ['a later format', Uint8Array.of(3), 'sealed value has format 3; this version opens format 2'],
    [
      'of another data key',
      Uint8Array.of(2, 0, 0, 0, 8, ...sealed.subarray(5)),
      'sealed value needs data key 8, which is not in the keyring',
    ],
    ['changed', Uint8Array.of(...sealed.subarray(0, -1), (sealed.at(-1) ?? 0) ^ 1), CLOSED],
  ]
  for (const [what, value, message] of table) t.throws(() => keyring.open(value, NAME), new SealError(message), what)
  const another = new Keyring(7, [{ ...DATA_KEY, key: bytes('5b'.repeat(32)) }])
  t.throws(() => another.open(sealed, NAME), new SealError(CLOSED), 'another key of the same id')
  t.throws(() => Keyring.ephemeral(systemRandom).open(sealed, NAME), SealError)
})

t.test('what one key sealed does not open as if another had', async (t) => {
  const both = new Keyring(1, [
    { ...DATA_KEY, id: 1 },
    { ...DATA_KEY, id: 2 },
  ])
  const sealed = both.seal(SECRET, NAME)
  t.equal(hex(both.open(sealed, NAME)), hex(SECRET))
  sealed[4] = 2
  t.equal(keyIdOf(sealed), 2)
  t.throws(() => both.open(sealed, NAME), new SealError(CLOSED), 'though both have the same bytes')
})

t.test('rotation', async (t) => {
  const first = Keyring.generate(systemRandom, 1_000)
  const old = first.seal(SECRET, NAME)
  const second = first.rotate(systemRandom, 2_000)
  t.same([first.currentId, keyIdOf(old), second.currentId], [1, 1, 2])
  t.equal(hex(second.open(old, NAME)), hex(SECRET), 'old values open')
  const fresh = second.reseal(old, NAME)
  t.equal(keyIdOf(fresh), 2)
  t.equal(hex(second.open(fresh, NAME)), hex(SECRET))
  t.throws(() => first.open(fresh, NAME), /needs data key 2/)

  const alone = second.withoutOld()
  t.same(
    alone.dataKeys().map(({ id, madeAt_ms }) => [id, madeAt_ms]),
    [[2, 2_000]],
  )
  t.equal(hex(alone.open(fresh, NAME)), hex(SECRET))
  t.throws(() => alone.open(old, NAME), /needs data key 1/)
  t.equal(alone.rotate(systemRandom, 3_000).currentId, 3, 'an id is not used twice')
  const keys = second.dataKeys().map(({ key }) => hex(key))
  t.equal(new Set(keys).size, 2)
})

t.test('ids have 32 bits', async (t) => {
  const last = new Keyring(2 ** 32 - 1, [{ ...DATA_KEY, id: 2 ** 32 - 1 }])
  const sealed = last.seal(SECRET, NAME)
  t.equal(hex(sealed.subarray(0, 5)), '02ffffffff')
  t.equal(keyIdOf(sealed), 2 ** 32 - 1)
  t.equal(hex(last.open(sealed, NAME)), hex(SECRET))
  t.throws(() => last.rotate(systemRandom, 0), new RangeError('4294967296 is no id of a data key'))
})

t.test('keys that make no keyring', async (t) => {
  const table: [string, number, DataKey[]][] = [
    ['the current data key, 7, is not there', 7, []],
    ['the current data key, 8, is not there', 8, [DATA_KEY]],
    ['two data keys have one id', 7, [DATA_KEY, { ...DATA_KEY }]],
    ['0 is no id of a data key', 0, [{ ...DATA_KEY, id: 0 }]],
    ['1.5 is no id of a data key', 1.5, [{ ...DATA_KEY, id: 1.5 }]],
    ['a data key has 32 bytes, not 31', 7, [{ ...DATA_KEY, key: bytes('5a'.repeat(31)) }]],
    ['-1 is no time in ms', 7, [{ ...DATA_KEY, madeAt_ms: -1 }]],
    ['NaN is no time in ms', 7, [{ ...DATA_KEY, madeAt_ms: Number.NaN }]],
  ]
  for (const [message, current, keys] of table) t.throws(() => new Keyring(current, keys), new RangeError(message))
})

t.test('its keys are not shared and not shown', async (t) => {
  const own = bytes('77'.repeat(32))
  const keyring = new Keyring(1, [{ id: 1, madeAt_ms: 0, key: own }])
  const sealed = keyring.seal(SECRET, NAME)
  own.fill(0)
  t.equal(hex(keyring.open(sealed, NAME)), hex(SECRET))
  t.equal(JSON.stringify(keyring), '{}')
  t.equal(inspect(keyring, { showHidden: true, depth: 9 }), 'Keyring { [currentId]: [Getter] }')
})

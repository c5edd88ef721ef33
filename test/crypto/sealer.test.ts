import { inspect } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { SealError, Sealer } from '../../src/crypto/sealer.js'
import { systemRandom } from '../../src/crypto/system-random.js'
import { bytes, hex } from './vectors.js'

const wrappingKey = bytes('5a'.repeat(32))
const secret = bytes('c3'.repeat(32))
const name = bytes('02'.repeat(33))

t.test('opens what it sealed, for the same associated data', async () => {
  const sealer = Sealer.ephemeral(systemRandom)
  const some = fc.uint8Array({ maxLength: 100 })
  fc.assert(
    fc.property(some, some, (value, data) => hex(sealer.open(sealer.seal(value, data), data)) === hex(value)),
    { seed: 10, numRuns: 200 },
  )
})

t.test('opens in another process that has the wrapping key', async (t) => {
  const sealed = new Sealer(wrappingKey).seal(secret, name)
  t.equal(hex(new Sealer(new Uint8Array(wrappingKey)).open(sealed, name)), hex(secret))
  t.equal(sealed.length, 1 + 12 + 32 + 16)
})

t.test('format 1 stays readable', async (t) => {
  const recorded = bytes(
    '01cd3b1a7f92009854723dd50d9f67df3a02bc02f29c5216b6a83d0cdbe5b61565f6f077a9582c2688905c2d8bb5e6c7a677266ab9e4c4ee104d5bc944',
  )
  t.equal(hex(new Sealer(wrappingKey).open(recorded, name)), hex(secret))
})

t.test('no two sealed values are equal, and none shows the secret', async (t) => {
  const sealer = new Sealer(wrappingKey)
  const sealed = Array.from({ length: 100 }, () => hex(sealer.seal(secret, name)))
  t.equal(new Set(sealed).size, 100)
  t.notOk(sealed.some((each) => each.includes('c3c3c3c3')))
})

t.test('what does not open', async (t) => {
  const sealer = new Sealer(wrappingKey)
  const sealed = sealer.seal(secret, name)
  const closed = 'sealed value does not open: another wrapping key sealed it, or it was changed'
  for (let at = 1; at < sealed.length; at++) {
    const changed = new Uint8Array(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    t.throws(() => sealer.open(changed, name), new SealError(closed), `byte ${at} changed`)
  }
  const table: [string, Uint8Array, Uint8Array, string][] = [
    ['empty', bytes(''), name, 'sealed value has 0 bytes; the shortest has 29'],
    ['format alone', bytes('01'), name, 'sealed value has 1 bytes; the shortest has 29'],
    [
      'a byte less than the shortest',
      bytes(`01${'00'.repeat(27)}`),
      name,
      'sealed value has 28 bytes; the shortest has 29',
    ],
    [
      'later format',
      Uint8Array.of(2, ...sealed.subarray(1)),
      name,
      'sealed value has format 2; this version opens format 1',
    ],
    ['cut short', sealed.subarray(0, -1), name, closed],
    ['longer', Uint8Array.of(...sealed, 0), name, closed],
    ['for another key', sealed, bytes('03'.repeat(33)), closed],
    ['for none', sealed, bytes(''), closed],
  ]
  for (const [what, value, data, message] of table) {
    t.throws(() => sealer.open(value, data), new SealError(message), what)
  }
  t.throws(() => new Sealer(bytes('5b'.repeat(32))).open(sealed, name), new SealError(closed), 'another wrapping key')
  t.throws(() => Sealer.ephemeral(systemRandom).open(sealed, name), new SealError(closed))
})

t.test('wrapping keys of a wrong length', async (t) => {
  for (const length of [0, 16, 31, 33]) {
    t.throws(() => new Sealer(new Uint8Array(length)), new RangeError(`a wrapping key has 32 bytes, not ${length}`))
  }
})

t.test('the wrapping key is not shown and not shared', async (t) => {
  const own = bytes('77'.repeat(32))
  const sealer = new Sealer(own)
  const sealed = sealer.seal(secret, name)
  own.fill(0)
  t.equal(hex(sealer.open(sealed, name)), hex(secret))
  t.equal(JSON.stringify(sealer), '{}')
  t.equal(inspect(sealer, { showHidden: true, depth: 9 }), 'Sealer {}')
})

import { setImmediate as turn } from 'node:timers/promises'
import { inspect } from 'node:util'
import t from 'tap'
import type { Scheme } from '../../src/core/keys.js'
import { Keyring, keyIdOf } from '../../src/crypto/keyring.js'
import { accountOf } from '../../src/crypto/owner-id.js'
import { SignatureVerifier } from '../../src/crypto/schemes.js'
import { SealError } from '../../src/crypto/seal.js'
import {
  resealSessionKey,
  SESSION_KEYS_AHEAD,
  SessionKeyPool,
  sessionKeyFromScalar,
} from '../../src/crypto/session-keys.js'
import { systemRandom } from '../../src/crypto/system-random.js'
import { FixedKeyPairs } from './fixed-key-pairs.js'
import { bytes, hex, member, text, vectorFile } from './vectors.js'

const BINDING = bytes('01'.repeat(60))

function pool(options: { size?: number; perTurn?: number; keyring?: Keyring } = {}): SessionKeyPool {
  return new SessionKeyPool({ keyring: Keyring.ephemeral(systemRandom), random: systemRandom, ...options })
}

t.test('never hands out a key twice, whether made ahead or on the spot', async (t) => {
  const keys = pool({ size: 8, perTurn: 3 })
  const seen = new Set<string>()
  for (let i = 0; i < 200; i++) {
    const key = keys.take(BINDING)
    seen.add(hex(key.publicKey))
    t.ok(keys.ready <= 8)
    if (i % 7 === 0) await turn()
  }
  t.equal(seen.size, 200)
})

t.test('fills up in turns of bounded length and then rests', async (t) => {
  const keys = pool({ size: 10, perTurn: 4 })
  t.equal(keys.ready, 0)
  const filled: number[] = []
  for (let i = 0; i < 5; i++) {
    await turn()
    filled.push(keys.ready)
  }
  t.same(filled.slice(-2), [10, 10])
  for (const [i, ready] of filled.entries()) t.ok(ready - (filled[i - 1] ?? 0) <= 4, `turn ${i}`)
  keys.take(BINDING)
  t.equal(keys.ready, 9)
  await turn()
  await turn()
  t.equal(keys.ready, 10)
})

t.test('works without a pool', async (t) => {
  const keys = pool({ size: 0 })
  await turn()
  t.equal(keys.ready, 0)
  t.not(hex(keys.take(BINDING).publicKey), hex(keys.take(BINDING).publicKey))
})

t.test('a key has a compressed point, its account, and a sealed scalar', async (t) => {
  const key = pool().take(BINDING)
  t.equal(key.publicKey.length, 33)
  t.equal(hex(key.account), hex(accountOf(key.publicKey)))
  t.equal(key.sealed.length, 65)
  t.ok(Object.isFrozen(key))
})

t.test('signs by every scheme', async (t) => {
  const keys = pool()
  const verifier = new SignatureVerifier()
  const data = bytes('0a0b0c')
  for (const scheme of [0, 1, 2] satisfies Scheme[]) {
    for (let i = 0; i < 10; i++) {
      const key = keys.take(BINDING)
      const check = { scheme, publicKey: key.publicKey, signature: keys.sign(key, BINDING, data, scheme), data }
      t.equal(verifier.verify(check), undefined)
    }
  }
})

t.test('a key works for the session that took it, and for no other', async (t) => {
  const keyring = Keyring.ephemeral(systemRandom)
  const keys = pool({ keyring })
  const key = keys.take(BINDING)
  const data = bytes('00')
  t.equal(pool({ keyring }).sign(key, BINDING, data, 0).length, 65, 'wherever the keyring is')
  const table: readonly (readonly [string, () => unknown])[] = [
    ['another keyring', () => pool().sign(key, BINDING, data, 0)],
    [
      'the point of another key',
      () => keys.sign({ ...key, publicKey: keys.take(BINDING).publicKey }, BINDING, data, 0),
    ],
    [
      'the private half of another key',
      () => keys.sign({ ...key, sealed: keys.take(BINDING).sealed }, BINDING, data, 0),
    ],
    ['another session', () => keys.sign(key, bytes(`${'01'.repeat(59)}02`), data, 0)],
    ['a session with a longer binding', () => keys.sign(key, Uint8Array.of(...BINDING, 1), data, 0)],
    ['no session', () => keys.sign(key, bytes(''), data, 0)],
    [
      'a point that took a byte of the binding',
      () => keys.sign({ ...key, publicKey: Uint8Array.of(...key.publicKey, 1) }, BINDING.subarray(1), data, 0),
    ],
  ]
  for (const [what, run] of table) t.throws(run, SealError, what)
})

t.test('a key that is sealed anew is the same key', async (t) => {
  const before = Keyring.generate(systemRandom, 0)
  const after = before.rotate(systemRandom, 1)
  const key = pool({ keyring: before }).take(BINDING)
  const again = resealSessionKey(key, after, BINDING)
  t.same([keyIdOf(key.sealed), keyIdOf(again.sealed)], [1, 2])
  t.same({ ...again, sealed: undefined }, { ...key, sealed: undefined })
  const data = bytes('0a')
  const signature = pool({ keyring: after.withoutOld() }).sign(again, BINDING, data, 1)
  t.equal(new SignatureVerifier().verify({ scheme: 1, publicKey: key.publicKey, signature, data }), undefined)
  t.throws(() => resealSessionKey(key, after, bytes('02')), SealError, 'never for another session')
})

t.test('a scalar is wiped once it is sealed, also when sealing fails', async (t) => {
  class Watching extends Keyring {
    readonly seen: Uint8Array[] = []
    fails = false
    override seal(secret: Uint8Array, associatedData: Uint8Array): Uint8Array {
      this.seen.push(secret)
      if (this.fails) throw new Error('no entropy')
      return super.seal(secret, associatedData)
    }
  }
  const keyring = new Watching(1, [{ id: 1, madeAt_ms: 0, key: bytes('5a'.repeat(32)) }])
  const keys = pool({ keyring })
  keys.take(BINDING)
  await turn()
  keys.take(BINDING)
  keyring.fails = true
  t.throws(() => keys.take(BINDING), /no entropy/)
  t.same(
    keyring.seen.map((scalar) => hex(scalar)),
    Array(3).fill('00'.repeat(32)),
  )
})

t.test('the private scalar is nowhere to be seen', async (t) => {
  const scalar = bytes('35f2b425109b17b1d8f3b5c50daea1091e27d2452bce1126080bd4b98de9bb67')
  const keys = new FixedKeyPairs([scalar])
  const key = keys.take(BINDING)
  const pairs = pool()
  pairs.take(BINDING)
  const shown = [key, keys, pairs].flatMap((each) => [
    JSON.stringify(each),
    inspect(each, { showHidden: true, depth: 9, maxArrayLength: null }),
  ])
  const forms = [hex(scalar), [...scalar].join(','), [...scalar].join(', '), Buffer.from(scalar).toString('base64')]
  const spaced = hex(scalar).replace(/(..)(?=.)/g, '$1 ')
  const flat = shown.map((each) => each.replace(/\s+/g, ' '))
  for (const form of [...forms, spaced])
    t.notOk(
      flat.some((each) => each.includes(form)),
      form,
    )
  t.notOk(hex(key.sealed).includes(hex(scalar).slice(0, 16)))
  t.equal(JSON.stringify(pairs), '{}')
})

t.test('known scalars give the recorded public keys', async (t) => {
  const keyring = Keyring.ephemeral(systemRandom)
  const recorded = Object.entries(member(vectorFile('neofs-v1'), 'keys') ?? {}).filter(
    ([name]) => name !== 'owner+owner2',
  )
  const scalars = recorded.map(([, key]) => bytes(text(key, 'd')))
  const keys = new FixedKeyPairs(scalars)
  for (const [i, [name, recordedKey]] of recorded.entries()) {
    const scalar = scalars[i] ?? bytes('')
    t.equal(hex(sessionKeyFromScalar(scalar, keyring, BINDING).publicKey), text(recordedKey, 'publicKey'), name)
    t.equal(hex(scalar), text(recordedKey, 'd'), 'the scalar given stays')
    t.equal(hex(keys.take(BINDING).publicKey), text(recordedKey, 'publicKey'))
  }
  t.equal(keys.take(BINDING).publicKey.length, 33, 'fresh ones after the last')
  t.throws(() => sessionKeyFromScalar(new Uint8Array(32), keyring, BINDING), RangeError)
})

t.test('sizes that are none', async (t) => {
  t.throws(() => pool({ size: -1 }), new RangeError('session key pool size is -1; it takes a whole number from 0'))
  t.throws(() => pool({ perTurn: 0 }), new RangeError('session keys per turn is 0; it takes a whole number from 1'))
  t.ok(SESSION_KEYS_AHEAD > 0)
})

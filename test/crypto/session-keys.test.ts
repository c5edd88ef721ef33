import { setImmediate as turn } from 'node:timers/promises'
import { inspect } from 'node:util'
import t from 'tap'
import type { Scheme } from '../../src/core/keys.js'
import { accountOf } from '../../src/crypto/owner-id.js'
import { SignatureVerifier } from '../../src/crypto/schemes.js'
import { SealError, Sealer } from '../../src/crypto/sealer.js'
import { SESSION_KEYS_AHEAD, SessionKeyPool, sessionKeyFromScalar } from '../../src/crypto/session-keys.js'
import { systemRandom } from '../../src/crypto/system-random.js'
import { FixedKeyPairs } from './fixed-key-pairs.js'
import { bytes, hex, member, text, vectorFile } from './vectors.js'

function pool(options: { size?: number; perTurn?: number } = {}): SessionKeyPool {
  return new SessionKeyPool({ sealer: Sealer.ephemeral(systemRandom), random: systemRandom, ...options })
}

t.test('never hands out a key twice, whether made ahead or on the spot', async (t) => {
  const keys = pool({ size: 8, perTurn: 3 })
  const seen = new Set<string>()
  for (let i = 0; i < 200; i++) {
    const key = keys.take()
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
  keys.take()
  t.equal(keys.ready, 9)
  await turn()
  await turn()
  t.equal(keys.ready, 10)
})

t.test('works without a pool', async (t) => {
  const keys = pool({ size: 0 })
  await turn()
  t.equal(keys.ready, 0)
  t.not(hex(keys.take().publicKey), hex(keys.take().publicKey))
})

t.test('a key has a compressed point, its account, and a sealed scalar', async (t) => {
  const key = pool().take()
  t.equal(key.publicKey.length, 33)
  t.equal(hex(key.account), hex(accountOf(key.publicKey)))
  t.equal(key.sealed.length, 61)
  t.ok(Object.isFrozen(key))
})

t.test('signs by every scheme', async (t) => {
  const keys = pool()
  const verifier = new SignatureVerifier()
  const data = bytes('0a0b0c')
  for (const scheme of [0, 1, 2] satisfies Scheme[]) {
    for (let i = 0; i < 10; i++) {
      const key = keys.take()
      const check = { scheme, publicKey: key.publicKey, signature: keys.sign(key, data, scheme), data }
      t.equal(verifier.verify(check), undefined)
    }
  }
})

t.test('a key sealed by another key, or for another point, does not sign', async (t) => {
  const keys = pool()
  const key = keys.take()
  t.throws(() => pool().sign(key, bytes('00'), 0), SealError)
  t.throws(() => keys.sign({ ...key, publicKey: keys.take().publicKey }, bytes('00'), 0), SealError)
})

t.test('the private scalar is nowhere to be seen', async (t) => {
  const scalar = bytes('35f2b425109b17b1d8f3b5c50daea1091e27d2452bce1126080bd4b98de9bb67')
  const keys = new FixedKeyPairs([scalar])
  const key = keys.take()
  const pairs = pool()
  pairs.take()
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
  const sealer = Sealer.ephemeral(systemRandom)
  const recorded = Object.entries(member(vectorFile('neofs-v1'), 'keys') ?? {}).filter(
    ([name]) => name !== 'owner+owner2',
  )
  const scalars = recorded.map(([, key]) => bytes(text(key, 'd')))
  const keys = new FixedKeyPairs(scalars)
  for (const [i, [name, recordedKey]] of recorded.entries()) {
    const scalar = scalars[i] ?? bytes('')
    t.equal(hex(sessionKeyFromScalar(scalar, sealer).publicKey), text(recordedKey, 'publicKey'), name)
    t.equal(hex(scalar), text(recordedKey, 'd'), 'the scalar given stays')
    t.equal(hex(keys.take().publicKey), text(recordedKey, 'publicKey'))
  }
  t.equal(keys.take().publicKey.length, 33, 'fresh ones after the last')
  t.throws(() => sessionKeyFromScalar(new Uint8Array(32), sealer), RangeError)
})

t.test('sizes that are none', async (t) => {
  t.throws(() => pool({ size: -1 }), new RangeError('session key pool size is -1; it takes a whole number from 0'))
  t.throws(() => pool({ perTurn: 0 }), new RangeError('session keys per turn is 0; it takes a whole number from 1'))
  t.ok(SESSION_KEYS_AHEAD > 0)
})

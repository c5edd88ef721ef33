import { v4 as uuid } from 'uuid'
import { bindingOf } from '../src/core/binding.js'
import { Keyring } from '../src/crypto/keyring.js'
import { hasOwnerChecksum, OWNER_ID_BYTES, ownsOwnerId } from '../src/crypto/owner-id.js'
import { importPublicKey } from '../src/crypto/p256.js'
import { generateKeyPair, privateKeyOf } from '../src/crypto/private-key.js'
import { recoverPublicKeys } from '../src/crypto/recover.js'
import { SignatureVerifier, signWith } from '../src/crypto/schemes.js'
import { SessionKeyPool } from '../src/crypto/session-keys.js'
import { systemRandom } from '../src/crypto/system-random.js'
import { measure, printRatios } from './measure.js'

const DATA_BYTES = 60
const LIFETIME = { kind: 'epochs', notBefore: 1n, issuedAt: 1n, expiration: 100n, edge: 'exclusive' } as const

export async function run(): Promise<void> {
  const { scalar, publicKey } = generateKeyPair()
  const privateKey = privateKeyOf(scalar)
  const data = systemRandom.bytes(DATA_BYTES)
  const distinct = Array.from({ length: 1000 }, () => signWith(privateKey, 0, data, systemRandom))
  const [repeated = new Uint8Array(0)] = distinct
  const uncached = new SignatureVerifier({ verified: 0 })
  const caching = new SignatureVerifier()
  const missing = new SignatureVerifier({ verified: 1 })
  const keyring = Keyring.ephemeral(systemRandom)
  const pool = new SessionKeyPool({ keyring, random: systemRandom, size: 0 })
  const session = { id: uuid(), owner: systemRandom.bytes(OWNER_ID_BYTES), lifetime: LIFETIME }
  const binding = bindingOf(session)
  const key = pool.take(binding)
  const check = (i: number) => ({ scheme: 0, publicKey, data, signature: distinct[i % distinct.length] ?? repeated })

  printRatios('signatures and keys, against one uncached verification', [
    ['verify, no cache', measure(2000, (i) => uncached.verify(check(i)))],
    ['verify, cache that always misses', measure(2000, (i) => missing.verify(check(i)))],
    ['verify, cache that hits', measure(20_000, (i) => caching.verify(check(i)))],
    ['import of a public key', measure(1000, () => importPublicKey(publicKey))],
    ['sign, scheme 0', measure(2000, () => signWith(privateKey, 0, data, systemRandom))],
    ['sign, scheme 1', measure(200, () => signWith(privateKey, 1, data, systemRandom))],
    ['sign with a session key, scheme 0', measure(1000, () => pool.sign(key, binding, data, 0))],
    ['make and seal a session key', measure(2000, () => pool.take(binding))],
    ['seal a session key', measure(20_000, () => keyring.seal(scalar, binding))],
    ['say what it is bound to', measure(20_000, () => bindingOf(session))],
    ['recover keys', measure(40, () => recoverPublicKeys(repeated, data))],
    ['owner checksum', measure(20_000, () => hasOwnerChecksum(key.account))],
    ['owner of a key', measure(5000, () => ownsOwnerId(key.account, [key.publicKey]))],
  ])
}

import { createHash } from 'node:crypto'
import { p256 } from '@noble/curves/nist.js'
import { ripemd160 } from '@noble/hashes/legacy.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import type { SeededRandom } from '../support/seeded-random.js'

/** Keys, signatures and owner ids of the test clients, by noble's curves and hashes and not by `src/crypto`. */

export interface ClientKey {
  readonly secret: Uint8Array
  /** 33 bytes. */
  readonly publicKey: Uint8Array
}

export function freshKey(random: SeededRandom): ClientKey {
  const secret = p256.utils.randomSecretKey(random.bytes(48))
  return { secret, publicKey: p256.getPublicKey(secret, true) }
}

/** The signature schemes of neofs-v2 §3.8; everything before v2 signs as 0. */
export type SchemeNumber = 0 | 1 | 2

/** noble hashes nothing here (`prehash`), and never lowers s: no genuine signer does. */
const OPTIONS = { lowS: false, prehash: false, format: 'compact' } as const

export function signature(key: ClientKey, data: Uint8Array, scheme: SchemeNumber = 0): Uint8Array {
  switch (scheme) {
    case 0: {
      // The nonce is random, as Go's: no two signatures of the same bytes are equal.
      const raw = p256.sign(sha512(data), key.secret, { ...OPTIONS, extraEntropy: true })
      return Buffer.concat([Uint8Array.of(0x04), raw])
    }
    case 1:
      return p256.sign(sha256(data), key.secret, { ...OPTIONS, extraEntropy: false })
    case 2: {
      const salt = createHash('md5').update(data).update(key.publicKey).digest()
      const raw = p256.sign(sha256(walletConnect(data, salt)), key.secret, { ...OPTIONS, extraEntropy: false })
      return Buffer.concat([raw, salt])
    }
  }
}

export function verifies(publicKey: Uint8Array, sign: Uint8Array, data: Uint8Array, scheme: SchemeNumber = 0): boolean {
  if (publicKey.length === 0) return false
  switch (scheme) {
    case 0:
      return sign.length === 65 && sign[0] === 4 && p256.verify(sign.subarray(1), sha512(data), publicKey, OPTIONS)
    case 1:
      return sign.length === 64 && p256.verify(sign, sha256(data), publicKey, OPTIONS)
    case 2: {
      if (sign.length !== 80) return false
      const wrapped = walletConnect(data, sign.subarray(64))
      return p256.verify(sign.subarray(0, 64), sha256(wrapped), publicKey, OPTIONS)
    }
  }
}

/** neofs-v2 §3.8, scheme 2. */
function walletConnect(data: Uint8Array, salt: Uint8Array): Uint8Array {
  const signed = Buffer.from(Buffer.from(salt).toString('hex') + Buffer.from(data).toString('base64'), 'latin1')
  const length =
    signed.length < 0xfd ? Uint8Array.of(signed.length) : Uint8Array.of(0xfd, signed.length & 0xff, signed.length >> 8)
  return Buffer.concat([Uint8Array.of(0x01, 0x00, 0x01, 0xf0), length, signed, Uint8Array.of(0, 0)])
}

/** True for a compressed point on the curve. */
export function isSessionKey(bytes: Uint8Array): boolean {
  if (bytes.length !== 33) return false
  try {
    p256.Point.fromBytes(bytes).assertValidity()
    return true
  } catch {
    return false
  }
}

/** True for the 16 bytes of a random UUID of version 4. */
export function isUuidV4(bytes: Uint8Array): boolean {
  return bytes.length === 16 && (bytes[6] ?? 0) >> 4 === 4 && (bytes[8] ?? 0) >> 6 === 2
}

// ---- owner ids (neofs-v1 §5.1, neofs-v2 §6) -------------------------------------------------------------------------

const SCRIPTS = {
  neo2: { prefix: 0x17, before: '21', after: 'ac' },
  preview2: { prefix: 0x35, before: '0c21', after: '0b410a906ad4' },
  eraA: { prefix: 0x35, before: '0c21', after: '0b4195440d78' },
  eraB: { prefix: 0x35, before: '0c21', after: '41747476aa' },
  eraC: { prefix: 0x35, before: '0c21', after: '4156e7b327' },
} as const
export type Era = keyof typeof SCRIPTS

export function ownerOf({ publicKey }: Pick<ClientKey, 'publicKey'>, era: Era): Uint8Array {
  const { prefix, before, after } = SCRIPTS[era]
  return ownerOfScript(prefix, Buffer.concat([Buffer.from(before, 'hex'), publicKey, Buffer.from(after, 'hex')]))
}

/** The Neo 2 owner of which any one of several keys may sign. */
export function ownerOfSeveral(keys: readonly ClientKey[]): Uint8Array {
  const pushes = keys.flatMap(({ publicKey }) => [Uint8Array.of(0x21), publicKey])
  return ownerOfScript(0x17, Buffer.concat([Uint8Array.of(0x51), ...pushes, Uint8Array.of(0x50 + keys.length, 0xae)]))
}

function ownerOfScript(prefix: number, script: Uint8Array): Uint8Array {
  const body = Buffer.concat([Uint8Array.of(prefix), ripemd160(sha256(script))])
  return new Uint8Array(Buffer.concat([body, sha256(sha256(body)).subarray(0, 4)]))
}

/** Numbers of 8 bytes, most significant first, one after the other. */
export function bigEndian64(...values: readonly bigint[]): Uint8Array {
  const bytes = Buffer.alloc(8 * values.length)
  for (const [index, value] of values.entries()) bytes.writeBigUInt64BE(value, 8 * index)
  return bytes
}

/** The 65-byte form of a public key. */
export function uncompressed({ publicKey }: Pick<ClientKey, 'publicKey'>): Uint8Array {
  return p256.Point.fromBytes(publicKey).toBytes(false)
}

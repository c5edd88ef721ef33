import { createECDH, createPrivateKey, type KeyObject } from 'node:crypto'
import { CURVE, SCALAR_BYTES } from './p256.js'

/** n, the number of points: a private scalar is 1…n−1. */
const GROUP_ORDER = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')

/** RFC 5915 ECPrivateKey of P-256 without the public point: what stands before and after the 32 bytes of the scalar. */
const SEC1_BEFORE = Buffer.from('30310201010420', 'hex')
const SEC1_AFTER = Buffer.from('a00a06082a8648ce3d030107', 'hex')

/** A private scalar in clear. It belongs to whoever asked for it, who wipes it: `scalar.fill(0)`. */
export interface KeyPair {
  /** 32 bytes, big-endian. */
  readonly scalar: Uint8Array
  /** Compressed point, 33 bytes. */
  readonly publicKey: Uint8Array
}

/** True for 32 bytes that are a number from 1 to the group order less one. */
export function isScalar(bytes: Uint8Array): boolean {
  if (bytes.length !== SCALAR_BYTES || Buffer.compare(bytes, GROUP_ORDER) >= 0) return false
  return bytes.some((byte) => byte !== 0)
}

function checkedScalar(scalar: Uint8Array): Uint8Array {
  if (isScalar(scalar)) return scalar
  throw new RangeError('a P-256 private scalar is 32 bytes, not zero and below the group order')
}

/** A fresh pair. By ECDH, because a pair of `generateKeyPair` can be had raw only through its JWK, which can hang Node 20. */
export function generateKeyPair(): KeyPair {
  const pair = createECDH(CURVE)
  pair.generateKeys()
  const publicKey = new Uint8Array(pair.getPublicKey(null, 'compressed'))
  const digits = pair.getPrivateKey()
  // OpenSSL leaves leading zero bytes out: one key in 256 is shorter.
  const scalar = new Uint8Array(SCALAR_BYTES)
  scalar.set(digits, SCALAR_BYTES - digits.length)
  digits.fill(0)
  return { scalar, publicKey }
}

/** The compressed public key of a private scalar; a RangeError if it is none. */
export function publicKeyOf(scalar: Uint8Array): Uint8Array {
  const pair = createECDH(CURVE)
  pair.setPrivateKey(checkedScalar(scalar))
  return new Uint8Array(pair.getPublicKey(null, 'compressed'))
}

/** A key that OpenSSL signs with; a RangeError if the scalar is none. DER and not JWK, because text can't be wiped. */
export function privateKeyOf(scalar: Uint8Array): KeyObject {
  const der = Buffer.concat([SEC1_BEFORE, checkedScalar(scalar), SEC1_AFTER])
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'sec1' })
  } finally {
    der.fill(0)
  }
}

/** The scalar of a P-256 private key, 32 bytes that the caller wipes. */
export function scalarOf(key: KeyObject): Uint8Array {
  if (key.type !== 'private' || key.asymmetricKeyDetails?.namedCurve !== CURVE) {
    throw new TypeError('a P-256 private key is needed')
  }
  const der = key.export({ format: 'der', type: 'sec1' })
  // Sequence (its length has one to three bytes), version 1, and the scalar, always at its full 32 bytes.
  const lengthByte = der[1] ?? 0
  const start = 2 + (lengthByte < 0x80 ? 0 : lengthByte & 0x7f) + 3 + 2
  const scalar = new Uint8Array(der.subarray(start, start + SCALAR_BYTES))
  der.fill(0)
  return checkedScalar(scalar)
}

import { hash } from 'node:crypto'
import { p256 } from '@noble/curves/nist.js'
import { SCALAR_BYTES } from './p256.js'

const SIGNATURE_BYTES = 1 + 2 * SCALAR_BYTES
const SIGNATURE_PREFIX = 0x04
/** r names the x of a point, or x less the group order, and each x has two points. */
const RECOVERY_IDS = [0, 1, 2, 3]

/** True for bytes in the form of a signature, the only ones from which recovering costs anything. */
export function isRecoverable(signature: Uint8Array): boolean {
  return signature.length === SIGNATURE_BYTES && signature[0] === SIGNATURE_PREFIX
}

/**
 * The compressed public keys for which a scheme-0 signature (65 bytes 04‖r‖s over SHA-512) of `data` is valid: two, very
 * rarely four, none if it has no such form. Dialect A0 carries the owner's key nowhere, and this is how it is found
 * (neofs-v1 §3.1.1). OpenSSL has no such operation; it costs milliseconds in which nothing else runs.
 */
export function recoverPublicKeys(signature: Uint8Array, data: Uint8Array): Uint8Array[] {
  if (!isRecoverable(signature)) return []
  const digest = hash('sha512', data, 'buffer').subarray(0, SCALAR_BYTES)
  const keys: Uint8Array[] = []
  for (const id of RECOVERY_IDS) {
    const key = recover(signature.subarray(1), id, digest)
    if (key !== undefined) keys.push(key)
  }
  return keys
}

function recover(raw: Uint8Array, id: number, digest: Uint8Array): Uint8Array | undefined {
  try {
    const signature = p256.Signature.fromBytes(raw, 'compact').addRecoveryBit(id)
    return signature.recoverPublicKey(digest).toBytes(true)
  } catch {
    // noble throws for numbers out of range and for an x that no point has.
    return undefined
  }
}

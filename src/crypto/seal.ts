import { createCipheriv, createDecipheriv, createHmac, randomFillSync } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const NONCES_AT_ONCE = 64

export const AES_KEY_BYTES = 32
/** What a box is longer than the secret in it. */
export const BOX_OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES

/** Sealed bytes that can't be opened: of another format, cut short, changed, or sealed with another key. */
export class SealError extends Error {
  override readonly name = 'SealError'
}

/** HMAC-SHA-256, 32 bytes: a key for one purpose from a key that is never used itself. */
export function deriveKey(key: Uint8Array, purpose: Uint8Array | string): Uint8Array {
  return createHmac('sha256', key).update(purpose).digest()
}

export interface BoxParts {
  /** 32 bytes. */
  readonly key: Uint8Array
  /** Bound to the box and not in it. */
  readonly associatedData: Uint8Array
}

/** Writes a box at `at`: a fresh nonce of 12 bytes, the AES-256-GCM ciphertext of the secret, and its tag of 16 bytes. */
export function writeBox(into: Uint8Array, at: number, secret: Uint8Array, { key, associatedData }: BoxParts): void {
  const nonce = freshNonce()
  const cipher = createCipheriv(CIPHER, key, nonce)
  cipher.setAAD(associatedData)
  into.set(nonce, at)
  into.set(cipher.update(secret), at + NONCE_BYTES)
  cipher.final()
  into.set(cipher.getAuthTag(), at + NONCE_BYTES + secret.length)
}

/** Drawn many at a time: a draw costs a quarter of what a seal does, whatever its size. */
const nonces = new Uint8Array(NONCES_AT_ONCE * NONCE_BYTES)
let noncesUsed = NONCES_AT_ONCE

/** Always OpenSSL's own randomness, and each once: a second use under the same key would give the secret away. */
function freshNonce(): Uint8Array {
  if (noncesUsed === NONCES_AT_ONCE) {
    randomFillSync(nonces)
    noncesUsed = 0
  }
  const at = NONCE_BYTES * noncesUsed
  noncesUsed += 1
  return nonces.subarray(at, at + NONCE_BYTES)
}

/** The secret of a box of at least `BOX_OVERHEAD_BYTES`, in bytes that the caller wipes; undefined if it does not open. */
export function openBox(box: Uint8Array, { key, associatedData }: BoxParts): Uint8Array | undefined {
  const tagAt = box.length - TAG_BYTES
  const decipher = createDecipheriv(CIPHER, key, box.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(associatedData)
  decipher.setAuthTag(box.subarray(tagAt))
  const secret = decipher.update(box.subarray(NONCE_BYTES, tagAt))
  try {
    decipher.final()
  } catch {
    secret.fill(0)
    return undefined
  }
  return secret
}

import { createCipheriv, createDecipheriv, createHmac, randomFillSync } from 'node:crypto'
import type { Random } from '../core/random.js'

export const WRAPPING_KEY_BYTES = 32

const CIPHER = 'aes-256-gcm'
const FORMAT = Uint8Array.of(1)
const NONCE_BYTES = 12
const TAG_BYTES = 16
const NONCE_AT = FORMAT.length
const CIPHERTEXT_AT = NONCE_AT + NONCE_BYTES
const SEALED_BYTES_MIN = CIPHERTEXT_AT + TAG_BYTES

/** A sealed value that can't be opened: of another format, cut short, changed, or sealed with another key. */
export class SealError extends Error {
  override readonly name = 'SealError'
}

/**
 * Seals secrets with a 32-byte wrapping key. A sealed value is one byte of format, a 12-byte nonce, the AES-256-GCM
 * ciphertext and its 16-byte tag.
 *
 * The AES key is HMAC-SHA-256 of the associated data under the wrapping key. One key for all would be good for 2^32 random
 * nonces, which a busy gateway uses up in weeks; so every public key has an AES key of its own, and a value that is opened
 * for another public key does not open at all.
 */
export class Sealer {
  readonly #wrappingKey: Uint8Array

  constructor(wrappingKey: Uint8Array) {
    if (wrappingKey.length !== WRAPPING_KEY_BYTES) {
      throw new RangeError(`a wrapping key has ${WRAPPING_KEY_BYTES} bytes, not ${wrappingKey.length}`)
    }
    this.#wrappingKey = new Uint8Array(wrappingKey)
  }

  /** A sealer whose key nobody else has: what it sealed can't be opened once the process has ended. */
  static ephemeral(random: Random): Sealer {
    return new Sealer(random.bytes(WRAPPING_KEY_BYTES))
  }

  seal(secret: Uint8Array, associatedData: Uint8Array): Uint8Array {
    // Always OpenSSL's own randomness: a replayed nonce under the same key would give the secret away.
    const nonce = randomFillSync(new Uint8Array(NONCE_BYTES))
    const cipher = createCipheriv(CIPHER, this.#keyFor(associatedData), nonce)
    cipher.setAAD(FORMAT)
    const sealed = new Uint8Array(SEALED_BYTES_MIN + secret.length)
    sealed.set(FORMAT)
    sealed.set(nonce, NONCE_AT)
    sealed.set(cipher.update(secret), CIPHERTEXT_AT)
    cipher.final()
    sealed.set(cipher.getAuthTag(), CIPHERTEXT_AT + secret.length)
    return sealed
  }

  /** The secret, in bytes that the caller wipes. Throws a SealError. */
  open(sealed: Uint8Array, associatedData: Uint8Array): Uint8Array {
    const format = sealed[0]
    if (format !== undefined && format !== FORMAT[0]) {
      throw new SealError(`sealed value has format ${format}; this version opens format ${FORMAT[0]}`)
    }
    if (sealed.length < SEALED_BYTES_MIN) {
      throw new SealError(`sealed value has ${sealed.length} bytes; the shortest has ${SEALED_BYTES_MIN}`)
    }
    const tagAt = sealed.length - TAG_BYTES
    const key = this.#keyFor(associatedData)
    const decipher = createDecipheriv(CIPHER, key, sealed.subarray(NONCE_AT, CIPHERTEXT_AT), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(FORMAT)
    decipher.setAuthTag(sealed.subarray(tagAt))
    const secret = decipher.update(sealed.subarray(CIPHERTEXT_AT, tagAt))
    try {
      decipher.final()
    } catch {
      secret.fill(0)
      throw new SealError('sealed value does not open: another wrapping key sealed it, or it was changed')
    }
    return secret
  }

  #keyFor(associatedData: Uint8Array): Uint8Array {
    return createHmac('sha256', this.#wrappingKey).update(associatedData).digest()
  }
}

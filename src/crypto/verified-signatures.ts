import { bytesKey, sameBytes } from '../core/bytes.js'
import { Lru } from './lru.js'

/** Longer signed data is verified anew each time, so that the memory of the cache has a bound. */
export const VERIFIED_DATA_BYTES_MAX = 2048

interface Verified {
  readonly publicKey: Uint8Array
  readonly data: Uint8Array
}

/**
 * Signatures of one scheme that verified, with what they verified for. A signature is found by its own bytes, then key and
 * data are compared in full: no hashing, and nothing that a collision could make true. Only what is valid is kept: an
 * invalid triple costs its sender a lookup and us a verification, and must not push out what is good.
 */
export class VerifiedSignatures {
  readonly #kept: Lru<string, Verified>

  constructor(size: number) {
    this.#kept = new Lru(size)
  }

  get count(): number {
    return this.#kept.count
  }

  has(publicKey: Uint8Array, signature: Uint8Array, data: Uint8Array): boolean {
    const verified = this.#kept.get(bytesKey(signature))
    return verified !== undefined && sameBytes(verified.data, data) && sameBytes(verified.publicKey, publicKey)
  }

  add(publicKey: Uint8Array, signature: Uint8Array, data: Uint8Array): void {
    if (data.length > VERIFIED_DATA_BYTES_MAX) return
    // Copies: the arguments are views of receive buffers that would stay in memory as long as the entry.
    this.#kept.set(bytesKey(signature), { publicKey: new Uint8Array(publicKey), data: new Uint8Array(data) })
  }
}

import { bytesKey, sameBytes } from '../../src/core/bytes.js'
import type { KeyPairs, Scheme } from '../../src/core/keys.js'
import type { SessionKey } from '../../src/core/session.js'
import type { Maybe } from '../../src/core/store.js'

const SIGNATURE_SIZE = { 0: 65, 1: 64, 2: 80 } as const

/**
 * Counts instead of making keys: the n-th pair has n in its last bytes. A signature tells what it was made of, and there is none
 * for another binding than the one that the pair was taken for.
 */
export class FakeKeyPairs implements KeyPairs {
  readonly #bindings = new Map<string, Uint8Array>()
  readonly #later: boolean
  #failure: unknown
  #taken = 0

  constructor(options: { later?: boolean } = {}) {
    this.#later = options.later ?? false
  }

  get taken(): number {
    return this.#taken
  }

  /** The next `take` fails with this. */
  failNext(failure: unknown): void {
    this.#failure = failure
  }

  /** A test of a store needs keys and no sessions: there, they are bound to nothing. */
  take(binding: Uint8Array = new Uint8Array(0)): Maybe<SessionKey> {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) {
      if (this.#later) return Promise.reject(failure)
      throw failure
    }
    this.#taken += 1
    const key = {
      publicKey: numbered(33, 2, this.#taken),
      account: accountOf(this.#taken),
      sealed: numbered(32, 0xff, this.#taken),
    }
    this.#bindings.set(bytesKey(key.sealed), binding)
    return this.#later ? Promise.resolve(key) : key
  }

  sign(key: SessionKey, binding: Uint8Array, data: Uint8Array, scheme: Scheme): Maybe<Uint8Array> {
    if (!sameBytes(this.#bindings.get(bytesKey(key.sealed)), binding)) {
      const fault = new Error('sealed to another session')
      if (this.#later) return Promise.reject(fault)
      throw fault
    }
    const signature = new Uint8Array(SIGNATURE_SIZE[scheme])
    signature.set(key.sealed, 0)
    signature.set(data.subarray(0, signature.length - 32), 32)
    return this.#later ? Promise.resolve(signature) : signature
  }
}

/** The account of the n-th pair. */
export function accountOf(n: number): Uint8Array {
  return numbered(25, 0x35, n)
}

function numbered(size: number, first: number, n: number): Uint8Array {
  const bytes = new Uint8Array(size)
  bytes[0] = first
  new DataView(bytes.buffer).setUint32(size - 4, n)
  return bytes
}

import type { KeyPairs, Scheme } from '../core/keys.js'
import type { Random } from '../core/random.js'
import type { SessionKey } from '../core/session.js'
import { checkedSize } from './checked-size.js'
import type { Keyring } from './keyring.js'
import { accountOf } from './owner-id.js'
import { COMPRESSED_KEY_BYTES } from './p256.js'
import { generateKeyPair, type KeyPair, publicKeyOf } from './private-key.js'
import { signWith } from './schemes.js'
import { SealError } from './seal.js'

/** Pairs made ahead: a burst of so many opens waits for none. */
export const SESSION_KEYS_AHEAD = 64
/** Pairs made in one turn of the event loop, at about 30 µs each: calls that are waiting do not feel it. */
export const SESSION_KEYS_PER_TURN = 4

/** A pair without a session, its scalar in clear. */
interface FreshPair extends KeyPair {
  readonly account: Uint8Array
}

function freshPair(pair: KeyPair): FreshPair {
  return { ...pair, account: accountOf(pair.publicKey) }
}

/** The public key has one length, so that its end can't be taken for the beginning of the binding. */
function associatedDataOf(publicKey: Uint8Array, binding: Uint8Array): Uint8Array {
  if (publicKey.length === COMPRESSED_KEY_BYTES) return Buffer.concat([publicKey, binding])
  throw new SealError(`the public key of a session has ${COMPRESSED_KEY_BYTES} bytes, not ${publicKey.length}`)
}

/** Seals the scalar of a pair to its session, and wipes it. */
function sealPair({ scalar, publicKey, account }: FreshPair, keyring: Keyring, binding: Uint8Array): SessionKey {
  try {
    const sealed = keyring.seal(scalar, associatedDataOf(publicKey, binding))
    return Object.freeze({ publicKey, account, sealed })
  } finally {
    scalar.fill(0)
  }
}

/** A session key of a known private scalar (32 bytes, left as it is), for imports and recorded handshakes. */
export function sessionKeyFromScalar(scalar: Uint8Array, keyring: Keyring, binding: Uint8Array): SessionKey {
  return sealPair(freshPair({ scalar: new Uint8Array(scalar), publicKey: publicKeyOf(scalar) }), keyring, binding)
}

/**
 * The same key sealed with the keyring's current data key. `from` is the keyring that opens it, where that is another one.
 * Throws a SealError.
 */
export function resealSessionKey(
  key: SessionKey,
  keyring: Keyring,
  binding: Uint8Array,
  from: Keyring = keyring,
): SessionKey {
  const associatedData = associatedDataOf(key.publicKey, binding)
  return Object.freeze({ ...key, sealed: keyring.reseal(key.sealed, associatedData, from) })
}

/** The private scalar of a key, 32 bytes that the caller wipes: for exports and checks of a store. Throws a SealError. */
export function openSessionKey(key: SessionKey, keyring: Keyring, binding: Uint8Array): Uint8Array {
  return keyring.open(key.sealed, associatedDataOf(key.publicKey, binding))
}

export interface SessionKeyPoolParts {
  readonly keyring: Keyring
  /** Salts of scheme 2. Keys are always made of OpenSSL's own randomness. */
  readonly random: Random
  /** Pairs to keep ahead; `SESSION_KEYS_AHEAD` if not given, 0 for none. */
  readonly size?: number
  /** Pairs to make in one turn of the event loop; `SESSION_KEYS_PER_TURN` if not given. */
  readonly perTurn?: number
}

/** Fresh session key pairs, some made ahead in idle moments, and signatures with them. */
export class SessionKeyPool implements KeyPairs {
  readonly #keyring: Keyring
  readonly #random: Random
  readonly #size: number
  readonly #perTurn: number
  /**
   * In clear, and seen by nothing but this class: what a pair is sealed to is known only when a session takes it, and a key to
   * hide it until then would lie in the same memory.
   */
  readonly #ahead: FreshPair[] = []
  #refilling = false

  constructor(parts: SessionKeyPoolParts) {
    this.#keyring = parts.keyring
    this.#random = parts.random
    this.#size = checkedSize('session key pool size', parts.size ?? SESSION_KEYS_AHEAD, 0)
    this.#perTurn = checkedSize('session keys per turn', parts.perTurn ?? SESSION_KEYS_PER_TURN, 1)
    this.#refillSoon()
  }

  /** Pairs that are ready now. */
  get ready(): number {
    return this.#ahead.length
  }

  /** A pair that nobody else gets; made on the spot when none is ready, so it is always there at once. */
  take(binding: Uint8Array): SessionKey {
    const pair = this.#ahead.pop() ?? freshPair(generateKeyPair())
    this.#refillSoon()
    return sealPair(pair, this.#keyring, binding)
  }

  /** Throws a SealError if the key was sealed for another session, or with a data key that is not there. */
  sign(key: SessionKey, binding: Uint8Array, data: Uint8Array, scheme: Scheme): Uint8Array {
    const scalar = this.#keyring.open(key.sealed, associatedDataOf(key.publicKey, binding))
    try {
      return signWith(scalar, scheme, data, this.#random)
    } finally {
      scalar.fill(0)
    }
  }

  #refillSoon(): void {
    if (this.#refilling || this.#ahead.length >= this.#size) return
    this.#refilling = true
    setImmediate(() => this.#refill()).unref()
  }

  #refill(): void {
    this.#refilling = false
    try {
      for (let made = 0; made < this.#perTurn && this.#ahead.length < this.#size; made++) {
        this.#ahead.push(freshPair(generateKeyPair()))
      }
    } catch {
      // Nobody waits for this turn: the next take() makes a pair itself and fails where its caller can be told.
      return
    }
    this.#refillSoon()
  }
}

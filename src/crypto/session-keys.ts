import type { KeyPairs, Scheme } from '../core/keys.js'
import type { Random } from '../core/random.js'
import type { SessionKey } from '../core/session.js'
import { checkedSize } from './checked-size.js'
import { accountOf } from './owner-id.js'
import { generateKeyPair, type KeyPair, publicKeyOf } from './private-key.js'
import { signWith } from './schemes.js'
import type { Sealer } from './sealer.js'

/** Pairs made ahead: a burst of so many opens waits for none. */
export const SESSION_KEYS_AHEAD = 64
/** Pairs made in one turn of the event loop, at about 30 µs each: calls that are waiting do not feel it. */
export const SESSION_KEYS_PER_TURN = 4

/** Seals the private half of a pair at once and wipes it. */
function sealPair(pair: KeyPair, sealer: Sealer): SessionKey {
  const sealed = sealer.seal(pair.scalar, pair.publicKey)
  pair.scalar.fill(0)
  return Object.freeze({ publicKey: pair.publicKey, account: accountOf(pair.publicKey), sealed })
}

/** A session key of a known private scalar (32 bytes, left as it is), for imports and recorded handshakes. */
export function sessionKeyFromScalar(scalar: Uint8Array, sealer: Sealer): SessionKey {
  return sealPair({ scalar: new Uint8Array(scalar), publicKey: publicKeyOf(scalar) }, sealer)
}

export interface SessionKeyPoolParts {
  readonly sealer: Sealer
  /** Salts of scheme 2. Keys are always made of OpenSSL's own randomness. */
  readonly random: Random
  /** Pairs to keep ahead; `SESSION_KEYS_AHEAD` if not given, 0 for none. */
  readonly size?: number
  /** Pairs to make in one turn of the event loop; `SESSION_KEYS_PER_TURN` if not given. */
  readonly perTurn?: number
}

/** Fresh session key pairs, some made ahead in idle moments, and signatures with them. */
export class SessionKeyPool implements KeyPairs {
  readonly #sealer: Sealer
  readonly #random: Random
  readonly #size: number
  readonly #perTurn: number
  readonly #ahead: SessionKey[] = []
  #refilling = false

  constructor(parts: SessionKeyPoolParts) {
    this.#sealer = parts.sealer
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
  take(): SessionKey {
    const key = this.#ahead.pop() ?? sealPair(generateKeyPair(), this.#sealer)
    this.#refillSoon()
    return key
  }

  /** Throws a SealError if another wrapping key sealed the session's key. */
  sign(key: SessionKey, data: Uint8Array, scheme: Scheme): Uint8Array {
    const scalar = this.#sealer.open(key.sealed, key.publicKey)
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
        this.#ahead.push(sealPair(generateKeyPair(), this.#sealer))
      }
    } catch {
      // Nobody waits for this turn: the next take() makes a pair itself and fails where its caller can be told.
      return
    }
    this.#refillSoon()
  }
}

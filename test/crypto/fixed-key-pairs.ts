import type { KeyPairs, Scheme } from '../../src/core/keys.js'
import type { Random } from '../../src/core/random.js'
import type { SessionKey } from '../../src/core/session.js'
import { Keyring } from '../../src/crypto/keyring.js'
import { SessionKeyPool, sessionKeyFromScalar } from '../../src/crypto/session-keys.js'
import { systemRandom } from '../../src/crypto/system-random.js'

/** Hands out the session keys of known private scalars in order, then fresh ones, so that recorded handshakes replay. */
export class FixedKeyPairs implements KeyPairs {
  readonly #keyring = Keyring.ephemeral(systemRandom)
  readonly #pool: SessionKeyPool
  readonly #next: Uint8Array[]

  constructor(scalars: readonly Uint8Array[], random: Random = systemRandom) {
    this.#pool = new SessionKeyPool({ keyring: this.#keyring, random, size: 0 })
    this.#next = [...scalars]
  }

  /** Appends the scalar of a key to hand out. */
  next(scalar: Uint8Array): void {
    this.#next.push(scalar)
  }

  take(binding: Uint8Array): SessionKey {
    const scalar = this.#next.shift()
    return scalar === undefined ? this.#pool.take(binding) : sessionKeyFromScalar(scalar, this.#keyring, binding)
  }

  sign(key: SessionKey, binding: Uint8Array, data: Uint8Array, scheme: Scheme): Uint8Array {
    return this.#pool.sign(key, binding, data, scheme)
  }
}

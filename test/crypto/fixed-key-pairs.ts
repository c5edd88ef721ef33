import type { KeyPairs, Scheme } from '../../src/core/keys.js'
import type { Random } from '../../src/core/random.js'
import type { SessionKey } from '../../src/core/session.js'
import { Sealer } from '../../src/crypto/sealer.js'
import { SessionKeyPool, sessionKeyFromScalar } from '../../src/crypto/session-keys.js'
import { systemRandom } from '../../src/crypto/system-random.js'

/** Hands out the session keys of known private scalars in order, then fresh ones, so that recorded handshakes replay. */
export class FixedKeyPairs implements KeyPairs {
  readonly #pool: SessionKeyPool
  readonly #next: SessionKey[]

  constructor(scalars: readonly Uint8Array[], random: Random = systemRandom) {
    const sealer = Sealer.ephemeral(systemRandom)
    this.#pool = new SessionKeyPool({ sealer, random, size: 0 })
    this.#next = scalars.map((scalar) => sessionKeyFromScalar(scalar, sealer))
  }

  take(): SessionKey {
    return this.#next.shift() ?? this.#pool.take()
  }

  sign(key: SessionKey, data: Uint8Array, scheme: Scheme): Uint8Array {
    return this.#pool.sign(key, data, scheme)
  }
}

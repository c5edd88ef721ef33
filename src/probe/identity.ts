import type { Scheme } from '../core/keys.js'
import { GatewayKey, GatewayKeyError } from '../crypto/gateway-key.js'
import { type Derivation, ownerIdsOf } from '../crypto/owner-id.js'
import { UsageError } from './usage.js'

/** Who the probe is: the owner of all sessions that it opens, and the signer of its requests. */
export class Identity {
  /** 33 bytes. */
  readonly publicKey: Uint8Array
  readonly #key: GatewayKey

  private constructor(key: GatewayKey) {
    this.#key = key
    this.publicKey = key.publicKey
  }

  /** A key that nobody else has and that is forgotten. */
  static throwaway(): Identity {
    return new Identity(GatewayKey.generate())
  }

  /** PEM, hex or WIF. Throws a UsageError. */
  static parse(text: string): Identity {
    try {
      return new Identity(GatewayKey.parse(text))
    } catch (error) {
      if (error instanceof GatewayKeyError) throw new UsageError(error.message.replace(/^gateway /, ''))
      throw error
    }
  }

  /** The 25 bytes that clients of an era make of the key. */
  owner(derivation: Derivation): Uint8Array {
    const found = ownerIdsOf(this.publicKey).find((each) => each.derivation === derivation)
    if (found === undefined) throw new RangeError(`no derivation ${derivation}`)
    return found.owner
  }

  sign(data: Uint8Array, scheme: Scheme = 0): Uint8Array {
    return this.#key.sign(scheme, data)
  }
}

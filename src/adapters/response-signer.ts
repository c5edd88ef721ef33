import type { GatewayKey } from '../crypto/gateway-key.js'
import { Lru } from '../crypto/lru.js'

/** Parts that do not change within an epoch: one per announced version, and one for no bytes at all. */
const CONSTANT_SIGNATURES_KEPT = 64

/** Scheme 0 is the only one that every verifying client understands (neofs-v2 §3.5). */
const RESPONSE_SCHEME = 0

/** Signs responses with the gateway's own key, once where the bytes stay the same. */
export class ResponseSigner {
  readonly publicKey: Uint8Array
  readonly #key: GatewayKey
  readonly #constants = new Lru<string, Uint8Array>(CONSTANT_SIGNATURES_KEPT)

  constructor(key: GatewayKey) {
    this.#key = key
    this.publicKey = key.publicKey
  }

  sign(data: Uint8Array): Uint8Array {
    return this.#key.sign(RESPONSE_SCHEME, data)
  }

  /** For bytes that many responses share and no client can vary; the signature is made once. */
  signConstant(data: Uint8Array): Uint8Array {
    const name = Buffer.from(data).toString('latin1')
    const known = this.#constants.get(name)
    if (known !== undefined) return known
    const signature = this.sign(data)
    this.#constants.set(name, signature)
    return signature
  }
}

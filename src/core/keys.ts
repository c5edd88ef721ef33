import type { SessionKey } from './session.js'
import type { Maybe } from './store.js'

/** NeoFS signature schemes that a session key can sign with: ECDSA/SHA-512, RFC 6979/SHA-256, WalletConnect. */
export type Scheme = 0 | 1 | 2

/**
 * Makes and uses session key pairs. Implemented in `crypto/`; the private half never leaves it in clear. `binding` is what
 * `bindingOf` says of the session: a key works with the one that it was taken for and with no other.
 */
export interface KeyPairs {
  take(binding: Uint8Array): Maybe<SessionKey>
  /** Signs `data`; the result has the form of the scheme (65, 64 or 80 bytes). */
  sign(key: SessionKey, binding: Uint8Array, data: Uint8Array, scheme: Scheme): Maybe<Uint8Array>
}

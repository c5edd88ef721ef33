import type { SignatureVerifier } from '../../crypto/schemes.js'
import type { OwnerPolicy, SignaturePolicy } from '../adapter.js'
import type { TokenLimits } from '../limits.js'

/** The streaming dialects of 2019 and 2020; what tells them apart on the wire stands in `codec.ts`. */
export const LEGACY_DIALECTS = ['A0', 'A1', 'A2', 'A3', 'B'] as const
export type LegacyDialect = (typeof LEGACY_DIALECTS)[number]

/** Keys of an owner that somebody vouches for, in the order of its multi-signature; none if the owner is not known. */
export type KeyStore = (owner: Uint8Array) => readonly Uint8Array[]

export interface V1LegacyOptions extends TokenLimits {
  readonly signatures: SignaturePolicy
  readonly ownerCheck: OwnerPolicy
  /** From Init to Signed. */
  readonly handshakeTimeout_ms: number
  /** Handshakes under way on one connection. */
  readonly handshakesPerConnection: number
  /** Size of a message: Init is kept until Signed comes, and many handshakes may be under way. */
  readonly handshakeSize_bytes: number
  /** Signatures in one request header; genuine clients send one, each node on the way adds one. */
  readonly signatureChain: number
  /** Owner keys recovered per second, in all handshakes together. */
  readonly keyRecoveries: number
  /** Levels of messages inside each other that are read. */
  readonly nesting: number
  /** For owners whose keys are nowhere on the wire (A0, unsigned headers) and can't be recovered: those made of several. */
  readonly keyStore?: KeyStore | undefined
  readonly verifier: SignatureVerifier
}

/** `required`: a request header without a signature is refused. `off`: headers are not verified, tokens only to check the owner. */
export type SignatureMode = 'required' | 'whenPresent' | 'off'

/** A0 has no request headers, so there is nothing that could be required (neofs-v1 §4.2). */
const HAS_HEADERS: Readonly<Record<LegacyDialect, boolean>> = { A0: false, A1: true, A2: true, A3: true, B: true }

/** The genuine server was never published; its library takes an unsigned request as verified (§4.3). */
export function signatureMode(policy: SignaturePolicy, dialect: LegacyDialect): SignatureMode {
  if (policy === 'genuine' || (policy === 'required' && !HAS_HEADERS[dialect])) return 'whenPresent'
  return policy
}

/** The library compares the owner with the keys, from v0.2.3 and v0.2.9 on (§3.1.1), so genuine is on. */
export function checksOwner(policy: OwnerPolicy): boolean {
  return policy !== 'off'
}

import type { GatewayKey } from '../../crypto/gateway-key.js'
import type { SignatureVerifier } from '../../crypto/schemes.js'
import type { OwnerPolicy, SignaturePolicy } from '../adapter.js'
import type { TokenLimits } from '../limits.js'
import type { ThreePartRule } from '../three-part.js'
import type { UnaryDialect } from './codec.js'

export interface V1Options extends TokenLimits {
  readonly signatures: SignaturePolicy
  readonly ownerCheck: OwnerPolicy
  /** Signatures of a chain: C's header signatures, E's hops. */
  readonly signatureChain: number
  readonly originChain: number
  /** Levels of messages inside each other that are read. */
  readonly nesting: number
  readonly verifier: SignatureVerifier
  /** Signs E's responses. */
  readonly gatewayKey: GatewayKey
}

/** What is known of a dialect's genuine server, or decided where none is known. */
interface DialectRule {
  readonly genuineSignatures: Exclude<SignaturePolicy, 'genuine'>
  /** C takes 25 zeros as an owner; D is read like it. E's owner is a message that has to be there. */
  readonly ownerRequired: boolean
  /** C's server never compared the two ends of a lifetime; of the others nobody knows, so what makes no sense is refused. */
  readonly lifetimeOrdered: boolean
  /** Answered to a lifetime that is over: C's server said UNKNOWN, nobody knows of the others. */
  readonly lifetimeOver: 'unknown' | 'invalid'
  /** E1's verification header has no signature of the header before it. */
  readonly originSignatures: boolean
}

const C: DialectRule = {
  genuineSignatures: 'off',
  ownerRequired: false,
  lifetimeOrdered: false,
  lifetimeOver: 'unknown',
  originSignatures: false,
}

const E: DialectRule = {
  genuineSignatures: 'whenPresent',
  ownerRequired: true,
  lifetimeOrdered: true,
  lifetimeOver: 'invalid',
  originSignatures: true,
}

export const RULES: Readonly<Record<UnaryDialect, DialectRule>> = {
  C,
  Cx: C,
  // D's signing rule is an inference (neofs-v1 §4.5): nobody is refused by it unless told so.
  D: { ...C, lifetimeOrdered: true, lifetimeOver: 'invalid' },
  E1: { ...E, originSignatures: false },
  E2: E,
}

/** Undefined: signatures are not looked at. A key that owns the owner id proves nothing unless it signed. */
export function signatureMode(
  { signatures, ownerCheck }: Pick<V1Options, 'signatures' | 'ownerCheck'>,
  dialect: UnaryDialect,
): ThreePartRule['mode'] | undefined {
  const effective = signatures === 'genuine' ? RULES[dialect].genuineSignatures : signatures
  if (effective === 'off') return checksOwner(ownerCheck) ? 'present' : undefined
  return effective === 'required' ? 'complete' : 'present'
}

/** C's server never looked at the owner (neofs-v1 §3.3), and D and E are read like it. */
export function checksOwner(policy: OwnerPolicy): boolean {
  return policy === 'on'
}

import type { Edge } from '../../core/lifetime.js'
import type { GatewayKey } from '../../crypto/gateway-key.js'
import type { SignatureVerifier } from '../../crypto/schemes.js'
import type { OwnerPolicy, SignaturePolicy } from '../adapter.js'
import type { TokenLimits } from '../limits.js'
import type { ThreePartRule } from '../three-part.js'

/** What a request announces in `meta_header.version`; a missing one counts as 0.0. */
export interface Version {
  readonly major: number
  readonly minor: number
}

/** How a request of some version is checked and answered. */
export interface Gate {
  /** First version of the row. */
  readonly since: Version
  /** `grpc`: a gRPC status. `status`: gRPC OK with a status in the meta header, which older clients cannot re-encode. */
  readonly errors: 'grpc' | 'status'
  /** Clients up to 2.21 refuse a response that is not signed. */
  readonly signsResponse: boolean
  /** Written in the response's meta header; 0 leaves it out. */
  readonly ttl: number
  readonly originSignatures: boolean
  readonly chain: ThreePartRule['chain']
}

/** The version gates, oldest first (neofs-v2 §3.2, §3.5, §5.4). */
export const GATES: readonly Gate[] = [
  {
    since: { major: 0, minor: 0 },
    errors: 'grpc',
    signsResponse: true,
    ttl: 1,
    originSignatures: true,
    chain: 'all hops',
  },
  {
    since: { major: 2, minor: 11 },
    errors: 'status',
    signsResponse: true,
    ttl: 0,
    originSignatures: true,
    chain: 'all hops',
  },
  {
    since: { major: 2, minor: 22 },
    errors: 'status',
    signsResponse: false,
    ttl: 0,
    originSignatures: true,
    chain: 'all hops',
  },
  {
    since: { major: 2, minor: 25 },
    errors: 'status',
    signsResponse: false,
    ttl: 0,
    originSignatures: false,
    chain: 'top only',
  },
]

const NO_VERSION: Version = { major: 0, minor: 0 }
/** The oldest release, for clients that announce nothing. */
const OLDEST: Version = { major: 2, minor: 0 }
/** The newest version whose rules are built in. */
export const NEWEST: Version = { major: 2, minor: 25 }

export function gateOf(version: Version | undefined): Gate {
  return rowOf(GATES, version)
}

/** The row for a version, of a table that starts with the oldest. */
export function rowOf<Row extends { readonly since: Version }>(
  rows: readonly Row[],
  version: Version = NO_VERSION,
): Row {
  const row = rows.findLast(({ since }) => compare(since, version) <= 0)
  if (row === undefined) throw new RangeError('the first row starts at 0.0')
  return row
}

/** What the response announces: the client's own version, which it can surely re-encode, or ours if that is older. */
export function announcedVersion(version: Version | undefined): Version {
  if (version === undefined || (version.major === 0 && version.minor === 0)) return OLDEST
  return compare(version, NEWEST) < 0 ? version : NEWEST
}

function compare(a: Version, b: Version): number {
  return a.major - b.major || a.minor - b.minor
}

/** How calls of the generation are checked and answered, of every service. */
export interface SignedCallOptions extends TokenLimits {
  readonly signatures: SignaturePolicy
  /** Hops of an origin chain; genuine clients send one, each node on the way adds one. */
  readonly originChain: number
  /** Levels of messages inside each other that are read. */
  readonly nesting: number
  readonly verifier: SignatureVerifier
  /** Signs responses. */
  readonly gatewayKey: GatewayKey
}

export interface V2Options extends SignedCallOptions {
  readonly ownerCheck: OwnerPolicy
  /** `exclusive`: as the storage node, `inclusive`: as the specification since 2.17 says. */
  readonly expiryEdge: Edge
}

/** What the genuine server did: the node always verified; F0's server was never published. */
const GENUINE_SIGNATURES = { v2: 'required', F0: 'whenPresent' } as const

/** Undefined: signatures are not looked at. */
export function signatureMode(policy: SignaturePolicy, dialect: 'v2' | 'F0'): ThreePartRule['mode'] | undefined {
  const effective = policy === 'genuine' ? GENUINE_SIGNATURES[dialect] : policy
  if (effective === 'off') return undefined
  return effective === 'required' ? 'complete' : 'present'
}

/** A key that owns the owner id proves nothing unless it signed. */
export function vouchedFor({ signatures, ownerCheck }: Pick<V2Options, 'signatures' | 'ownerCheck'>): SignaturePolicy {
  return signatures === 'off' && checksOwner(ownerCheck) ? 'whenPresent' : signatures
}

/** No node version ever compared the owner with the signer (neofs-v2 §0, point 8). */
export function checksOwner(policy: OwnerPolicy): boolean {
  return policy === 'on'
}

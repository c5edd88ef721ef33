import { hex } from '../core/bytes.js'
import { OWNER_ID_BYTES, ownerIdText } from '../crypto/owner-id.js'
import type { GenuineAnswer, RuleName, RuleResult } from './rule.js'

/** By the names of their messages: dialect C, since 2.0, since 2.21. */
export const TOKEN_KINDS = ['service.Token', 'SessionToken', 'SessionTokenV2'] as const
export type TokenKind = (typeof TOKEN_KINDS)[number]

export interface TokenLifetimeFacts {
  readonly unit: 'epochs' | 'seconds'
  /** A service.Token has none. */
  readonly notBefore?: bigint
  readonly issuedAt: bigint
  /** The last epoch or second. */
  readonly expiration: bigint
}

/** What a token says of itself; members that it leaves out, or that make no sense, are left out. */
export interface TokenFacts {
  /** Of the session. */
  readonly id?: Uint8Array
  readonly issuer?: Uint8Array
  /** The public key that signed, in hex. */
  readonly signer?: string
  readonly sessionKey?: Uint8Array
  readonly lifetime?: TokenLifetimeFacts
  /** Tokens that it came from. */
  readonly origins: number
}

export interface TokenReport {
  /** Undefined if the bytes are like no token. */
  readonly kind: TokenKind | undefined
  /** True if no rule failed. Rules that are not applicable don't count. */
  readonly valid: boolean
  /** Undefined if the token does not decode. */
  readonly facts: TokenFacts | undefined
  /** All rules of the kind, in the order in which genuine servers look: they answer for the first that failed. */
  readonly rules: readonly RuleResult[]
}

export function reportOf(
  kind: TokenKind | undefined,
  facts: TokenFacts | undefined,
  rules: readonly RuleResult[],
): TokenReport {
  return { kind, valid: rules.every(({ outcome }) => outcome !== 'failed'), facts, rules }
}

/** A report as plain JSON: 64-bit numbers are decimal strings, bytes lower-case hex. */
export interface TokenReportJson {
  readonly kind?: TokenKind
  readonly valid: boolean
  readonly token?: {
    readonly id?: string
    readonly issuer?: string
    readonly issuerText?: string
    readonly signer?: string
    readonly sessionKey?: string
    readonly lifetime?: {
      readonly unit: 'epochs' | 'seconds'
      readonly notBefore?: string
      readonly issuedAt: string
      readonly expiration: string
    }
    readonly origins: number
  }
  readonly failed: readonly RuleName[]
  readonly rules: readonly RuleJson[]
}

export interface RuleJson {
  readonly rule: RuleName
  readonly outcome: RuleResult['outcome']
  readonly why?: string
  readonly at?: string
  readonly genuine?: readonly GenuineAnswer[]
}

export function toJson({ kind, valid, facts, rules }: TokenReport): TokenReportJson {
  return {
    ...(kind === undefined ? {} : { kind }),
    valid,
    ...(facts === undefined ? {} : { token: factsJson(facts) }),
    failed: rules.filter(({ outcome }) => outcome === 'failed').map(({ rule }) => rule),
    rules: rules.map(ruleJson),
  }
}

function ruleJson(result: RuleResult): RuleJson {
  const { rule, outcome } = result
  if (outcome === 'passed') return { rule, outcome }
  if (outcome === 'not_applicable') return { rule, outcome, why: result.why }
  const { why, at, genuine } = result
  return { rule, outcome, why, ...(at === undefined ? {} : { at }), genuine }
}

function factsJson({
  id,
  issuer,
  signer,
  sessionKey,
  lifetime,
  origins,
}: TokenFacts): NonNullable<TokenReportJson['token']> {
  return {
    ...(id === undefined ? {} : { id: hex(id) }),
    ...(issuer === undefined ? {} : { issuer: hex(issuer) }),
    // Longer ones are no owner ids, and base58 takes time that grows with the square.
    ...(issuer?.length === OWNER_ID_BYTES ? { issuerText: ownerIdText(issuer) } : {}),
    ...(signer === undefined ? {} : { signer }),
    ...(sessionKey === undefined ? {} : { sessionKey: hex(sessionKey) }),
    ...(lifetime === undefined ? {} : { lifetime: lifetimeJson(lifetime) }),
    origins,
  }
}

function lifetimeJson({ unit, notBefore, issuedAt, expiration }: TokenLifetimeFacts) {
  return {
    unit,
    ...(notBefore === undefined ? {} : { notBefore: String(notBefore) }),
    issuedAt: String(issuedAt),
    expiration: String(expiration),
  }
}

import { type PartSignature, partOf, type SignedPart } from '../adapters/three-part.js'
import * as e2 from '../generated/v1/e2/service.js'
import { type BearerToken, BearerTokenBody } from '../generated/v2/acl.js'
import type { RequestMetaHeader } from '../generated/v2/session.js'
import { type SessionToken, SessionTokenBody, type SessionTokenV2, SessionTokenV2Body } from '../generated/v2/token.js'
import type { Issuer, SignatureChecker } from './checker.js'
import type { SignatureKind, Verdict } from './explanation.js'

/** Tokens of neo.fs.v2: a signature over the body, and an account that has to be the signer's (neofs-v2 §4.4, §8). */
interface IssuedToken {
  readonly kind: SignatureKind
  readonly place: string
  readonly index: number
  readonly signature: PartSignature | undefined
  readonly body: SignedPart
  /** Name of the field with the body. */
  readonly covers: string
  /** Undefined where the signer alone tells. */
  readonly issuer: Issuer | undefined
}

const RULE = 'signed by its issuer'

/** Undefined if all is well, else the first thing that is not. */
function explainIssued(token: IssuedToken, checker: SignatureChecker): string | undefined {
  const { kind, place, index, signature, body, covers, issuer } = token
  if (signature === undefined) return named(place, 'missing signature')
  const at = { kind, place: below(place, 'signature'), index, covers: below(place, covers) }
  const count = checker.found.length
  checker.part(at, signature, writtenAgain(body), issuer)
  const found = checker.found[count]
  if (found === undefined) return undefined
  if (!found.valid) return `${found.place}: ${found.reason}`
  return found.issuer?.isSigner === false ? named(place, 'issuer mismatches signature') : undefined
}

/** Every verifier of a token writes its body again, so the bytes as they came count for nothing. */
function writtenAgain(body: SignedPart): SignedPart {
  return { received: body.stable(), stable: body.stable }
}

export function explainSessionToken(token: SessionToken, place: string, checker: SignatureChecker): Verdict {
  const issuer = account(token.body?.ownerId?.value ?? new Uint8Array(0))
  const body = partOf(SessionTokenBody, token.body)
  return verdict(
    explainIssued(
      { kind: 'token', place, index: 0, signature: token.signature, body, covers: 'body', issuer },
      checker,
    ),
  )
}

export function explainBearerToken(token: BearerToken, place: string, checker: SignatureChecker): Verdict {
  const owner = token.body?.issuer?.value
  const issuer = owner === undefined ? undefined : account(owner)
  const body = partOf(BearerTokenBody, token.body)
  return verdict(
    explainIssued(
      { kind: 'bearer', place, index: 0, signature: token.signature, body, covers: 'body', issuer },
      checker,
    ),
  )
}

/** Each token of the chain of delegations is signed for itself; `origin` is in none of the bodies. */
export function explainSessionTokenV2(top: SessionTokenV2, place: string, checker: SignatureChecker): Verdict {
  let fault: string | undefined
  let at = place
  let index = 0
  for (let token: SessionTokenV2 | undefined = top; token !== undefined; token = token.origin) {
    const issuer = account(token.body?.issuer?.value ?? new Uint8Array(0))
    const body = partOf(SessionTokenV2Body, token.body)
    const { signature } = token
    const found = explainIssued({ kind: 'token', place: at, index, signature, body, covers: 'body', issuer }, checker)
    fault ??= found
    at = below(at, 'origin')
    index++
  }
  return verdict(fault)
}

/** The tokens of a meta header and of those before it. */
export function explainMetaTokens(top: RequestMetaHeader | undefined, checker: SignatureChecker): void {
  let place = 'meta_header'
  for (let meta = top; meta !== undefined; meta = meta.origin) {
    const { sessionToken, bearerToken, sessionTokenV2 } = meta
    if (sessionToken !== undefined) explainSessionToken(sessionToken, `${place}.session_token`, checker)
    if (bearerToken !== undefined) explainBearerToken(bearerToken, `${place}.bearer_token`, checker)
    if (sessionTokenV2 !== undefined) explainSessionTokenV2(sessionTokenV2, `${place}.session_token_v2`, checker)
    place += '.origin'
  }
}

/** E2's tokens, of which nobody knows a signer; read by the rule of its successor. */
export function explainE2Tokens(top: e2.RequestMetaHeader | undefined, checker: SignatureChecker): void {
  let place = 'meta_header'
  for (let meta = top; meta !== undefined; meta = meta.origin) {
    const { token, bearer } = meta
    const covers = 'token'
    if (token !== undefined) {
      const body = partOf(e2.SessionTokenBody, token.token)
      const issuer = { owner: token.token?.ownerId?.value ?? new Uint8Array(0), as: 'any' } as const
      const at = { kind: 'token', place: `${place}.token`, index: 0 } as const
      explainIssued({ ...at, signature: token.signature, body, covers, issuer }, checker)
    }
    if (bearer !== undefined) {
      const body = partOf(e2.BearerTokenBody, bearer.token)
      const at = { kind: 'bearer', place: `${place}.bearer`, index: 0 } as const
      explainIssued({ ...at, signature: bearer.signature, body, covers, issuer: undefined }, checker)
    }
    place += '.origin'
  }
}

function account(owner: Uint8Array): Issuer {
  return { owner, as: 'account' }
}

/** A token that stands alone has no place of its own. */
function below(place: string, field: string): string {
  return place === '' ? field : `${place}.${field}`
}

function named(place: string, fault: string): string {
  return place === '' ? fault : `${place}: ${fault}`
}

function verdict(fault: string | undefined): Verdict {
  return { rule: RULE, valid: fault === undefined, ...(fault === undefined ? {} : { reason: fault }) }
}

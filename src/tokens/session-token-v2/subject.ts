import type { SessionRef } from '../../core/session.js'
import { OWNER_ID_BYTES } from '../../crypto/owner-id.js'
import type { SignatureVerifier } from '../../crypto/schemes.js'
import { SignatureChecker } from '../../decode/checker.js'
import { explainSessionTokenV2 } from '../../decode/token-signatures.js'
import { type SessionTokenV2, SessionTokenV2Body } from '../../generated/v2/token.js'
import type { TokenContext } from '../context.js'
import type { TokenFacts } from '../report.js'
import type { Found } from '../signatures.js'
import { lookUp, type Stored } from '../stored.js'

/** One token of a chain: 0 is the token itself, 1 its origin. */
export interface Level {
  readonly depth: number
  /** `origin`, `origin.origin`, …; '' for the token itself. */
  readonly at: string
  readonly body: SessionTokenV2Body
  readonly isSigned: boolean
  readonly signature: Found
}

/** A SessionTokenV2 and what is known of it (neofs-v2 §8). */
export interface SessionTokenV2Subject {
  readonly context: TokenContext
  /** Of the token itself. */
  readonly body: SessionTokenV2Body
  /** No more than are looked at. */
  readonly levels: readonly Level[]
  /** Of all levels. */
  readonly count: number
  readonly isTooLong: boolean
  readonly stored: Stored
}

export async function sessionTokenV2Subject(
  top: SessionTokenV2,
  context: TokenContext,
  verifier: SignatureVerifier,
  levels_max: number,
): Promise<SessionTokenV2Subject> {
  const tokens: SessionTokenV2[] = []
  for (let token: SessionTokenV2 | undefined = top; token !== undefined; token = token.origin) tokens.push(token)
  const checker = new SignatureChecker(verifier, levels_max)
  const isTooLong = tokens.length > levels_max
  // A chain that is too long is refused before any signature is checked.
  if (!isTooLong) explainSessionTokenV2(top, '', checker)
  const levels = tokens.slice(0, levels_max).map(
    ({ body = SessionTokenV2Body.create(), signature }, depth): Level => ({
      depth,
      at: Array<string>(depth).fill('origin').join('.'),
      body,
      isSigned: signature !== undefined,
      signature: checker.found.find(({ index }) => index === depth),
    }),
  )
  const [first] = levels
  const body = first?.body ?? SessionTokenV2Body.create()
  const stored = isTooLong
    ? ({ asked: false, why: 'the chain is too long' } as const)
    : await lookUp(context, refsOfSubjects(body), 'the token has no accounts as its subjects')
  return { context, body, levels, count: tokens.length, isTooLong, stored }
}

/** Nodes have session keys by the accounts of their public keys. */
function refsOfSubjects({ subjects }: SessionTokenV2Body): SessionRef[] {
  // What has another size is no account, and no store has to read it.
  const accounts = subjects.flatMap(({ ownerId }) => (ownerId?.value.length === OWNER_ID_BYTES ? [ownerId.value] : []))
  return accounts.slice(0, SUBJECTS_LOOKED_UP).map((account) => ({ by: 'account', account }))
}

/** As many as a token may have; one with more of them fails in any case. */
const SUBJECTS_LOOKED_UP = 8

export function sessionTokenV2Facts({ body, levels, count }: SessionTokenV2Subject): TokenFacts {
  const { issuer, lifetime } = body
  const signer = levels[0]?.signature?.signer?.key
  return {
    ...(issuer === undefined ? {} : { issuer: issuer.value }),
    ...(signer === undefined ? {} : { signer }),
    ...(lifetime === undefined
      ? {}
      : {
          lifetime: { unit: 'seconds', notBefore: lifetime.nbf, issuedAt: lifetime.iat, expiration: lifetime.exp },
        }),
    origins: count - 1,
  }
}

import type { SignatureVerifier } from '../../crypto/schemes.js'
import { SignatureChecker } from '../../decode/checker.js'
import { explainSessionToken } from '../../decode/token-signatures.js'
import { type SessionToken, SessionTokenBody } from '../../generated/v2/token.js'
import type { TokenContext } from '../context.js'
import { refsById } from '../fields.js'
import type { TokenFacts } from '../report.js'
import type { Found } from '../signatures.js'
import { lookUp, type Stored } from '../stored.js'

/** A SessionToken of neo.fs.v2 and what is known of it (neofs-v2 §4.4). */
export interface SessionTokenSubject {
  readonly context: TokenContext
  readonly body: SessionTokenBody
  readonly isSigned: boolean
  readonly signature: Found
  readonly stored: Stored
}

export async function sessionTokenSubject(
  token: SessionToken,
  context: TokenContext,
  verifier: SignatureVerifier,
): Promise<SessionTokenSubject> {
  const checker = new SignatureChecker(verifier, 1)
  explainSessionToken(token, '', checker)
  const body = token.body ?? SessionTokenBody.create()
  const isForContainers = body.container !== undefined
  const refs = isForContainers ? [] : refsById(body.id)
  const whyNone = isForContainers ? 'operations on containers need no session key' : 'the token has no session id'
  const stored = await lookUp(context, refs, whyNone)
  return { context, body, isSigned: token.signature !== undefined, signature: checker.found[0], stored }
}

export function sessionTokenFacts({ body, signature }: SessionTokenSubject): TokenFacts {
  const { id, ownerId, sessionKey, lifetime } = body
  return {
    id,
    ...(ownerId === undefined ? {} : { issuer: ownerId.value }),
    ...(signature?.signer === undefined ? {} : { signer: signature.signer.key }),
    sessionKey,
    ...(lifetime === undefined
      ? {}
      : {
          lifetime: { unit: 'epochs', notBefore: lifetime.nbf, issuedAt: lifetime.iat, expiration: lifetime.exp },
        }),
    origins: 0,
  }
}

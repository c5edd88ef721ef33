import type { SignatureVerifier } from '../../crypto/schemes.js'
import { explainServiceToken } from '../../decode/chained-signatures.js'
import { SignatureChecker } from '../../decode/checker.js'
import { type Token, TokenInfo } from '../../generated/v1/c/verify.js'
import type { TokenContext } from '../context.js'
import { refsById } from '../fields.js'
import type { TokenFacts } from '../report.js'
import type { Found } from '../signatures.js'
import { lookUp, type Stored } from '../stored.js'

/** A service.Token of dialect C and what is known of it (neofs-v1 §3.3). Nodes of v0.10 are the ones whose rules are known. */
export interface ServiceTokenSubject {
  readonly context: TokenContext
  readonly info: TokenInfo
  readonly isSigned: boolean
  readonly signature: Found
  readonly stored: Stored
}

export async function serviceTokenSubject(
  token: Token,
  context: TokenContext,
  verifier: SignatureVerifier,
): Promise<ServiceTokenSubject> {
  const checker = new SignatureChecker(verifier, 1)
  explainServiceToken(token, '', checker)
  const info = token.tokenInfo ?? TokenInfo.create()
  const stored = await lookUp(context, refsById(info.id), 'the token has no session id')
  return { context, info, isSigned: token.signature.length > 0, signature: checker.found[0], stored }
}

export function serviceTokenFacts({ info, signature }: ServiceTokenSubject): TokenFacts {
  const { id, ownerID, sessionKey, lifetime } = info
  return {
    id,
    issuer: ownerID,
    ...(signature?.valid === true && signature.signer !== undefined ? { signer: signature.signer.key } : {}),
    sessionKey,
    lifetime: { unit: 'epochs', issuedAt: lifetime?.created ?? 0n, expiration: lifetime?.validUntil ?? 0n },
    origins: 0,
  }
}

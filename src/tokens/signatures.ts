import type { SignatureExplanation } from '../decode/explanation.js'
import { failed, type GenuineAnswer, notApplicable, type Outcome, passed } from './rule.js'
import { accountText } from './text.js'

const N3 = 3

/** A signature over a token, as it was found; undefined where there is none. */
export type Found = SignatureExplanation | undefined

/** Of a signature that is there. */
export function signatureOutcome(found: Found, genuine: (reason: string) => readonly GenuineAnswer[]): Outcome {
  if (found === undefined) return notApplicable('there is no signature')
  if (found.valid) return passed()
  // Only a node of the chain can run the scripts of such an account.
  if (found.scheme === N3) {
    return failed(
      'the signature has scheme 3 (N3), which only a node of the chain can verify: nothing is known of it here',
    )
  }
  const { reason = 'signature mismatch', schemeName, scheme } = found
  return failed(
    `the signature is not valid: ${reason}; ${schemeName} (scheme ${scheme}) by ${found.signer?.key ?? 'no known key'}`,
    genuine(sdkReason(schemeName, reason)),
  )
}

/** The SDK does not tell a signature of a wrong form from one that does not match. */
function sdkReason(schemeName: string, reason: string): string {
  if (reason !== 'signature mismatch' && reason !== 'signature form') return reason
  return `scheme ${schemeName}: signature mismatch`
}

/** That the signer is the issuer; says nothing of a signature that is not valid. */
export function issuerOutcome(found: Found, issuer: Uint8Array, genuine: readonly GenuineAnswer[]): Outcome {
  if (found?.issuer === undefined) return notApplicable('there is no signature')
  if (found.issuer.isSigner) return passed()
  const own = found.signer?.ownerIds.map(({ text }) => text) ?? []
  // The newest derivation comes last, and is the one that current nodes compare.
  const signer = own.at(-1) ?? 'nobody known'
  const why = `the token names ${accountText(issuer)} as its issuer, and its signer is ${signer}`
  const isOlder = own.includes(accountText(issuer))
  return failed(
    isOlder ? `${why}: the same key, in the form of an account that nodes of 2020 and 2021 used` : why,
    genuine,
  )
}

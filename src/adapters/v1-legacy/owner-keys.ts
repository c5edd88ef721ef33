import { SessionError } from '../../core/errors.js'
import { ownsOwnerId } from '../../crypto/owner-id.js'
import { isRecoverable, recoverPublicKeys } from '../../crypto/recover.js'
import { SCHEME_ECDSA_SHA512, type SignatureVerifier } from '../../crypto/schemes.js'
import type { Request } from './codec.js'
import type { KeyStore } from './policy.js'
import type { SignatureReporter } from './signatures.js'
import type { OwnerSignature, Token } from './token.js'

export interface OwnerCheckParts {
  readonly verifier: SignatureVerifier
  readonly observer: SignatureReporter
  readonly keyStore: KeyStore | undefined
  /** Called before each recovery of keys, which is costly. Raises `limit`. */
  readonly beforeRecovery: () => void
}

/**
 * Whether the owner signed the token that came with `request`. Raises `unauthenticated` if no key made all of its
 * signatures; with `own` also `permission_denied` if the key that did is not the owner's; `limit` if too many keys are being
 * recovered.
 */
export function checkOwner(
  request: Request,
  signed: Token,
  rule: { readonly own: boolean },
  parts: OwnerCheckParts,
): void {
  const signatures = signed.ownerSignatures
  let isSigned = false
  let isOwned = false
  for (const keys of candidateKeys(request, signed, parts.keyStore, parts.beforeRecovery)) {
    const signers = keys.filter((key) => madeAll(signatures, key, parts.verifier))
    isSigned ||= signers.length > 0
    isOwned = signers.length > 0 && (!rule.own || owns(signed.owner, signers, keys))
    if (isOwned) break
  }
  for (const _ of signatures) parts.observer.signatureCheck(SCHEME_ECDSA_SHA512, isSigned ? 'valid' : 'invalid')
  if (!isSigned) throw new SessionError('unauthenticated', 'invalid signature')
  if (!isOwned) throw new SessionError('permission_denied', 'wrong owner')
}

/** All keys that may be the owner's. */
export function ownerKeyCandidates(
  request: Pick<Request, 'signatures'>,
  signed: Token,
  keyStore: KeyStore | undefined,
): readonly Uint8Array[] {
  return [...candidateKeys(request, signed, keyStore, () => {})].flat()
}

/**
 * The keys that may be the owner's (neofs-v1 §3.1.1): the token names them (A2, A3), else the request header, else whoever
 * knows the owner, else they are recovered from the first signature, layout by layout: under each, one key of the two that
 * come out may be the signer's, and whoever found the owner among them needs no other layout.
 */
function* candidateKeys(
  request: Pick<Request, 'signatures'>,
  signed: Token,
  keyStore: KeyStore | undefined,
  beforeRecovery: () => void,
): Generator<readonly Uint8Array[]> {
  if (signed.publicKeys.length > 0) return yield signed.publicKeys
  const [header] = request.signatures
  // With an origin the first signer is a node with a session key; that the user signed that key was checked with the header.
  if (header !== undefined) return yield [(header.origin ?? header).peer]
  const known = keyStore?.(signed.owner) ?? []
  if (known.length > 0) return yield known
  const [first] = signed.ownerSignatures
  if (first === undefined || !isRecoverable(first.signature)) return
  for (const data of first.layouts) {
    beforeRecovery()
    yield recoverPublicKeys(first.signature, data)
  }
}

function madeAll(signatures: readonly OwnerSignature[], publicKey: Uint8Array, verifier: SignatureVerifier): boolean {
  const scheme = SCHEME_ECDSA_SHA512
  return signatures.every(({ signature, layouts }) =>
    layouts.some((data) => verifier.verify({ scheme, publicKey, signature, data }) === undefined),
  )
}

/**
 * True if a signer alone owns the id, or all keys together do. An id that another of the keys owns alone does not count:
 * whoever signs could name a stranger's key beside their own.
 */
function owns(owner: Uint8Array, signers: readonly Uint8Array[], keys: readonly Uint8Array[]): boolean {
  if (signers.some((key) => ownsOwnerId(owner, [key]))) return true
  return ownsOwnerId(owner, keys) && !keys.some((key) => ownsOwnerId(owner, [key]))
}

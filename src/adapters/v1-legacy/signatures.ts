import { hex } from '../../core/bytes.js'
import { SessionError } from '../../core/errors.js'
import { SCHEME_ECDSA_SHA512, type SignatureVerifier } from '../../crypto/schemes.js'
import type { PeerSignature, Request } from './codec.js'
import type { SignatureMode } from './policy.js'

/** Reports one checked signature; see AdapterObserver. */
export interface SignatureReporter {
  signatureCheck(scheme: number, outcome: string): void
}

/**
 * The signatures of a request header, each over the request with the ones before it (neofs-v1 §4.3). Raises
 * `unauthenticated` in the words of the library: index, peer, and what is wrong.
 */
export function checkHeader(
  request: Request,
  mode: SignatureMode,
  verifier: SignatureVerifier,
  observer: SignatureReporter,
): void {
  if (mode === 'off') return
  if (mode === 'required' && request.signatures.length === 0) {
    throw new SessionError('unauthenticated', 'field Verify.Signatures: empty, the request has to be signed')
  }
  const check = (place: string, { sign, peer }: PeerSignature, data: Uint8Array): void => {
    const fault = verifier.verify({ scheme: SCHEME_ECDSA_SHA512, publicKey: peer, signature: sign, data })
    observer.signatureCheck(SCHEME_ECDSA_SHA512, fault === undefined ? 'valid' : 'invalid')
    if (fault === undefined) return
    throw new SessionError('unauthenticated', `${place}: ${peerText(peer)}: invalid signature: ${fault.reason}`)
  }
  for (const [index, signature] of request.signatures.entries()) {
    check(`${index}`, signature, request.signedBytes(index))
    if (signature.origin !== undefined) check(`${index} origin`, signature.origin, signature.peer)
  }
}

/** No key is longer than 65 bytes; what a client sends instead is not repeated to it. */
function peerText(peer: Uint8Array): string {
  return peer.length <= 65 ? hex(peer) : `${peer.length} bytes`
}

import type { SignatureVerifier } from '../crypto/schemes.js'
import { encode, type MessageType, type WireMessage } from '../wire/index.js'

/**
 * The three-part signatures of E, F0 and neo.fs.v2 (neofs-v2 §3.1): a hop signs the body (first hop only), its meta header
 * and the verification header before it. An absent part is signed as zero bytes.
 */

/** Bytes under a signature, in the forms in which genuine signers wrote them, tried in this order (neofs-v2 §3.3). */
export interface SignedPart {
  readonly received: Uint8Array
  /** The stable encoding of the known fields: what Go peers sign and verify. */
  stable(): Uint8Array
  /** The stable encoding without field 9 of any meta header: SDK rc.17's form. Undefined if there is no field 9. */
  withoutTokenV2?(): Uint8Array | undefined
}

export interface PartSignature {
  readonly key: Uint8Array
  readonly sign: Uint8Array
  readonly scheme?: number
}

export interface Hop {
  readonly body: PartSignature | undefined
  readonly meta: PartSignature | undefined
  readonly origin: PartSignature | undefined
  /** The verification header of the hop before. */
  readonly previous: SignedPart
}

/** Index 0 is the last hop, the top level of the message; the client's own headers come last. */
export interface SignedMessage {
  readonly body: SignedPart
  readonly metas: readonly SignedPart[]
  readonly hops: readonly Hop[]
}

export interface ThreePartRule {
  /** `complete`: every signature has to be there. `present`: those that are there have to verify. */
  readonly mode: 'complete' | 'present'
  /** From 2.25 on only the top level's body and meta signatures count (neofs-v2 §3.2); E1 has no origin signature. */
  readonly originSignatures: boolean
  readonly chain: 'all hops' | 'top only'
}

export interface SignatureReporter {
  signatureCheck(scheme: number, outcome: string): void
}

const ABSENT = new Uint8Array(0)
export const ABSENT_PART: SignedPart = { received: ABSENT, stable: () => ABSENT }

/** A sub-message as a signed part; absent and empty are the same to a signature. */
export function partOf<T extends WireMessage>(
  type: MessageType<T>,
  message: T | undefined,
  withoutTokenV2?: (message: T) => T | undefined,
): SignedPart {
  if (message === undefined) return ABSENT_PART
  return {
    received: message.$raw ?? encode(type, message),
    stable: () => encode(type, message),
    withoutTokenV2() {
      const reduced = withoutTokenV2?.(message)
      return reduced === undefined ? undefined : encode(type, reduced)
    },
  }
}

/** The levels of a header that wraps the one before in `origin`, outermost first. */
export function levelsOf<T extends { readonly origin: T | undefined }>(top: T | undefined): T[] {
  const levels: T[] = []
  for (let level = top; level !== undefined; level = level.origin) levels.push(level)
  return levels
}

interface VerificationHeader<T> extends WireMessage {
  readonly bodySignature: PartSignature | undefined
  readonly metaSignature: PartSignature | undefined
  readonly originSignature?: PartSignature | undefined
  readonly origin: T | undefined
}

export function hopsOf<T extends VerificationHeader<T>>(type: MessageType<T>, top: T | undefined): Hop[] {
  return levelsOf(top).map((header) => ({
    body: header.bodySignature,
    meta: header.metaSignature,
    origin: header.originSignature,
    previous: partOf(type, header.origin),
  }))
}

/**
 * Undefined if the message verifies under the rule, else why not, in the words of the SDK that users of newer nodes know
 * (neofs-v2 §3.6).
 */
export function verifyThreePart(
  message: SignedMessage,
  rule: ThreePartRule,
  verifier: SignatureVerifier,
  reporter: SignatureReporter,
): string | undefined {
  const { body, metas, hops } = message
  if (hops.length === 0) return rule.mode === 'complete' ? 'missing verification header' : undefined
  const topOnly = rule.chain === 'top only'
  // A missing meta header is one level of zero bytes.
  if (rule.mode === 'complete' && !topOnly && Math.max(metas.length, 1) !== hops.length)
    return 'incorrect number of verification headers'

  const check = (part: SignedPart, signature: PartSignature | undefined, missing: string, invalid: string) => {
    if (signature === undefined) return rule.mode === 'complete' ? missing : undefined
    const reason = verifyPart(part, signature, verifier, reporter)
    return reason === undefined ? undefined : `${invalid}: ${reason}`
  }

  const levels = topOnly ? hops.slice(0, 1) : hops
  for (const [depth, hop] of levels.entries()) {
    const innermost = depth === levels.length - 1
    const fault =
      check(
        metas[depth] ?? ABSENT_PART,
        hop.meta,
        "missing meta header's signature",
        "invalid meta header's signature",
      ) ??
      (rule.originSignatures
        ? check(
            hop.previous,
            hop.origin,
            "missing verification header's origin signature",
            "invalid verification header's origin signature",
          )
        : undefined) ??
      (innermost
        ? check(body, hop.body, 'missing body signature', 'invalid body signature')
        : hop.body === undefined
          ? undefined
          : 'body signature is set in non-origin verification header')
    if (fault !== undefined) return `invalid verification header at depth ${depth}: ${fault}`
  }
  return undefined
}

/** Undefined if the signature covers the part in one of its forms, which the reporter is told; else why not. */
export function verifyPart(
  part: SignedPart,
  signature: PartSignature,
  verifier: SignatureVerifier,
  reporter: SignatureReporter,
): string | undefined {
  const scheme = signature.scheme ?? 0
  const verify = (data: Uint8Array) =>
    verifier.verify({ scheme, publicKey: signature.key, signature: signature.sign, data })

  const fault = verify(part.received)
  if (fault === undefined) {
    reporter.signatureCheck(scheme, 'received')
    return undefined
  }
  const forms: [string, () => Uint8Array | undefined][] = [
    ['stable', () => part.stable()],
    ['without-field-9', () => part.withoutTokenV2?.()],
  ]
  for (const [form, bytes] of forms) {
    const data = bytes()
    // Only a mismatch can depend on the bytes; and equal bytes give equal answers.
    if (data === undefined || fault.reason !== 'signature mismatch' || Buffer.compare(data, part.received) === 0)
      continue
    if (verify(data) === undefined) {
      reporter.signatureCheck(scheme, form)
      return undefined
    }
  }
  reporter.signatureCheck(scheme, 'invalid')
  return fault.reason
}

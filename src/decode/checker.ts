import { type PartSignature, type SignedPart, verifyPart } from '../adapters/three-part.js'
import { accountOf, ownerIdsOf, ownerIdText, ownsOwnerId } from '../crypto/owner-id.js'
import type { SignatureVerifier } from '../crypto/schemes.js'
import type { OwnerIdText, SignatureExplanation, SignatureKind, Signer } from './explanation.js'
import { SIGNED_BYTES_SHOWN } from './limits.js'
import { hexOf } from './text.js'
import { keyFault, schemeName } from './values.js'

/** Which signature it is. */
export interface SignaturePlace {
  readonly kind: SignatureKind
  readonly place: string
  readonly index: number
  readonly covers: string
  /** False where verifiers of the announced version do not look at it; true if not given. */
  readonly checked?: boolean
}

/** A key that may have signed, and where it was found. */
export interface KnownKey {
  readonly bytes: Uint8Array
  readonly from: Signer['from']
}

/** Bytes that a signature may cover, under the name of that form. */
export interface Layout {
  readonly form: string
  readonly data: Uint8Array
}

export interface Issuer {
  readonly owner: Uint8Array
  /** `account`: the one owner id that newer NeoFS compares. `any`: one of all ids that keys ever had. */
  readonly as: 'account' | 'any'
}

/** Everything of older dialects is scheme 0 (neofs-v1 §4.1). */
const OLD_SCHEME = 0

/** Explains signatures one by one, with the verification of the adapters, up to a number of them. */
export class SignatureChecker {
  readonly verifier: SignatureVerifier
  readonly #max: number
  readonly found: SignatureExplanation[] = []
  leftOut = 0

  constructor(verifier: SignatureVerifier, max: number) {
    this.verifier = verifier
    this.#max = max
  }

  /** A signature over a part of a message, in any of the forms that a verifier accepts. */
  part(place: SignaturePlace, signature: PartSignature, part: SignedPart, issuer?: Issuer): void {
    if (this.#skips()) return
    let form: string | undefined
    const reporter = {
      signatureCheck: (_scheme: number, outcome: string) => {
        form = outcome
      },
    }
    const reason = verifyPart(part, signature, this.verifier, reporter)
    const data =
      reason !== undefined || form === 'received'
        ? part.received
        : form === 'stable'
          ? part.stable()
          : part.withoutTokenV2?.()
    this.#add(place, {
      scheme: signature.scheme ?? OLD_SCHEME,
      key: { bytes: signature.key, from: 'message' },
      data: data ?? part.received,
      verdict: reason === undefined ? { valid: true, form: form ?? 'received' } : { valid: false, reason },
      issuer,
    })
  }

  /** A signature of scheme 0 by any of some keys over any of some layouts. */
  layouts(
    place: SignaturePlace,
    signature: Uint8Array,
    keys: readonly KnownKey[],
    layouts: readonly Layout[],
    issuer?: Issuer,
  ): void {
    if (this.#skips()) return
    let reason = 'no public key is known'
    for (const key of keys) {
      for (const { form, data } of layouts) {
        const fault = this.verifier.verify({ scheme: OLD_SCHEME, publicKey: key.bytes, signature, data })
        if (fault === undefined) {
          this.#add(place, { scheme: OLD_SCHEME, key, data, verdict: { valid: true, form }, issuer })
          return
        }
        reason = fault.reason
      }
    }
    const data = layouts[0]?.data ?? new Uint8Array(0)
    this.#add(place, { scheme: OLD_SCHEME, key: keys[0], data, verdict: { valid: false, reason }, issuer })
  }

  /** A signature of which nobody knows what it covers. */
  unexplained(place: SignaturePlace, { key, scheme }: PartSignature, reason: string): void {
    if (this.#skips()) return
    const verdict = { valid: false, reason }
    const known: KnownKey = { bytes: key, from: 'message' }
    const data = new Uint8Array(0)
    this.#add(place, { scheme: scheme ?? OLD_SCHEME, key: known, data, verdict, issuer: undefined })
  }

  /** True once as many were explained as may be; callers skip the rest, whose bytes alone could be long in the making. */
  get isFull(): boolean {
    return this.found.length >= this.#max
  }

  skip(count: number): void {
    this.leftOut += count
  }

  #skips(): boolean {
    if (this.isFull) this.skip(1)
    return this.isFull
  }

  #add(
    { kind, place, index, covers, checked = true }: SignaturePlace,
    facts: {
      scheme: number
      key: KnownKey | undefined
      data: Uint8Array
      verdict: Pick<SignatureExplanation, 'valid' | 'form' | 'reason'>
      issuer: Issuer | undefined
    },
  ): void {
    const { scheme, key, data, verdict, issuer } = facts
    this.found.push({
      kind,
      place,
      index,
      covers,
      scheme,
      schemeName: schemeName(scheme),
      ...(key === undefined ? {} : { signer: signerOf(key) }),
      ...verdict,
      checked,
      signedSize: data.length,
      ...(data.length <= SIGNED_BYTES_SHOWN ? { signed: hexOf(data) } : {}),
      ...(issuer === undefined ? {} : { issuer: issuerOf(issuer, key?.bytes) }),
    })
  }
}

function signerOf({ bytes, from }: KnownKey): Signer {
  return { key: hexOf(bytes), from, ownerIds: ownerIdTexts(bytes) }
}

/** None for bytes that are no public key. */
export function ownerIdTexts(key: Uint8Array): OwnerIdText[] {
  if (keyFault(key) !== undefined) return []
  return ownerIdsOf(key).map(({ derivation, owner }) => ({ derivation, text: ownerIdText(owner), hex: hexOf(owner) }))
}

const TEXT_BYTES_MAX = 64

function issuerOf({ owner, as }: Issuer, key: Uint8Array | undefined): NonNullable<SignatureExplanation['issuer']> {
  const known = key !== undefined && keyFault(key) === undefined
  const isSigner = known && (as === 'any' ? ownsOwnerId(owner, [key]) : Buffer.compare(owner, accountOf(key)) === 0)
  return { owner: hexOf(owner), text: owner.length <= TEXT_BYTES_MAX ? ownerIdText(owner) : '', isSigner }
}

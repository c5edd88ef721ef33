import { type HeaderSignature, type Request, read } from '../adapters/v1-legacy/codec.js'
import { ownerKeyCandidates } from '../adapters/v1-legacy/owner-keys.js'
import type { LegacyDialect } from '../adapters/v1-legacy/policy.js'
import type { OwnerSignature, Token } from '../adapters/v1-legacy/token.js'
import { OWNER_KEYS_MAX } from '../crypto/owner-id.js'
import { SCHEME_ECDSA_SHA512 } from '../crypto/schemes.js'
import type { KnownKey, SignatureChecker } from './checker.js'
import type { SignatureKind } from './explanation.js'
import { bestKeys } from './owners.js'

/** Where a token's signatures stand, in the order in which the token names them. */
interface TokenPlaces {
  readonly kind: SignatureKind
  readonly field: string
  readonly covers: string
  /** Names of the layouts. */
  readonly forms: readonly string[]
}

/** session.Token (neofs-v1 §3.1.1). */
export const TOKEN_A: readonly TokenPlaces[] = [
  { kind: 'key', field: 'Header.KeySignature', covers: 'Header.PublicKey', forms: ['session key'] },
  { kind: 'token', field: 'Signature', covers: 'FirstEpoch, LastEpoch, ObjectID', forms: ['epochs and objects'] },
]

/** service.Token of B, in both orders that its library had (§3.2). */
export const TOKEN_B: readonly TokenPlaces[] = [
  { kind: 'token', field: 'Signature', covers: 'TokenInfo', forms: ['id first', 'verb first'] },
]

/** The header signatures of a request of A or B, each over the request with the ones before it (§4.3). */
export function explainLegacyRequest(
  dialect: LegacyDialect,
  bytes: Uint8Array,
  nesting: number,
  checker: SignatureChecker,
): Request {
  const request = read(dialect, bytes, nesting)
  const nested = dialect === 'A1' || dialect === 'A2'
  for (const [index, { sign, peer, origin }] of request.signatures.entries()) {
    if (checker.isFull) {
      checker.skip(request.signatures.length - index)
      break
    }
    const place = `Verify.Signatures[${index}]`
    const at = { kind: 'request', place: nested ? `${place}.Sign` : place, index } as const
    const covers = index === 0 ? 'the request without Meta' : 'the request without Meta, with the signatures before'
    const layouts = [{ form: 'canonical', data: request.signedBytes(index) }]
    checker.layouts({ ...at, covers }, sign, [{ bytes: peer, from: 'message' }], layouts)
    if (origin !== undefined) {
      const covers = `${place}.Sign.Peer`
      const keys: KnownKey[] = [{ bytes: origin.peer, from: 'message' }]
      const place2 = `${place}.Origin`
      checker.layouts({ kind: 'request-origin', place: place2, index, covers }, origin.sign, keys, [
        { form: 'session key', data: peer },
      ])
    }
  }
  return request
}

/** The owner's signatures in a token. A token that is not signed yet has none. */
export function explainOwnerSignatures(
  token: Token,
  place: string,
  places: readonly TokenPlaces[],
  headers: readonly HeaderSignature[],
  checker: SignatureChecker,
): void {
  const given = token.ownerSignatures
  if (given.every(({ signature }) => signature.length === 0)) return
  const keys = candidates(token, headers, given, checker)
  for (const [index, { signature, layouts }] of given.entries()) {
    const where = places[index]
    if (where === undefined || signature.length === 0) continue
    const { kind, field, covers, forms } = where
    const named = layouts.map((data, layout) => ({ form: forms[layout] ?? 'token', data }))
    const at = { kind, place: `${place}.${field}`, index: 0, covers: `${place}.${covers}` }
    checker.layouts(at, signature, keys, named, { owner: token.owner, as: 'any' })
  }
}

/** As the adapter looks for them; of recovered keys the one first that made all signatures. */
function candidates(
  token: Token,
  headers: readonly HeaderSignature[],
  given: readonly OwnerSignature[],
  checker: SignatureChecker,
): KnownKey[] {
  const keys = ownerKeyCandidates({ signatures: headers }, token, undefined).slice(0, OWNER_KEYS_MAX)
  if (token.publicKeys.length > 0) return keys.map((bytes) => ({ bytes, from: 'token' }))
  if (headers.length > 0) return keys.map((bytes) => ({ bytes, from: 'header' }))
  const madeAll = (publicKey: Uint8Array) =>
    given.every(({ signature, layouts }) =>
      layouts.some(
        (data) => checker.verifier.verify({ scheme: SCHEME_ECDSA_SHA512, publicKey, signature, data }) === undefined,
      ),
    )
  const signers = keys.filter(madeAll)
  return bestKeys(signers.length > 0 ? signers : keys, token.owner).map((bytes) => ({ bytes, from: 'recovered' }))
}

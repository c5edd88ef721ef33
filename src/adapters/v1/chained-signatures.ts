import { bigEndian64 } from '../../core/bytes.js'
import type { SignatureVerifier } from '../../crypto/schemes.js'
import type { BearerTokenMsg, Token } from '../../generated/v1/c/verify.js'
import type { SignatureReporter } from '../three-part.js'

/**
 * The signatures of C, and of D by inference: each covers a fixed payload, not the message (neofs-v1 §4.4). Up to v1.1.0
 * every signature of a chain covers the same bytes, from v1.2.0 each also covers the keys of those before it.
 */
export interface ChainedMessage {
  readonly owner: Uint8Array
  readonly created: bigint
  readonly validUntil: bigint
  /** The signed data of the token in the verification header, in each of the two forms it had; none without a token. */
  readonly tokens: readonly Uint8Array[]
  /** What follows the token. */
  readonly rest: readonly Uint8Array[]
  readonly signatures: readonly { readonly sign: Uint8Array; readonly key: Uint8Array }[]
}

/** An extended header of C, an X-header of D: named differently, signed alike. */
export interface ExtendedHeader {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

const SCHEME = 0
const EMPTY = new Uint8Array(0)

/** Undefined if all signatures verify by one of the chain rules, else which one fails and why. */
export function verifyChained(
  message: ChainedMessage,
  verifier: SignatureVerifier,
  reporter: SignatureReporter,
): string | undefined {
  const { signatures } = message
  let fault: string | undefined
  for (const payload of chainedPayloads(message)) {
    for (const keysOfEarlier of [true, false]) {
      fault = verifyAll(payload, keysOfEarlier, signatures, verifier)
      if (fault !== undefined) continue
      for (const _ of signatures) reporter.signatureCheck(SCHEME, 'valid')
      return undefined
    }
  }
  reporter.signatureCheck(SCHEME, 'invalid')
  return fault
}

/** What all signatures of the chain cover, in each form that a token gives it; the chain rule adds keys to it. */
export function chainedPayloads({ owner, created, validUntil, tokens, rest }: ChainedMessage): Uint8Array[] {
  const epochs = bigEndian64(created, validUntil)
  return (tokens.length === 0 ? [EMPTY] : tokens).map((token) => Buffer.concat([owner, epochs, token, ...rest]))
}

function verifyAll(
  payload: Uint8Array,
  keysOfEarlier: boolean,
  signatures: ChainedMessage['signatures'],
  verifier: SignatureVerifier,
): string | undefined {
  let data = payload
  for (const [index, { sign, key }] of signatures.entries()) {
    const fault = verifier.verify({ scheme: SCHEME, publicKey: key, signature: sign, data })
    if (fault !== undefined) return `field verify.signatures[${index}]: ${fault.reason}`
    if (keysOfEarlier) data = Buffer.concat([data, key])
  }
  return undefined
}

/** The 142 signed bytes of a service.Token, and the 175 of v0.7.5, which added the owner's key (neofs-v1 §3.3). */
export function tokenData({ tokenInfo }: Token): Uint8Array[] {
  if (tokenInfo === undefined) return []
  const { id, ownerID, verb, address, lifetime, sessionKey, ownerKey } = tokenInfo
  const data = Buffer.concat([
    id,
    ownerID,
    bigEndian32(verb),
    address?.cid ?? new Uint8Array(32),
    address?.objectID ?? new Uint8Array(16),
    bigEndian64(lifetime?.created ?? 0n, lifetime?.validUntil ?? 0n),
    sessionKey,
  ])
  return ownerKey.length === 0 ? [data] : [data, Buffer.concat([data, ownerKey])]
}

export function bearerData(bearer: BearerTokenMsg | undefined): Uint8Array {
  if (bearer === undefined) return EMPTY
  const { aclRules = EMPTY, ownerID = new Uint8Array(25), validUntil = 0n } = bearer.tokenInfo ?? {}
  return Buffer.concat([aclRules, ownerID, bigEndian64(validUntil)])
}

/** Keys and values one after the other, as the bytes that they are. */
export function headerData(headers: readonly ExtendedHeader[]): Uint8Array {
  return Buffer.concat(headers.flatMap(({ key, value }) => [key, value]))
}

function bigEndian32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes
}

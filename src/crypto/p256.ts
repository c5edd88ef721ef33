import { createPublicKey, ECDH, type KeyObject, verify } from 'node:crypto'
import { bytesKey } from '../core/bytes.js'
import { Lru } from './lru.js'

/** OpenSSL's name of the only curve that any generation uses: NIST P-256. */
export const CURVE = 'prime256v1'
export const COMPRESSED_KEY_BYTES = 33
export const UNCOMPRESSED_KEY_BYTES = 65
/** A coordinate, a scalar, and each half of a signature. */
export const SCALAR_BYTES = 32

export type Digest = 'sha256' | 'sha512'

/** Why bytes are no public key: short, stable, safe to show. */
export interface KeyFault {
  readonly reason: string
}

const MISSING: KeyFault = { reason: 'missing public key' }

/** In the words of the SDK, which users of genuine nodes know (neofs-v2 §3.6). */
function undecodable(why: string): KeyFault {
  return { reason: `decode public key from binary: ${why}` }
}

const TOO_SHORT = undecodable('unexpected EOF')
const TOO_LONG = undecodable('extra data')
const NOT_ON_CURVE = undecodable('encoded point is not on the P256 curve')

/**
 * Length and prefix of an encoded point. Hybrid (06, 07) and infinity (00) are legal for OpenSSL, but the Go decoders
 * refuse them (neofs-v2 §3.8), so they are refused before OpenSSL sees them.
 */
function formFault(bytes: Uint8Array): KeyFault | undefined {
  const prefix = bytes[0]
  if (prefix === undefined) return MISSING
  if (prefix !== 0x02 && prefix !== 0x03 && prefix !== 0x04) return undecodable(`invalid prefix ${prefix}`)
  const expected = prefix === 0x04 ? UNCOMPRESSED_KEY_BYTES : COMPRESSED_KEY_BYTES
  if (bytes.length === expected) return undefined
  return bytes.length < expected ? TOO_SHORT : TOO_LONG
}

/** A public key from its 33-byte compressed or 65-byte uncompressed point, or why it is none. Never throws. */
export function importPublicKey(bytes: Uint8Array): KeyObject | KeyFault {
  const fault = formFault(bytes)
  if (fault !== undefined) return fault
  try {
    const point = Buffer.from(ECDH.convertKey(bytes, CURVE, undefined, undefined, 'uncompressed'))
    const x = point.toString('base64url', 1, 1 + SCALAR_BYTES)
    const y = point.toString('base64url', 1 + SCALAR_BYTES)
    // OpenSSL takes a JWK's coordinates a third faster than SPKI, for which it tries all its decoders.
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
  } catch {
    return NOT_ON_CURVE
  }
}

/** Imports public keys and keeps those used last, by their encoded bytes. Faulty ones are not kept. */
export class PublicKeys {
  readonly #kept: Lru<string, KeyObject>

  /** Keeps up to `size` of them. */
  constructor(size: number) {
    this.#kept = new Lru(size)
  }

  get count(): number {
    return this.#kept.count
  }

  import(bytes: Uint8Array): KeyObject | KeyFault {
    // Anything longer is no key, and must not become a long string first.
    if (bytes.length > UNCOMPRESSED_KEY_BYTES) return importPublicKey(bytes)
    const name = bytesKey(bytes)
    const kept = this.#kept.get(name)
    if (kept !== undefined) return kept
    const imported = importPublicKey(bytes)
    if (!('reason' in imported)) this.#kept.set(name, imported)
    return imported
  }
}

/**
 * The 33-byte form of an encoded point, or undefined if length or prefix are wrong. Whether the point is on the curve is
 * not looked at: a key that verified a signature is, and no other key is worth trusting.
 */
export function compress(bytes: Uint8Array): Uint8Array | undefined {
  if (formFault(bytes) !== undefined) return undefined
  if (bytes.length === COMPRESSED_KEY_BYTES) return bytes
  const compressed = new Uint8Array(bytes.subarray(0, COMPRESSED_KEY_BYTES))
  compressed[0] = 0x02 | ((bytes[UNCOMPRESSED_KEY_BYTES - 1] ?? 0) & 1)
  return compressed
}

const DER_SEQUENCE = 0x30
const DER_INTEGER = 0x02
/** Tag and length of the sequence; tag, length, sign byte and 32 bytes of each number. */
const DER_BYTES_MAX = 2 + 2 * (3 + SCALAR_BYTES)

/**
 * Strict minimal DER of the r‖s that starts at `offset`, which must have 64 bytes from there. By hand because asking
 * `verify` for IEEE-P1363 needs an options object, which costs more than the conversion.
 */
export function derOfRaw(signature: Uint8Array, offset: number): Uint8Array {
  const der = new Uint8Array(DER_BYTES_MAX)
  let at = 2
  for (let half = 0; half < 2; half++) {
    const end = offset + SCALAR_BYTES * (half + 1)
    let start = end - SCALAR_BYTES
    while (start < end - 1 && signature[start] === 0) start++
    const negative = (signature[start] ?? 0) >= 0x80
    der[at++] = DER_INTEGER
    der[at++] = end - start + (negative ? 1 : 0)
    if (negative) der[at++] = 0
    while (start < end) der[at++] = signature[start++] ?? 0
  }
  der[0] = DER_SEQUENCE
  der[1] = at - 2
  return der.subarray(0, at)
}

/** Writes the r‖s of a DER signature, as OpenSSL makes it, into 64 bytes of `into` from `offset`. */
export function writeRawOfDer(der: Uint8Array, into: Uint8Array, offset: number): void {
  let at = 2
  for (let half = 0; half < 2; half++) {
    const length = der[at + 1] ?? 0
    const start = at + 2
    const significant = der.subarray(length > SCALAR_BYTES ? start + length - SCALAR_BYTES : start, start + length)
    into.set(significant, offset + SCALAR_BYTES * (half + 1) - significant.length)
    at = start + length
  }
}

/**
 * True if the r‖s at `offset` is a signature of `data`. A high s is as good as a low one: no generation normalises. Zero
 * and numbers from the group order up are a mismatch like any other.
 */
export function verifyRaw(
  digest: Digest,
  data: Uint8Array,
  key: KeyObject,
  signature: Uint8Array,
  offset: number,
): boolean {
  return verify(digest, data, key, derOfRaw(signature, offset))
}

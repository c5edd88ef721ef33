import { uuidText } from '../adapters/v1-legacy/token.js'
import { base58 } from '../crypto/base58.js'
import { hasOwnerChecksum, NEO2_PREFIX, NEO3_PREFIX, OWNER_ID_BYTES } from '../crypto/owner-id.js'
import { importPublicKey } from '../crypto/p256.js'
import { isScheme } from '../crypto/schemes.js'
import type { Meaning } from './meanings.js'
import { hexOf, isPrintable, utf8Of } from './text.js'

/** Bytes in the form in which people know them, and what is worth knowing of them. */
export interface Described {
  readonly text?: string
  readonly notes: readonly string[]
}

const UUID_BYTES = 16
const HASH_BYTES = 32
/** Longer bytes are no id of any kind, and base58 takes time that grows with the square. */
const BASE58_BYTES_MAX = 64

export function describe(bytes: Uint8Array, meaning: Meaning | undefined): Described {
  if (bytes.length === 0) return { notes: meaning === undefined || meaning === 'text' ? [] : ['empty'] }
  switch (meaning) {
    case 'owner':
      return ownerId(bytes)
    case 'uuid':
      return uuid(bytes)
    case 'hash':
      return {
        ...(bytes.length <= BASE58_BYTES_MAX ? { text: base58(bytes) } : {}),
        notes: lengthNote(bytes, HASH_BYTES),
      }
    case 'key':
      return { notes: [keyFault(bytes) ?? 'valid public key'] }
    case 'signature':
      return { notes: [signatureForm(bytes)] }
    default: {
      const text = utf8Of(bytes)
      if (meaning === 'text') return text === undefined ? { notes: ['not UTF-8'] } : { text, notes: [] }
      return text !== undefined && isPrintable(text) ? { text, notes: [] } : { notes: [] }
    }
  }
}

function ownerId(bytes: Uint8Array): Described {
  if (bytes.length !== OWNER_ID_BYTES) return { notes: lengthNote(bytes, OWNER_ID_BYTES) }
  if (bytes.every((byte) => byte === 0)) return { notes: ['all zero'] }
  const prefix = bytes[0] ?? 0
  const era = prefix === NEO3_PREFIX ? 'Neo 3' : prefix === NEO2_PREFIX ? 'Neo 2' : 'of no known era'
  const notes = [`prefix ${hexOf(bytes.subarray(0, 1))}, ${era}`]
  // The checksum of an unknown prefix is nobody's business, as no such id exists.
  if (prefix === NEO3_PREFIX || prefix === NEO2_PREFIX) {
    notes.push(hasOwnerChecksum(bytes) ? 'checksum valid' : 'checksum not valid')
  }
  return { text: base58(bytes), notes }
}

function uuid(bytes: Uint8Array): Described {
  if (bytes.length !== UUID_BYTES) return { notes: lengthNote(bytes, UUID_BYTES) }
  if (bytes.every((byte) => byte === 0)) return { text: uuidText(bytes), notes: ['all zero'] }
  return { text: uuidText(bytes), notes: isUuid4(bytes) ? ['UUID version 4'] : ['not a version 4 UUID'] }
}

export function isUuid4(bytes: Uint8Array): boolean {
  return bytes.length === UUID_BYTES && (bytes[6] ?? 0) >>> 4 === 4 && (bytes[8] ?? 0) >>> 6 === 2
}

/** Undefined if the bytes are a public key. */
export function keyFault(bytes: Uint8Array): string | undefined {
  const key = importPublicKey(bytes)
  return 'reason' in key ? key.reason : undefined
}

/** The schemes that write signatures of that form. */
function signatureForm(bytes: Uint8Array): string {
  if (bytes.length === 65 && bytes[0] === 0x04) return '65 bytes, as scheme 0 has'
  if (bytes.length === 64) return '64 bytes, as scheme 1 has'
  if (bytes.length === 80) return '80 bytes, as scheme 2 has'
  return `${bytes.length} bytes, as no scheme has`
}

export function isSignatureForm(bytes: Uint8Array): boolean {
  return (bytes.length === 65 && bytes[0] === 0x04) || bytes.length === 64 || bytes.length === 80
}

const SCHEME_NAMES = ['ECDSA_SHA512', 'ECDSA_RFC6979_SHA256', 'ECDSA_RFC6979_SHA256_WALLET_CONNECT'] as const
const N3 = 3

export function schemeName(scheme: number): string {
  if (isScheme(scheme)) return SCHEME_NAMES[scheme]
  return scheme === N3 ? 'N3' : 'unknown'
}

function lengthNote(bytes: Uint8Array, expected: number): string[] {
  return bytes.length === expected ? [] : [`${bytes.length} bytes, expected ${expected}`]
}

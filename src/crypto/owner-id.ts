import { sameBytes } from '../core/bytes.js'
import { base58, bytesOfBase58 } from './base58.js'
import { CHECKSUM_BYTES, checksum, hash160 } from './hashes.js'
import { compress } from './p256.js'

/** Prefix, 20 bytes of script hash, 4 bytes of checksum (neofs-v1 §5.1, neofs-v2 §6). */
export const OWNER_ID_BYTES = 25
export const NEO2_PREFIX = 0x17
export const NEO3_PREFIX = 0x35
/** Keys that one owner id is looked for among: Neo 2 writes a number of keys up to this in one opcode. */
export const OWNER_KEYS_MAX = 16

const CHECKSUM_AT = OWNER_ID_BYTES - CHECKSUM_BYTES

/** How a generation makes the owner id of one key. The scripts differ, so one key owns five ids. */
export const DERIVATIONS = ['neo2', 'neo3-preview2', 'neo3-a', 'neo3-b', 'neo3-c'] as const
export type Derivation = (typeof DERIVATIONS)[number]

/** What stands before and after the 33 bytes of the key in its verification script. */
interface Script {
  readonly prefix: number
  readonly before: Uint8Array
  readonly after: Uint8Array
}

const PUSH_33_NEO2 = 0x21
const PUSH_33_NEO3 = Uint8Array.of(0x0c, 0x21)

/** The bytes after the key end in the system call: the first 4 bytes of SHA-256 of its name. */
function neo3Script(after: string): Script {
  return { prefix: NEO3_PREFIX, before: PUSH_33_NEO3, after: Buffer.from(after, 'hex') }
}

const SCRIPTS: Readonly<Record<Derivation, Script>> = {
  neo2: { prefix: NEO2_PREFIX, before: Uint8Array.of(PUSH_33_NEO2), after: Uint8Array.of(0xac) },
  'neo3-preview2': neo3Script('0b410a906ad4'), // Neo.Crypto.ECDsaVerify, with a null pushed
  'neo3-a': neo3Script('0b4195440d78'), // Neo.Crypto.VerifyWithECDsaSecp256r1, with a null pushed
  'neo3-b': neo3Script('41747476aa'), // Neo.Crypto.CheckSig
  'neo3-c': neo3Script('4156e7b327'), // System.Crypto.CheckSig
}

function ownerIdOfScript(prefix: number, script: Uint8Array): Uint8Array {
  const owner = new Uint8Array(OWNER_ID_BYTES)
  owner[0] = prefix
  owner.set(hash160(script), 1)
  owner.set(checksum(owner.subarray(0, CHECKSUM_AT)), CHECKSUM_AT)
  return owner
}

function derive(derivation: Derivation, compressed: Uint8Array): Uint8Array {
  const { prefix, before, after } = SCRIPTS[derivation]
  return ownerIdOfScript(prefix, Buffer.concat([before, compressed, after]))
}

function compressed(publicKey: Uint8Array): Uint8Array {
  const key = compress(publicKey)
  if (key === undefined) throw new RangeError('a public key is 33 bytes after 02 or 03, or 65 bytes after 04')
  return key
}

export interface DerivedOwnerId {
  readonly derivation: Derivation
  readonly owner: Uint8Array
}

/** All owner ids of one key, 33 or 65 bytes, oldest derivation first. RangeError if it has no such form. */
export function ownerIdsOf(publicKey: Uint8Array): DerivedOwnerId[] {
  const key = compressed(publicKey)
  return DERIVATIONS.map((derivation) => ({ derivation, owner: derive(derivation, key) }))
}

/** The account of a key, by which newer NeoFS nodes look sessions up: its current owner id (era C). */
export function accountOf(publicKey: Uint8Array): Uint8Array {
  return derive('neo3-c', compressed(publicKey))
}

/** The Neo 2 owner id of which any one of 1…16 keys may sign; the order of the keys matters. RangeError for other numbers. */
export function multiSigOwnerId(keys: readonly Uint8Array[]): Uint8Array {
  if (keys.length === 0 || keys.length > OWNER_KEYS_MAX) {
    throw new RangeError(`${keys.length} keys; an owner has 1 to ${OWNER_KEYS_MAX}`)
  }
  const push = Uint8Array.of(PUSH_33_NEO2)
  const script = [Uint8Array.of(0x51), ...keys.flatMap((key) => [push, compressed(key)])]
  return ownerIdOfScript(NEO2_PREFIX, Buffer.concat([...script, Uint8Array.of(0x50 + keys.length, 0xae)]))
}

/**
 * True if the id is derived from one of the keys in any way, or from all of them as a Neo 2 multi-signature. Keys of a wrong
 * form own nothing; more than `OWNER_KEYS_MAX` are not looked at.
 */
export function ownsOwnerId(owner: Uint8Array, keys: readonly Uint8Array[]): boolean {
  if (keys.length > OWNER_KEYS_MAX || !hasOwnerChecksum(owner)) return false
  const usable = keys.map(compress).filter((key) => key !== undefined)
  const derivations = DERIVATIONS.filter((derivation) => SCRIPTS[derivation].prefix === owner[0])
  // The newest derivation is by far the likeliest.
  for (const derivation of derivations.reverse()) {
    if (usable.some((key) => sameBytes(owner, derive(derivation, key)))) return true
  }
  const several = owner[0] === NEO2_PREFIX && usable.length > 1 && usable.length === keys.length
  return several && sameBytes(owner, multiSigOwnerId(usable))
}

function checksumHolds(owner: Uint8Array): boolean {
  return sameBytes(checksum(owner.subarray(0, CHECKSUM_AT)), owner.subarray(CHECKSUM_AT))
}

/** True for 25 bytes with a prefix of Neo 2 or 3 and a right checksum: a chance of 2^-39 for random bytes. */
export function hasOwnerChecksum(owner: Uint8Array): boolean {
  if (owner.length !== OWNER_ID_BYTES) return false
  return (owner[0] === NEO3_PREFIX || owner[0] === NEO2_PREFIX) && checksumHolds(owner)
}

/** What a v2 node finds wrong with an owner id, in its words, or undefined. */
export function ownerIdFault(owner: Uint8Array): string | undefined {
  if (owner.length !== OWNER_ID_BYTES) return `invalid length ${owner.length}, expected ${OWNER_ID_BYTES}`
  const prefix = owner[0] ?? 0
  if (prefix !== NEO3_PREFIX) {
    return `invalid prefix byte 0x${prefix.toString(16)}, expected 0x${NEO3_PREFIX.toString(16)}`
  }
  return checksumHolds(owner) ? undefined : 'checksum mismatch'
}

/** Base58 of the bytes, whatever they are. */
export function ownerIdText(owner: Uint8Array): string {
  return base58(owner)
}

/** The owner id of a base58 text, or undefined if it is none (25 bytes, a known prefix, a right checksum). */
export function ownerIdFromText(text: string): Uint8Array | undefined {
  const owner = bytesOfBase58(text)
  return owner !== undefined && hasOwnerChecksum(owner) ? owner : undefined
}

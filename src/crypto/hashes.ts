import { getHashes, hash } from 'node:crypto'
import { ripemd160 as portableRipemd160 } from '@noble/hashes/legacy.js'

export type Hash = (data: Uint8Array) => Uint8Array

export const sha256: Hash = (data) => hash('sha256', data, 'buffer')

const nativeRipemd160: Hash = (data) => hash('ripemd160', data, 'buffer')

/**
 * OpenSSL keeps RIPEMD-160 in its legacy provider: a FIPS build has it not, and some builds list it and then refuse it.
 * So it is tried once before it is trusted.
 */
export function chooseRipemd160(listed: readonly string[], native: Hash): Hash {
  if (!listed.includes('ripemd160')) return portableRipemd160
  try {
    native(new Uint8Array(0))
    return native
  } catch {
    return portableRipemd160
  }
}

export const ripemd160: Hash = chooseRipemd160(getHashes(), nativeRipemd160)

/** RIPEMD-160 of SHA-256: the hash of a Neo verification script, 20 bytes. */
export const hash160: Hash = (data) => ripemd160(sha256(data))

export const CHECKSUM_BYTES = 4

/** The first four bytes of SHA-256 of SHA-256, as base58check and Neo addresses carry them. */
export const checksum: Hash = (data) => sha256(sha256(data)).subarray(0, CHECKSUM_BYTES)

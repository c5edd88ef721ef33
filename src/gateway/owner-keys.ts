import { readFileSync } from 'node:fs'
import type { KeyStore } from '../adapters/v1-legacy/index.js'
import { ConfigError } from '../config/error.js'
import { bytesKey } from '../core/bytes.js'
import { OWNER_ID_BYTES, ownerIdFromText } from '../crypto/owner-id.js'
import { importPublicKey } from '../crypto/p256.js'

const KEY = 'adapters.v1Legacy.keyStore'
const FORM = 'takes a JSON object from owner id (base58 text or hex) to a list of public keys (hex)'

/** Reads the file that says which keys an owner is made of. @throws ConfigError that names the entry. */
export function readOwnerKeys(path: string): KeyStore {
  const owners = new Map<string, readonly Uint8Array[]>()
  for (const [owner, keys] of Object.entries(parse(path))) {
    if (!Array.isArray(keys) || keys.length === 0) throw fault(path, `${owner} has no list of keys`)
    owners.set(
      bytesKey(ownerOf(path, owner)),
      keys.map((key: unknown) => publicKeyOf(path, owner, key)),
    )
  }
  return (owner) => owners.get(bytesKey(owner)) ?? []
}

function parse(path: string): object {
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw fault(path, error instanceof SyntaxError ? 'it is not JSON' : 'it cannot be read')
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw fault(path, 'it is not an object')
  return parsed
}

function ownerOf(path: string, text: string): Uint8Array {
  const isHex = text.length === OWNER_ID_BYTES * 2 && /^[0-9a-f]+$/i.test(text)
  const owner = isHex ? new Uint8Array(Buffer.from(text, 'hex')) : ownerIdFromText(text)
  if (owner === undefined) throw fault(path, `${JSON.stringify(text)} is no owner id`)
  return owner
}

function publicKeyOf(path: string, owner: string, key: unknown): Uint8Array {
  if (typeof key === 'string' && /^([0-9a-f]{2})+$/i.test(key)) {
    const bytes = new Uint8Array(Buffer.from(key, 'hex'))
    if (!('reason' in importPublicKey(bytes))) return bytes
  }
  throw fault(path, `owner ${owner} has a key that is no P-256 point in hex`)
}

function fault(path: string, what: string): ConfigError {
  return new ConfigError(`${KEY}: ${path}: ${what}; ${FORM}`)
}

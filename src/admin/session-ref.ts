import { UINT32_MAX, UINT64_MAX } from '../core/integers.js'
import type { SessionRef } from '../core/session.js'
import { OWNER_ID_BYTES, ownerIdFromText } from '../crypto/owner-id.js'
import { Problem } from './problem.js'

const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i
const NUMBERED = /^(\d{1,10}):(\d{1,20})$/

/** Reads a session's name as people write it. @throws Problem `invalid_parameter`. */
export function sessionRefOf(text: string): SessionRef {
  const uuid = UUID.exec(text)
  if (uuid !== null && (text.length === 36 || text.length === 32)) {
    return { by: 'id', id: uuid.slice(1).join('-').toLowerCase() }
  }
  const numbered = NUMBERED.exec(text)
  if (numbered !== null) {
    const partition = Number(numbered[1])
    const number = BigInt(numbered[2] ?? 0)
    if (partition <= UINT32_MAX && number <= UINT64_MAX) return { by: 'number', partition, number }
  }
  throw new Problem('invalid_parameter', 'a session is named by a UUID, 32 hex digits or PARTITION:NUMBER')
}

/** Reads an owner id or account: base58 text as wallets show it, or hex. @throws Problem `invalid_parameter`. */
export function ownerIdOf(parameter: string, text: string): Uint8Array {
  const isHex = text.length === OWNER_ID_BYTES * 2 && /^[0-9a-f]+$/i.test(text)
  const bytes = isHex ? new Uint8Array(Buffer.from(text, 'hex')) : ownerIdFromText(text)
  if (bytes !== undefined) return bytes
  throw new Problem(
    'invalid_parameter',
    `query parameter ${parameter} has to be ${OWNER_ID_BYTES} bytes as base58 text or hex`,
  )
}

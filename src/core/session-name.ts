import { UINT32_MAX, UINT64_MAX } from './integers.js'
import type { SessionRef } from './session.js'

/** How people name a session, in words. */
export const SESSION_NAMES = 'a UUID, 32 hex digits or PARTITION:NUMBER'

const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i
const NUMBERED = /^(\d{1,10}):(\d{1,20})$/

/** Reads a session's name as people write it. Undefined if it is none. */
export function parseSessionName(text: string): SessionRef | undefined {
  const uuid = UUID.exec(text)
  if (uuid !== null && (text.length === 36 || text.length === 32)) {
    return { by: 'id', id: uuid.slice(1).join('-').toLowerCase() }
  }
  const numbered = NUMBERED.exec(text)
  if (numbered === null) return undefined
  const partition = Number(numbered[1])
  const number = BigInt(numbered[2] ?? 0)
  return partition <= UINT32_MAX && number <= UINT64_MAX ? { by: 'number', partition, number } : undefined
}

import Type from 'typebox'
import type { SessionRef } from '../core/session.js'
import { parseSessionName, SESSION_NAMES } from '../core/session-name.js'
import { OWNER_ID_BYTES, ownerIdFromText } from '../crypto/owner-id.js'
import { Problem } from './problem.js'

/** The parameter of routes that are about one session. */
export const SessionNameSchema = Type.Object({ id: Type.String({ maxLength: 64, description: SESSION_NAMES }) })

/** Reads a session's name as people write it. @throws Problem `invalid_parameter`. */
export function sessionRefOf(text: string): SessionRef {
  const ref = parseSessionName(text)
  if (ref !== undefined) return ref
  throw new Problem('invalid_parameter', `a session is named by ${SESSION_NAMES}`)
}

/** Reads an owner id or account: base58 text as wallets show it, or hex. @throws Problem `invalid_parameter` or `invalid_body`. */
export function ownerIdOf(
  name: string,
  text: string,
  place: 'query parameter' | 'body' = 'query parameter',
): Uint8Array {
  const isHex = text.length === OWNER_ID_BYTES * 2 && /^[0-9a-f]+$/i.test(text)
  const bytes = isHex ? new Uint8Array(Buffer.from(text, 'hex')) : ownerIdFromText(text)
  if (bytes !== undefined) return bytes
  throw new Problem(
    place === 'body' ? 'invalid_body' : 'invalid_parameter',
    `${place} ${name} has to be ${OWNER_ID_BYTES} bytes as base58 text or hex`,
  )
}

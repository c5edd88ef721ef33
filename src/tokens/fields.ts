import { bytesKey, hex } from '../core/bytes.js'
import type { SessionRef } from '../core/session.js'
import { parseSessionName } from '../core/session-name.js'
import { importPublicKey } from '../crypto/p256.js'
import { samePoint } from './keys.js'
import { failed, type GenuineAnswer, notApplicable, type Outcome, passed } from './rule.js'
import { bytesText, listed } from './text.js'

export const ID_BYTES = 16
const UUID_VERSION = 4

/** Why bytes are no session id, and the same in the SDK's words. */
export function idFault(id: Uint8Array): { readonly why: string; readonly sdk: string } | undefined {
  const takes = `takes ${ID_BYTES} bytes of a version ${UUID_VERSION} UUID`
  if (id.length === 0) return { why: `session id: got none, ${takes}`, sdk: 'missing session ID' }
  if (id.length !== ID_BYTES) {
    return {
      why: `session id: got ${id.length} bytes, ${takes}`,
      sdk: `invalid session ID: invalid UUID (got ${id.length} bytes)`,
    }
  }
  const version = (id[6] ?? 0) >>> 4
  if (version === UUID_VERSION) return undefined
  return {
    why: `session id: got a UUID of version ${version}, ${takes}`,
    sdk: `invalid session ID: wrong UUID version ${version}, expected ${UUID_VERSION}`,
  }
}

/** None for bytes that are no session id. */
export function refsById(id: Uint8Array): SessionRef[] {
  const ref = id.length === ID_BYTES ? parseSessionName(hex(id)) : undefined
  return ref === undefined ? [] : [ref]
}

/** Why bytes are no public key, or undefined. */
export function pointFault(key: Uint8Array): string | undefined {
  const read = importPublicKey(key)
  return 'reason' in read ? `session key: got ${bytesText(key)}, takes a P-256 public key (${read.reason})` : undefined
}

/** That the key which signs objects is the session's. */
export function signsObjects(
  sessionKey: Uint8Array,
  key: Uint8Array | undefined,
  genuine: readonly GenuineAnswer[],
): Outcome {
  if (key === undefined) return notApplicable('no key was given')
  if (samePoint(sessionKey, key)) return passed()
  return failed(`objects are signed by ${bytesText(key)}, and the session key is ${bytesText(sessionKey)}`, genuine)
}

/** That a container or object is among those that a token names; none named means any. */
export function isNamed(
  what: string,
  asked: readonly Uint8Array[],
  named: readonly Uint8Array[],
  genuine: readonly GenuineAnswer[],
): Outcome {
  if (asked.length === 0) return notApplicable(`no ${what} was given`)
  if (named.length === 0) return passed()
  const names = new Set(named.map(bytesKey))
  const other = asked.find((id) => !names.has(bytesKey(id)))
  if (other === undefined) return passed()
  const shown = named.slice(0, NAMES_SHOWN).map(bytesText)
  const more = named.length > NAMES_SHOWN ? [`${named.length - NAMES_SHOWN} more`] : []
  return failed(`the token is for ${what} ${listed([...shown, ...more])}, and not for ${bytesText(other)}`, genuine)
}

const NAMES_SHOWN = 3

/** True for zeros alone: the id of nothing. */
export function isZero(id: Uint8Array): boolean {
  return id.every((byte) => byte === 0)
}

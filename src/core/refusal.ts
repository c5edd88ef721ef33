import { hex } from './bytes.js'
import { type ErrorDetails, SessionError } from './errors.js'
import type { Lifetime } from './lifetime.js'
import type { SessionRef, Tombstone } from './session.js'

/** The name that a caller used, as text. */
export function nameOf(ref: SessionRef): string {
  switch (ref.by) {
    case 'id':
      return ref.id
    case 'number':
      return `${ref.partition}:${ref.number}`
    case 'account':
      return hex(ref.account)
  }
}

/** Why a session can't be used: `expired` or `closed` where a tombstone tells, else `not_found`. */
export function refusal(ref: SessionRef, tombstone: Tombstone | undefined): SessionError {
  const session = nameOf(ref)
  if (tombstone === undefined) {
    return new SessionError('not_found', `no session ${session}`, { details: { session } })
  }
  const { reason, endedAt_ms, endedBy } = tombstone
  const details = { session, endedAt_ms, endedBy, ...numbersOf(tombstone.session.lifetime) }
  return reason === 'expired'
    ? new SessionError('expired', `session ${session} has expired`, { details })
    : new SessionError('closed', `session ${session} was closed`, { details })
}

function numbersOf(lifetime: Lifetime): ErrorDetails {
  return lifetime.kind === 'epochs' ? { expiration: lifetime.expiration } : { timeout_ns: lifetime.timeout_ns }
}

import { sameBytes } from '../core/bytes.js'
import { SessionError } from '../core/errors.js'
import type { Session } from '../core/session.js'
import type { ListedSession, SessionFilter } from '../core/store.js'

/** Whether a list with this filter shows the session. */
export function matches(
  { session, end }: { readonly session: Session; readonly end?: ListedSession['end'] | undefined },
  filter: SessionFilter,
): boolean {
  const { state, generation, dialect, owner, account } = filter
  if (state !== undefined && state !== (end?.reason ?? 'open')) return false
  if (generation !== undefined && session.origin.generation !== generation) return false
  if (dialect !== undefined && session.origin.dialect !== dialect) return false
  if (owner !== undefined && !sameBytes(session.owner, owner)) return false
  return account === undefined || sameBytes(session.key?.account, account)
}

/** A place in the order of insertion, as a cursor that goes on behind it. */
export function formatCursor(sequence: number): string {
  return sequence.toString(36)
}

/** Raises `invalid`. */
export function parseCursor(cursor: string): number {
  if (/^[0-9a-z]{1,10}$/.test(cursor)) return Number.parseInt(cursor, 36)
  throw new SessionError('invalid', 'cursor is none that a page gave', { details: { field: 'cursor' } })
}

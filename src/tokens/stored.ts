import { hex, sameBytes } from '../core/bytes.js'
import { endOf } from '../core/lifetime.js'
import type { SessionRef } from '../core/session.js'
import { ownerIdText } from '../crypto/owner-id.js'
import type { FoundSession, TokenContext } from './context.js'
import { samePoint } from './keys.js'
import { needsSessionKey } from './operations.js'
import { failed, type GenuineAnswer, notApplicable, type Outcome, passed, type Rule } from './rule.js'

/** What the look-up says of the session that a token names. */
export type Stored =
  | { readonly asked: false; readonly why: string }
  | { readonly asked: true; readonly name: string; readonly session: FoundSession | undefined }

/** The first open session of these names, else the first one at all. */
export async function lookUp(
  { sessions, operation }: TokenContext,
  refs: readonly SessionRef[],
  whyNone: string,
): Promise<Stored> {
  if (sessions === undefined) return { asked: false, why: 'no store was given' }
  if (operation !== undefined && !needsSessionKey(operation)) {
    return { asked: false, why: `${operation} needs no session key` }
  }
  if (refs.length === 0) return { asked: false, why: whyNone }
  let ended: FoundSession | undefined
  for (const ref of refs) {
    const session = await sessions.find(ref)
    if (session !== undefined && session.end === undefined) return { asked: true, name: sessions.name, session }
    ended ??= session
  }
  return { asked: true, name: sessions.name, session: ended }
}

interface Subject {
  readonly context: TokenContext
  readonly stored: Stored
}

/** What genuine servers of a generation say of their own stored sessions. */
export interface StoredAnswers {
  readonly missing: readonly GenuineAnswer[]
  readonly over: readonly GenuineAnswer[]
  readonly otherOwner: readonly GenuineAnswer[]
}

/** That the session is there, open, and not over. */
export function storedRules<S extends Subject>({ missing, over }: StoredAnswers): Rule<S>[] {
  return [
    { name: 'stored_session', check: ({ stored }) => isThere(stored, missing) },
    { name: 'stored_state', check: ({ stored }) => onSession(stored, (session) => isOpen(session, missing)) },
    {
      name: 'stored_lifetime',
      check: ({ stored, context }) => onSession(stored, (session) => isWithin(session, context.epoch, over)),
    },
  ]
}

/** That it is the owner's, and has the key that the token names. */
export function namedSessionRules<S extends Subject>(
  { missing, otherOwner }: StoredAnswers,
  named: (subject: S) => { readonly owner: Uint8Array; readonly key: Uint8Array },
): Rule<S>[] {
  return [
    {
      name: 'stored_owner',
      check: (subject) => onSession(subject.stored, (session) => isOwned(session, named(subject).owner, otherOwner)),
    },
    {
      name: 'stored_key',
      check: (subject) => onSession(subject.stored, (session) => hasKey(session, named(subject).key, missing)),
    },
  ]
}

function isThere(stored: Stored, genuine: readonly GenuineAnswer[]): Outcome {
  if (!stored.asked) return notApplicable(stored.why)
  if (stored.session !== undefined) return passed()
  return failed(`${stored.name} has no such session, open or remembered`, genuine)
}

function onSession(stored: Stored, check: (session: FoundSession) => Outcome): Outcome {
  if (!stored.asked) return notApplicable(stored.why)
  return stored.session === undefined ? notApplicable('there is no such session') : check(stored.session)
}

function isOpen({ id, end }: FoundSession, genuine: readonly GenuineAnswer[]): Outcome {
  if (end === undefined) return passed()
  const at = new Date(end.endedAt_ms).toISOString()
  const how = end.reason === 'expired' ? 'expired' : 'was closed'
  return failed(`session ${id} ${how} at ${at} (${end.endedBy}): a new one has to be opened`, genuine)
}

function isWithin(
  { id, lifetime, end }: FoundSession,
  epoch: bigint | undefined,
  genuine: readonly GenuineAnswer[],
): Outcome {
  if (end !== undefined) return notApplicable('the session has ended')
  if (lifetime.kind === 'timeout') return notApplicable(`session ${id} has a timeout and no epochs`)
  if (epoch === undefined) return notApplicable('no epoch was given')
  const over = endOf(lifetime)
  return epoch < over ? passed() : failed(`session ${id} is over from epoch ${over} on, and it is ${epoch}`, genuine)
}

function isOwned({ id, owner }: FoundSession, wanted: Uint8Array, genuine: readonly GenuineAnswer[]): Outcome {
  if (owner === undefined) return notApplicable(`session ${id} has no owner`)
  if (sameBytes(owner, wanted)) return passed()
  return failed(`session ${id} was opened for ${ownerIdText(owner)}, and the token names another owner`, genuine)
}

function hasKey({ id, publicKey }: FoundSession, wanted: Uint8Array, genuine: readonly GenuineAnswer[]): Outcome {
  if (publicKey === undefined) return notApplicable(`session ${id} has no key`)
  if (samePoint(publicKey, wanted)) return passed()
  return failed(`session ${id} has the key ${hex(publicKey)}, and the token names ${hex(wanted)}`, genuine)
}

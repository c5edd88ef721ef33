import type { Now } from '../../../src/core/lifetime.js'
import type { Session } from '../../../src/core/session.js'
import type { SessionStore } from '../../../src/core/store.js'

/** What is due, of an answer that is a right one in itself. */
export async function dueOf(
  store: SessionStore,
  now: Now,
  limit: number,
  partition?: number,
): Promise<readonly Session[]> {
  const { sessions, more } = await store.due(now, limit, partition)
  if (sessions.length > limit) throw new Error(`${sessions.length} sessions, asked for ${limit}`)
  if (sessions.length === limit && !more) throw new Error('a full answer has to say that there may be more')
  return sessions
}

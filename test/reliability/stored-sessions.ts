import type { Lifetime } from '../../src/core/lifetime.js'
import type { Session } from '../../src/core/session.js'
import type { ListedSession, SessionStore } from '../../src/core/store.js'

const PAGE = 1000

/**
 * Everything that a store says of a session, as text to compare. The last renewal of an open one is left out: a session with a
 * timeout gets a full one when its store is opened again.
 */
export function storedText({ session, end }: ListedSession): string {
  const lifetime = end === undefined ? withoutRenewal(session.lifetime) : session.lifetime
  return JSON.stringify({ ...session, lifetime, end }, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
  })
}

/** Every session of a store by its id. Throws what the store throws. */
export async function listStored(store: SessionStore): Promise<Map<string, ListedSession>> {
  const found = new Map<string, ListedSession>()
  for (let cursor: string | undefined; ; ) {
    const page = await store.list({}, PAGE, cursor)
    for (const item of page.items) found.set(item.session.id, item)
    if (page.cursor === undefined) return found
    cursor = page.cursor
  }
}

/** What a session is found to be by each of its names: the text of each that does not lead to it as it is listed. */
export async function misnamed(store: SessionStore, listed: Iterable<ListedSession>): Promise<string[]> {
  const wrong: string[] = []
  for (const item of listed) {
    const { session, end } = item
    const { id, partition, number, key } = session
    const refs = [
      { by: 'id', id } as const,
      ...(number === undefined ? [] : [{ by: 'number', partition, number } as const]),
      ...(key === undefined ? [] : [{ by: 'account', account: key.account } as const]),
    ]
    const text = storedText(item)
    for (const ref of refs) {
      const found = end === undefined ? await openBy(store, ref) : await endedBy(store, ref)
      if (found !== text) wrong.push(`by its ${ref.by} ${id} is ${found}`)
    }
  }
  return wrong
}

type Ref = Parameters<SessionStore['get']>[0]

async function openBy(store: SessionStore, ref: Ref): Promise<string | undefined> {
  const session = await store.get(ref)
  return session && storedText({ session })
}

async function endedBy(store: SessionStore, ref: Ref): Promise<string | undefined> {
  const tombstone = await store.tombstone(ref)
  if (tombstone === undefined) return undefined
  const { session, ...end } = tombstone
  return storedText({ session, end })
}

function withoutRenewal(lifetime: Lifetime): Session['lifetime'] {
  return lifetime.kind === 'timeout' ? { ...lifetime, renewedAt: 0n } : lifetime
}

import type { ListedSession, Page, SessionFilter } from '../../core/store.js'
import { formatCursor, matches, parseCursor } from '../listing.js'
import type { Tables } from './environment.js'
import { sequenceAt, sequenceKey } from './keys.js'
import type { Reader } from './reader.js'

/** Rows that one page looks at, at about 5 µs each; a filter that matches little gets a short page and a cursor. */
const ROWS_PER_PAGE = 2_000

/** One page of sessions, open and ended, in the order in which they were inserted. */
export function page(tables: Tables, reader: Reader, filter: SessionFilter, limit: number, cursor?: string): Page {
  const items: ListedSession[] = []
  let last = cursor === undefined ? 0 : parseCursor(cursor)
  let looked = 0
  for (const row of tables.sessions.getRange({ start: sequenceKey(last + 1) })) {
    if (looked === ROWS_PER_PAGE) return { items, cursor: formatCursor(last) }
    looked += 1
    const key = Buffer.from(row.key)
    const sequence = sequenceAt(key)
    const stored = reader.read(sequence, key, Buffer.from(row.value))
    if (matches(stored, filter)) {
      // One more than asked for exists, so there is another page.
      if (items.length >= limit) return { items, cursor: formatCursor(last) }
      items.push({ session: stored.session, ...(stored.end !== undefined && { end: stored.end }) })
    }
    last = sequence
  }
  return { items }
}

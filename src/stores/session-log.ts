import type { ListedSession, Page, SessionFilter } from '../core/store.js'
import type { Entry } from './entry.js'
import { formatCursor, matches, parseCursor } from './listing.js'

/** Entries that one page looks at, a few milliseconds of work; a filter that matches little gets a short page and a cursor. */
const ENTRIES_PER_PAGE = 50_000

/** All sessions in the order they came, for lists that can be continued while others come and go. */
export class SessionLog {
  #entries: Entry[] = []
  #sequence = 0
  #gaps = 0

  /** For the entry that is appended next. */
  nextSequence(): number {
    this.#sequence += 1
    return this.#sequence
  }

  append(entry: Entry): void {
    this.#entries.push(entry)
  }

  remove(entry: Entry): void {
    if (entry.forgotten) return
    entry.forgotten = true
    this.#gaps += 1
    if (this.#gaps > 32 && this.#gaps * 2 > this.#entries.length) {
      this.#entries = this.#entries.filter((kept) => !kept.forgotten)
      this.#gaps = 0
    }
  }

  page(filter: SessionFilter, limit: number, cursor: string | undefined): Page {
    const first = cursor === undefined ? 0 : this.#indexAfter(parseCursor(cursor))
    const end = Math.min(this.#entries.length, first + ENTRIES_PER_PAGE)
    const items: ListedSession[] = []
    let last = 0
    for (let index = first; index < end; index += 1) {
      const entry = this.#entries[index]
      if (entry === undefined || entry.forgotten || !matches(entry, filter)) continue
      // One more than asked for exists, so there is another page.
      if (items.length >= limit) return { items, cursor: formatCursor(last) }
      items.push({ session: entry.session, ...(entry.end !== undefined && { end: entry.end }) })
      last = entry.sequence
    }
    const lastSeen = this.#entries[end - 1]
    return end < this.#entries.length && lastSeen !== undefined
      ? { items, cursor: formatCursor(lastSeen.sequence) }
      : { items }
  }

  /** Index of the first entry that came after `sequence`. */
  #indexAfter(sequence: number): number {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#entries[middle]?.sequence ?? 0) > sequence) high = middle
      else low = middle + 1
    }
    return low
  }
}

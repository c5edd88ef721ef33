import { bytesKey } from './bytes.js'
import type { SessionError } from './errors.js'
import type { SessionLimits } from './limits.js'
import { afterwards, chain, undoOnFailure } from './maybe.js'
import type { Session } from './session.js'
import type { Maybe, SessionStore } from './store.js'

export interface OwnerPlacesParts {
  readonly store: Pick<SessionStore, 'countOf' | 'oldestOf'>
  readonly limits: Pick<SessionLimits, 'sessionsPerOwner' | 'onOwnerLimit'>
  /** Counts that the limit was hit, and makes the error for whoever is refused. */
  readonly refusal: () => SessionError
  /** Ends a session to make room for another of its owner; nothing if it ended or was renewed meanwhile. */
  readonly evict: (session: Session) => Maybe<unknown>
}

/** The sessions of one owner that are being opened. */
interface Line {
  /** All of them. */
  places: number
  /** Those who do not know yet whether there is room for them. */
  asking: number
  /** Those that the store is just taking: it may count them already. */
  storing: number
  /** How many the store has begun to take, and how many it is done with. */
  begun: number
  settled: number
  /** Wakes the one whose turn it is when the store is done with one. */
  onSettled: (() => void) | undefined
  /** Resolves when the last of those who take turns has had its turn. */
  turns: Promise<void>
}

/**
 * Keeps the open sessions of each owner at their limit. A session takes a place before the store has it, and gives it back when
 * the store is done with it, so that those who ask together never pass the limit together. Where there is surely room nobody
 * waits. Near the limit they take turns, and each waits until the store counts exactly: so as many pass, and as few of the
 * oldest are ended, as can be.
 */
export class OwnerPlaces {
  readonly #parts: OwnerPlacesParts
  readonly #lines = new Map<string, Line>()

  constructor(parts: OwnerPlacesParts) {
    this.#parts = parts
  }

  /** Takes a place, or raises SessionError `limit` and takes none. */
  take(owner: Uint8Array): Maybe<void> {
    const line = this.#lineOf(bytesKey(owner))
    line.places += 1
    line.asking += 1
    const { settled } = line
    const counted = undoOnFailure(
      () => this.#parts.store.countOf(owner),
      () => {
        line.asking -= 1
        this.giveBack(owner)
      },
    )
    return chain(counted, (count): Maybe<void> => {
      // All who ask count here, so that nobody gets in before those whose turn it is.
      if (!this.#fits(count, line.places, line, settled)) return this.#takeTurn(owner, line)
      line.asking -= 1
    })
  }

  /** Has the store take a session that holds a place; the place is free afterwards, also if the store refuses. */
  store(owner: Uint8Array, insert: () => Maybe<void>): Maybe<void> {
    const line = this.#lineOf(bytesKey(owner))
    line.storing += 1
    line.begun += 1
    return afterwards(insert, () => {
      line.storing -= 1
      line.settled += 1
      this.giveBack(owner)
      line.onSettled?.()
    })
  }

  giveBack(owner: Uint8Array): void {
    const key = bytesKey(owner)
    const line = this.#lineOf(key)
    line.places -= 1
    if (line.places === 0) this.#lines.delete(key)
  }

  #lineOf(key: string): Line {
    let line = this.#lines.get(key)
    if (line === undefined) {
      line = { places: 0, asking: 0, storing: 0, begun: 0, settled: 0, onSettled: undefined, turns: NO_TURNS }
      this.#lines.set(key, line)
    }
    return line
  }

  /** Never too few: what the store took while it counted is in one of the numbers, at worst in two. */
  #fits(count: number, places: number, { settled }: Line, settledBefore: number): boolean {
    return count + places + settled - settledBefore <= this.#parts.limits.sessionsPerOwner
  }

  async #takeTurn(owner: Uint8Array, line: Line): Promise<void> {
    const before = line.turns
    let done = (): void => {}
    line.turns = new Promise((resolve) => {
      done = resolve
    })
    await before
    line.asking -= 1
    try {
      await this.#makeRoom(owner, line)
    } catch (error) {
      this.giveBack(owner)
      throw error
    } finally {
      done()
    }
  }

  async #makeRoom(owner: Uint8Array, line: Line): Promise<void> {
    const { store, limits, refusal, evict } = this.#parts
    for (;;) {
      const { begun, settled, storing } = line
      const count = await store.countOf(owner)
      if (this.#fits(count, line.places - line.asking, line, settled)) return
      if (storing > 0 || line.begun > begun) {
        await settledOne(line)
        continue
      }
      const error = refusal()
      const oldest = limits.onOwnerLimit === 'evictOldest' ? await store.oldestOf(owner) : undefined
      if (oldest !== undefined) await evict(oldest)
      // Where all of them ended since they were counted there is room, and nobody to end.
      else if (limits.onOwnerLimit === 'refuse' || (await store.countOf(owner)) >= count) throw error
    }
  }
}

const NO_TURNS = Promise.resolve()

/** Resolves at once where the store is taking nothing. */
function settledOne(line: Line): Promise<void> {
  if (line.storing === 0) return NO_TURNS
  return new Promise((resolve) => {
    line.onSettled = () => {
      line.onSettled = undefined
      resolve()
    }
  })
}

import { isOver, type Now } from '../../core/lifetime.js'
import { DamageError } from './damage.js'
import {
  type DeadlineQueue,
  epochQueue,
  formerRange,
  lazyQueue,
  overRange,
  sequenceOfDeadline,
  timeoutQueue,
} from './deadline-key.js'
import type { Tables } from './environment.js'
import type { Incarnation } from './processes.js'
import type { Found, Reader } from './reader.js'

export interface DeadlinesParts {
  readonly tables: Tables
  readonly reader: Reader
  readonly incarnation: Incarnation
}

export interface Overdue {
  /** The oldest deadlines of each kind first. */
  readonly sessions: readonly Found[]
  /** Sequences of those that were renewed since they were put in the index; they are put back where they belong now. */
  readonly renewed: readonly number[]
  /** There may be more of either. */
  readonly more: boolean
  /** Of those that are damaged: they keep no other from ending. */
  readonly faults: readonly DamageError[]
}

/** Index entries that one search moves, at about 15 µs each. */
const MOVES_MAX = 200

/** Sessions that can't be read, behind which one search still looks. They stay at the head of the index. */
const DAMAGED_MAX = 1_000

/**
 * Finds sessions whose lifetime is over. A renewal does not touch the index: an entry whose session was renewed is found when
 * its old deadline comes, and put back. Entries of earlier boots of the machine are all put back, slice by slice: they say
 * nothing about now.
 */
export class Deadlines {
  readonly #parts: DeadlinesParts

  constructor(parts: DeadlinesParts) {
    this.#parts = parts
  }

  /** As `SessionStore.due`; `grace` is how long ago a timeout has to have ended. */
  over(now: Now, limit: number, partition: number | undefined, grace: bigint): Overdue {
    const instant = now.instant - grace
    const queue = partition === undefined ? timeoutQueue : lazyQueue(partition)
    const timed = this.#timed(queue, { ...now, instant }, limit)
    if (partition !== undefined) return timed
    const epochs = this.#epochs(now, limit)
    return {
      sessions: inTurn(epochs.sessions, timed.sessions, limit),
      renewed: timed.renewed,
      more: timed.more || epochs.sessions.length + timed.sessions.length >= limit,
      faults: [...epochs.faults, ...timed.faults],
    }
  }

  #epochs(now: Now, limit: number): Pick<Overdue, 'sessions' | 'faults'> {
    const sessions: Found[] = []
    const faults: DamageError[] = []
    for (const key of this.#keys(overRange(epochQueue, 0, now.epoch), limit + DAMAGED_MAX)) {
      if (sessions.length >= limit) break
      const found = this.#foundAt(key, faults)
      if (found !== undefined) sessions.push(found)
    }
    return { sessions, faults }
  }

  #timed(queue: DeadlineQueue, now: Now, limit: number): Overdue {
    const { boot } = this.#parts.incarnation
    const sessions: Found[] = []
    const renewed: number[] = []
    const faults: DamageError[] = []
    const former = this.#keys(formerRange(queue, boot), MOVES_MAX)
    for (const key of former) renewed.push(sequenceOfDeadline(key))
    for (const key of this.#keys(overRange(queue, boot, now.instant), limit + MOVES_MAX + DAMAGED_MAX)) {
      if (sessions.length >= limit || renewed.length >= MOVES_MAX) break
      const found = this.#foundAt(key, faults)
      if (found === undefined) continue
      if (isOver(found.session.lifetime, now)) sessions.push(found)
      else renewed.push(sequenceOfDeadline(key))
    }
    return { sessions, renewed, more: sessions.length >= limit || renewed.length > 0, faults }
  }

  /** Copies: what is read in between moves the memory that the cursor shows. */
  *#keys(range: { start: Buffer; end: Buffer }, limit: number): Generator<Uint8Array, void> {
    for (const key of this.#parts.tables.deadlines.getKeys({ ...range, limit })) yield Buffer.from(key)
  }

  #foundAt(key: Uint8Array, faults: DamageError[]): Found | undefined {
    try {
      const found = this.#parts.reader.at(sequenceOfDeadline(key))
      if (found !== undefined && found.end === undefined) return found
      faults.push(new DamageError(`the deadline ${Buffer.from(key).toString('hex')} leads to no open session`))
    } catch (error) {
      if (!(error instanceof DamageError)) throw error
      faults.push(error)
    }
    return undefined
  }
}

/** One of each in turn, so that a million sessions that end with an epoch don't keep those with a timeout waiting. */
function inTurn(one: readonly Found[], other: readonly Found[], limit: number): Found[] {
  const sessions: Found[] = []
  for (let index = 0; sessions.length < limit && index < Math.max(one.length, other.length); index += 1) {
    for (const queue of [one, other]) {
      const session = queue[index]
      if (session !== undefined && sessions.length < limit) sessions.push(session)
    }
  }
  return sessions
}

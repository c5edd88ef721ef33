import type { Instant } from '../../core/clock.js'
import { SessionError } from '../../core/errors.js'
import type { EndReason, Session } from '../../core/session.js'
import { SessionRecord } from '../../generated/store/store.js'
import type { CountingBatch } from './batch.js'
import { DamageError } from './damage.js'
import { deadlineKeyOf } from './deadline-key.js'
import type { Tables } from './environment.js'
import { toRow } from './frame.js'
import { idBytes, nameKey, ownerKey, sequenceAt, sequenceKey } from './keys.js'
import type { Incarnation } from './processes.js'
import { type Found, namesOf, type Reader } from './reader.js'
import { type Stored, toRecord, withoutPrivateKey } from './record.js'
import { indexedLifetime, newTimer, readTimer, timerRow } from './timers.js'
import { unsettledRow } from './unsettled.js'

/** An index entry says all it has to say by its key. */
const PRESENT = Uint8Array.of(1)

export interface End {
  readonly reason: EndReason
  readonly endedBy: string
  readonly endedAt_ms: number
  readonly ifRenewedAt?: Instant
}

export interface Forgotten {
  readonly all: number
  /** Of them those that were one too many. */
  readonly forLimit: number
}

export interface Settled {
  readonly all: number
  /** Of those that can't be read. */
  readonly faults: readonly DamageError[]
}

export interface ChangesParts {
  readonly tables: Tables
  readonly batch: CountingBatch
  readonly reader: Reader
  readonly incarnation: Incarnation
  /** Ended sessions that are remembered. */
  readonly tombstones: number
}

/** What happens to sessions, as rows that change together. Each runs inside a transaction, and reads before it writes. */
export class Changes {
  readonly #parts: ChangesParts

  constructor(parts: ChangesParts) {
    this.#parts = parts
  }

  insert(session: Session): void {
    const { tables, batch, reader, incarnation } = this.#parts
    const id = idBytes(session.id)
    if (id === undefined) throw internal(`${session.id} is no UUID`)
    const { partition, number, owner, lifetime } = session
    const named = [nameKey.id(id), ...(number === undefined ? [] : [nameKey.number(partition, number)])]
    if (named.some((key) => tables.names.doesExist(key))) throw internal(`session ${session.id} is stored already`)
    const ownerCount = owner === undefined ? 0 : reader.countOf(ownerKey.count(owner))

    const sequence = batch.nextSequence()
    const key = sequenceKey(sequence)
    batch.put(tables.sessions, key, toRow(SessionRecord, key, toRecord({ session })))
    for (const name of namesOf(id, { session })) batch.put(tables.names, name, key)
    batch.put(tables.deadlines, deadlineKeyOf(lifetime, partition, incarnation.boot, sequence), PRESENT)
    if (lifetime.kind === 'timeout') {
      batch.put(tables.timers, key, timerRow(sequence, newTimer(lifetime.renewedAt, incarnation)))
    }
    batch.countOpen(session.origin.generation, 1)
    if (owner === undefined) return
    batch.put(tables.owners, ownerKey.session(owner, sequence), PRESENT)
    batch.put(tables.owners, ownerKey.count(owner), sequenceKey(ownerCount + 1))
  }

  /** The session as it was; undefined if it is not open, or was renewed after `ifRenewedAt`. */
  end(id: string, how: End): Session | undefined {
    const found = this.#parts.reader.find({ by: 'id', id })
    return found === undefined || found.end !== undefined ? undefined : this.#end(found, how)
  }

  /**
   * As `end`, for an open session that was read before, and at a quarter of the cost: it leaves the index of deadlines, one row says
   * how it ended, and `settle` does the rest.
   */
  endUnsettled(found: Found, how: End): Session | undefined {
    const now = this.#parts.reader.again(found)
    if (now === undefined || isRenewed(now, how)) return undefined
    const { tables, batch } = this.#parts
    const { session, sequence } = now
    const deadline = this.#deadlineOf(now)
    const count = this.#countOf(session)
    batch.put(tables.unsettled, sequenceKey(sequence), unsettledRow(sequence, session, endOf(how)))
    this.#leave(session, deadline, count)
    batch.countUnsettled(1)
    return session
  }

  /**
   * Makes up to `count` sessions that were ended by `endUnsettled` what the others are that ended. Those that can't be read are added
   * to `unreadable`, and those that are in it left alone: they keep no other waiting.
   */
  settle(count: number, unreadable: Set<number>): Settled {
    const { tables, batch, reader } = this.#parts
    const faults: DamageError[] = []
    if (batch.unsettled === 0) return { all: 0, faults }
    const all: (Required<Stored> & { readonly sequence: number })[] = []
    // Read before anything is written.
    for (const key of [...tables.unsettled.getKeys({ limit: count + unreadable.size })].map((key) =>
      Buffer.from(key),
    )) {
      const sequence = sequenceAt(key)
      if (unreadable.has(sequence) || all.length >= count) continue
      try {
        const { session, end } = reader.at(sequence) ?? {}
        if (session === undefined || end === undefined)
          throw new DamageError(`the end at ${sequence} leads to no session`)
        all.push({ sequence, session, end })
      } catch (error) {
        if (!(error instanceof DamageError)) throw error
        unreadable.add(sequence)
        faults.push(error)
      }
    }
    for (const ended of all) {
      this.#bury(ended)
      batch.remove(tables.unsettled, sequenceKey(ended.sequence))
      batch.countUnsettled(-1)
    }
    return { all: all.length, faults }
  }

  #end(found: Found, how: End): Session | undefined {
    if (isRenewed(found, how)) return undefined
    const { session, sequence } = found
    const deadline = this.#deadlineOf(found)
    const count = this.#countOf(session)
    this.#leave(session, deadline, count)
    this.#bury({ sequence, session: withoutPrivateKey(session), end: endOf(how) })
    return session
  }

  /** Of the owner, with this one. */
  #countOf({ owner }: Session): number {
    return owner === undefined ? 0 : this.#parts.reader.countOf(ownerKey.count(owner))
  }

  /** A session that is open no more: it leaves the index of deadlines and the counts. */
  #leave({ owner, origin }: Session, deadline: Buffer, ownerCount: number): void {
    const { tables, batch } = this.#parts
    batch.remove(tables.deadlines, deadline)
    batch.countOpen(origin.generation, -1)
    if (owner === undefined) return
    if (ownerCount > 1) batch.put(tables.owners, ownerKey.count(owner), sequenceKey(ownerCount - 1))
    else batch.remove(tables.owners, ownerKey.count(owner))
  }

  /** Makes the other rows of a session that has left the index those of its tombstone. */
  #bury({ sequence, session, end }: Required<Stored> & { readonly sequence: number }): void {
    const { tables, batch } = this.#parts
    const { lifetime, owner } = session
    const key = sequenceKey(sequence)
    batch.put(tables.sessions, key, toRow(SessionRecord, key, toRecord({ session, end })))
    if (lifetime.kind === 'timeout') batch.remove(tables.timers, key)
    if (owner !== undefined) batch.remove(tables.owners, ownerKey.session(owner, sequence))
    batch.put(tables.ends, sequenceKey(batch.nextEnd()), key)
    batch.countTombstones(1)
  }

  /** Up to `count` tombstones, the oldest first: those beyond the limit, and those of sessions that ended before then. */
  forget(before_ms: number, count: number): Forgotten {
    let [all, forLimit] = [0, 0]
    for (; all < count; all += 1) {
      const isBeyond = this.#parts.batch.tombstones > this.#parts.tombstones
      if (!this.#forgetOldest(isBeyond ? Number.POSITIVE_INFINITY : before_ms)) break
      if (isBeyond) forLimit += 1
    }
    return { all, forLimit }
  }

  /** The tombstone of the session that ended first, if it did so before then. False if it did not, or there is none. */
  #forgetOldest(before_ms: number): boolean {
    const { tables, batch, reader } = this.#parts
    if (batch.tombstones === 0) return false
    const key = sequenceKey(batch.oldestEnd)
    const value = tables.ends.getBinaryFast(key)
    const sequence = value === undefined ? undefined : sequenceAt(value)
    const found = sequence === undefined ? undefined : reader.at(sequence)
    if (sequence === undefined || found?.end === undefined) {
      throw new DamageError(`the end ${batch.oldestEnd} leads to no session that ended`)
    }
    if (found.end.endedAt_ms >= before_ms) return false
    const id = idBytes(found.session.id)
    const names = id === undefined ? [] : namesOf(id, found)
    // Another session may have come with the same key, where keys are given from outside.
    const isShared = found.session.key !== undefined
    const own = isShared ? names.filter((name) => reader.sequenceOf(name) === sequence) : names
    batch.remove(tables.ends, key)
    batch.remove(tables.sessions, sequenceKey(sequence))
    for (const name of own) batch.remove(tables.names, name)
    batch.countTombstones(-1)
    return true
  }

  /** Writes down a renewal, if the session is open and `at` is later than the last. */
  renew(id: string, at: Instant): void {
    const { tables, batch, reader, incarnation } = this.#parts
    const name = idBytes(id)
    const sequence = name === undefined ? undefined : reader.sequenceOf(nameKey.id(name))
    if (sequence === undefined || !tables.timers.doesExist(sequenceKey(sequence))) return
    if (tables.unsettled.doesExist(sequenceKey(sequence))) return
    const timer = readTimer(tables.timers, sequence)
    if (timer.incarnation === incarnation.number && timer.renewedAt >= at) return
    const renewed = { ...timer, renewedAt: at, incarnation: incarnation.number }
    batch.put(tables.timers, sequenceKey(sequence), timerRow(sequence, renewed))
  }

  /** Puts a session in the index where its deadline is now. */
  reindex(sequence: number): void {
    const { tables, batch, reader, incarnation } = this.#parts
    const found = reader.at(sequence)
    if (found === undefined || found.end !== undefined) return
    const { lifetime, partition } = found.session
    if (lifetime.kind === 'epochs') return
    const before = this.#deadlineOf(found)
    const after = deadlineKeyOf(lifetime, partition, incarnation.boot, sequence)
    if (before.equals(after)) return
    const { renewedAt } = lifetime
    batch.remove(tables.deadlines, before)
    batch.put(tables.deadlines, after, PRESENT)
    batch.put(tables.timers, sequenceKey(sequence), timerRow(sequence, newTimer(renewedAt, incarnation)))
  }

  /** Where the session stands in the index. */
  #deadlineOf({ session, sequence, timer }: Found): Buffer {
    const { lifetime, partition } = session
    if (lifetime.kind === 'epochs' || timer === undefined) return deadlineKeyOf(lifetime, partition, 0, sequence)
    return deadlineKeyOf(indexedLifetime(lifetime, timer), partition, timer.indexedBoot, sequence)
  }
}

function isRenewed({ session: { lifetime } }: Found, { ifRenewedAt }: End): boolean {
  return ifRenewedAt !== undefined && lifetime.kind === 'timeout' && lifetime.renewedAt !== ifRenewedAt
}

function endOf({ reason, endedBy, endedAt_ms }: End): NonNullable<Stored['end']> {
  return { reason, endedBy, endedAt_ms }
}

function internal(cause: string): SessionError {
  return new SessionError('internal', 'internal error', { cause: new Error(cause) })
}

import { sameBytes } from '../../core/bytes.js'
import type { Instant } from '../../core/clock.js'
import type { Session, SessionRef } from '../../core/session.js'
import { SessionRecord, type Timer } from '../../generated/store/store.js'
import { DamageError } from './damage.js'
import { deadlineKeyOf } from './deadline-key.js'
import type { Tables } from './environment.js'
import { fromRow, rowAt } from './frame.js'
import { nameKey, nameKeyOf, ownerKey, SEQUENCE_BYTES, sequenceAt, sequenceKey } from './keys.js'
import type { Incarnation } from './processes.js'
import { fromRecord, type Stored } from './record.js'
import { effectiveRenewal, readTimer, withRenewal } from './timers.js'
import { asEnded, readUnsettled } from './unsettled.js'

/** A session with its place in the order of insertion. */
export interface Found extends Stored {
  readonly sequence: number
  /** Of an open session with a timeout. */
  readonly timer?: Timer
}

/** Sessions of one owner that have ended and are not settled, behind which a search for an open one still looks: some milliseconds. */
const UNSETTLED_MAX = 2_000

export interface ReaderParts {
  readonly tables: Tables
  readonly incarnation: Incarnation
  /** Renewals of this process that are not written yet. */
  readonly unwritten: { get(id: string): Instant | undefined }
}

/** Reads sessions as they are now: the record, the timer, and what this process has not written yet. @throws DamageError */
export class Reader {
  readonly #parts: ReaderParts

  constructor(parts: ReaderParts) {
    this.#parts = parts
  }

  /** Open or ended. An owner in the ref must match. */
  find(ref: SessionRef): Found | undefined {
    const key = nameKeyOf(ref)
    if (key === undefined) return undefined
    const sequence = this.sequenceOf(key)
    if (sequence === undefined) return undefined
    const found = this.at(sequence)
    if (found === undefined || !isNamed(found, ref)) {
      throw new DamageError(`the name ${key.toString('hex')} leads to no session of that name`)
    }
    if (ref.by === 'id' && ref.owner !== undefined && !sameBytes(found.session.owner, ref.owner)) return undefined
    return found
  }

  at(sequence: number): Found | undefined {
    const key = sequenceKey(sequence)
    const row = rowAt(this.#parts.tables.sessions, key)
    return row === undefined ? undefined : this.read(sequence, key, row)
  }

  /** The session of a row of the sessions table. */
  read(sequence: number, key: Uint8Array, row: Uint8Array): Found {
    // Its fields are views: plain ones, as every other engine gives them.
    const bytes = new Uint8Array(row.buffer, row.byteOffset, row.byteLength)
    const { session, end } = fromRecord(fromRow(SessionRecord, key, bytes))
    if (end !== undefined) return { sequence, session, end }
    const unsettled = readUnsettled(this.#parts.tables.unsettled, sequence)
    if (unsettled !== undefined) return { sequence, ...asEnded(session, unsettled) }
    return session.lifetime.kind === 'epochs' ? { sequence, session } : this.#withTimer(sequence, session)
  }

  /** The session as it is now, by the only thing of it that may have changed; undefined if it has ended. */
  again({ sequence, session }: Found): Found | undefined {
    const { deadlines, timers, unsettled } = this.#parts.tables
    const { lifetime, partition } = session
    if (lifetime.kind === 'timeout') {
      const key = sequenceKey(sequence)
      return timers.doesExist(key) && !unsettled.doesExist(key) ? this.#withTimer(sequence, session) : undefined
    }
    return deadlines.doesExist(deadlineKeyOf(lifetime, partition, 0, sequence)) ? { sequence, session } : undefined
  }

  #withTimer(sequence: number, session: Session): Found {
    const { tables, incarnation, unwritten } = this.#parts
    const timer = readTimer(tables.timers, sequence)
    const stored = effectiveRenewal(timer, incarnation)
    const fresh = unwritten.get(session.id)
    const renewedAt = fresh !== undefined && fresh > stored ? fresh : stored
    return { sequence, timer, session: { ...session, lifetime: withRenewal(session.lifetime, renewedAt) } }
  }

  sequenceOf(key: Buffer): number | undefined {
    const value = this.#parts.tables.names.getBinaryFast(key)
    return value === undefined ? undefined : sequenceAt(value)
  }

  /** The open session of that owner that was inserted first; undefined also if very many before it have just ended. */
  oldestOf(owner: Uint8Array): Found | undefined {
    const { owners, unsettled } = this.#parts.tables
    const range = { start: ownerKey.session(owner, 0), end: ownerKey.session(owner, Number.MAX_SAFE_INTEGER) }
    for (const key of owners.getKeys({ ...range, limit: UNSETTLED_MAX })) {
      const sequence = sequenceAt(key, key.length - SEQUENCE_BYTES)
      if (unsettled.doesExist(sequenceKey(sequence))) continue
      const found = this.at(sequence)
      if (found === undefined || found.end !== undefined) throw new DamageError('an owner leads to no open session')
      return found
    }
    return undefined
  }

  /** How many open sessions an owner has. */

  countOf(ownerCountKey: Buffer): number {
    const value = this.#parts.tables.owners.getBinaryFast(ownerCountKey)
    return value === undefined ? 0 : sequenceAt(value)
  }
}

/** A name leads to a session by a number: whether it is that session's name, the session itself says. */
export function isNamed({ session }: Stored, ref: SessionRef): boolean {
  switch (ref.by) {
    case 'id':
      return session.id === ref.id
    case 'number':
      return session.partition === ref.partition && session.number === ref.number
    case 'account':
      return sameBytes(session.key?.account, ref.account)
  }
}

/** Every name of a session. */
export function namesOf(id: Uint8Array, { session }: Stored): Buffer[] {
  const { number, partition, key } = session
  return [
    nameKey.id(id),
    ...(number === undefined ? [] : [nameKey.number(partition, number)]),
    ...(key === undefined ? [] : [nameKey.account(key.account)]),
  ]
}

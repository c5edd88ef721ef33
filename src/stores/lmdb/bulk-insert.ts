import type { Session, Tombstone } from '../../core/session.js'
import { SessionRecord } from '../../generated/store/store.js'
import type { CountingBatch } from './batch.js'
import type { Changes } from './changes.js'
import { DamageError } from './damage.js'
import type { Table, Tables } from './environment.js'
import { toRow } from './frame.js'
import { idBytes, metaKey, nameKey, partitionKey, sequenceKey } from './keys.js'
import { numberRow, readNumber } from './numbers.js'
import { namesOf } from './reader.js'
import { toRecord, withoutPrivateKey } from './record.js'

export interface BulkInsertParts {
  readonly tables: Tables
  readonly batch: CountingBatch
  readonly changes: Changes
  /** Partitions whose last number is remembered one by one. */
  readonly partitions: number
}

/** Sessions and numbers of another store, put in by one transaction. */
export class BulkInsert {
  readonly #parts: BulkInsertParts
  readonly #ends: { readonly endedAt_ms: number; readonly key: Buffer }[] = []
  /** As the other store remembers them, one by one. */
  readonly #numbers = new Map<number, bigint>()
  /** The highest number of its sessions, by partition. */
  readonly #given = new Map<number, bigint>()
  #forgottenThere = 0n

  constructor(parts: BulkInsertParts) {
    this.#parts = parts
  }

  /** By which name a session is there already. */
  conflictOf({ id, partition, number }: Session): 'id' | 'number' | undefined {
    const { names } = this.#parts.tables
    const bytes = idBytes(id)
    if (bytes !== undefined && names.doesExist(nameKey.id(bytes))) return 'id'
    return number !== undefined && names.doesExist(nameKey.number(partition, number)) ? 'number' : undefined
  }

  /** An open one without a conflict. The order of insertion is the order of sessions. */
  add(session: Session): void {
    this.#raiseNumber(session)
    this.#parts.changes.insert(session)
  }

  /** One that has ended, without a conflict. Ends are put in the order of their times. */
  addEnded(session: Session, end: Omit<Tombstone, 'session'>): void {
    this.#raiseNumber(session)
    const { tables, batch } = this.#parts
    const id = idBytes(session.id)
    if (id === undefined) throw new DamageError(`${session.id} is no UUID`)
    const key = sequenceKey(batch.nextSequence())
    const stored = { session: withoutPrivateKey(session), end }
    batch.put(tables.sessions, key, toRow(SessionRecord, key, toRecord(stored)))
    for (const name of namesOf(id, stored)) batch.put(tables.names, name, key)
    batch.countTombstones(1)
    this.#ends.push({ endedAt_ms: end.endedAt_ms, key })
  }

  /** The last number of a partition that the other store remembers. */
  addNumber(partition: number, last: bigint): void {
    raise(this.#numbers, partition, last)
  }

  /** The highest last number of those that it does not remember one by one. */
  addForgottenNumber(last: bigint): void {
    if (last > this.#forgottenThere) this.#forgottenThere = last
  }

  /** How many ended sessions there were too many: the oldest ends were forgotten. */
  finish(): number {
    const { tables, batch, changes } = this.#parts
    for (const { key } of this.#ends.sort((a, b) => a.endedAt_ms - b.endedAt_ms)) {
      batch.put(tables.ends, sequenceKey(batch.nextEnd()), key)
    }
    const forgotten = changes.forget(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY).forLimit
    this.#writeNumbers()
    return forgotten
  }

  #raiseNumber({ partition, number }: Session): void {
    if (number !== undefined) raise(this.#given, partition, number)
  }

  /** No number that either store may have given is given again: each partition goes on behind the higher of both. */
  #writeNumbers(): void {
    const { tables, batch, partitions } = this.#parts
    const forgottenHere = readNumber(tables.meta, metaKey.numbersForgotten) ?? 0n
    let forgotten = forgottenHere > this.#forgottenThere ? forgottenHere : this.#forgottenThere
    const lasts = new Map(this.#given)
    for (const [partition, last] of this.#numbers) raise(lasts, partition, last)
    if (this.#forgottenThere > 0n) {
      for (const key of tables.numbers.getKeys()) raise(lasts, Buffer.from(key).readUInt32BE(), 0n)
      for (const partition of lasts.keys()) {
        if (!this.#numbers.has(partition)) raise(lasts, partition, this.#forgottenThere)
      }
    }
    for (const [partition, last] of lasts) {
      const key = partitionKey(partition)
      const here = readNumber(tables.numbers, key)
      if (here === undefined && batch.partitions >= partitions) {
        // There is no room for one more: it goes on as those that are not remembered.
        if (last > forgotten) forgotten = last
        continue
      }
      if (here === undefined) batch.countPartitions(1)
      const before = here ?? forgottenHere
      if (here === undefined || last > before) putNumber(batch, tables.numbers, key, last > before ? last : before)
    }
    if (forgotten > forgottenHere) putNumber(batch, tables.meta, metaKey.numbersForgotten, forgotten)
  }
}

function putNumber(batch: CountingBatch, table: Table, key: Buffer, value: bigint): void {
  batch.put(table, key, numberRow(key, value))
}

function raise(lasts: Map<number, bigint>, partition: number, last: bigint): void {
  const before = lasts.get(partition)
  if (before === undefined || last > before) lasts.set(partition, last)
}

import type { Instant } from '../../core/clock.js'
import type { Session } from '../../core/session.js'
import { UnsettledEnd } from '../../generated/store/store.js'
import { DamageError } from './damage.js'
import type { Table } from './environment.js'
import { fromRow, rowAt, toRow } from './frame.js'
import { sequenceAt, sequenceKey } from './keys.js'
import type { PageFile } from './page-file.js'
import { fromEnd, type Stored, toEnd, withoutPrivateKey } from './record.js'
import { withRenewal } from './timers.js'

/** How a session ended that is not settled. */
export interface Unsettled {
  readonly end: NonNullable<Stored['end']>
  /** Of a session with a timeout; 0 of another. */
  readonly renewedAt: Instant
}

export function unsettledRow(sequence: number, { lifetime }: Session, end: Unsettled['end']): Uint8Array {
  const renewedAt = lifetime.kind === 'timeout' ? lifetime.renewedAt : 0n
  return toRow(UnsettledEnd, sequenceKey(sequence), UnsettledEnd.create({ end: toEnd(end), renewedAt }))
}

/** Undefined if the session is open, or settled. @throws DamageError */
export function readUnsettled(unsettled: Table, sequence: number): Unsettled | undefined {
  const key = sequenceKey(sequence)
  const row = rowAt(unsettled, key)
  return row === undefined ? undefined : unsettledOf(key, row)
}

/** @throws DamageError */
export function unsettledOf(key: Uint8Array, row: Uint8Array): Unsettled {
  const { end, renewedAt } = fromRow(UnsettledEnd, key, row)
  if (end === undefined)
    throw new DamageError(`the end of session ${sequenceAt(key)} in the order of insertion says nothing`)
  return { end: fromEnd(end), renewedAt }
}

/** The session as its tombstone will have it. */
export function asEnded(session: Session, { end, renewedAt }: Unsettled): Required<Stored> {
  const { lifetime } = session
  return { session: withoutPrivateKey({ ...session, lifetime: withRenewal(lifetime, renewedAt) }), end }
}

/** What is not settled in a data file, to be asked for in the order of insertion. */
export class UnsettledEntries {
  readonly #entries: Iterator<{ readonly key: Uint8Array; readonly value: Uint8Array }>
  #next: { readonly sequence: number; readonly unsettled: Unsettled } | undefined
  #count = 0

  /** @throws PageError, DamageError */
  constructor(file: PageFile) {
    // A store that was made before this table was there has none.
    const entries = file.databases().includes('unsettled') ? file.entries('unsettled') : []
    this.#entries = entries[Symbol.iterator]()
    this.#read()
  }

  /** How many were asked for so far. */
  get count(): number {
    return this.#count
  }

  /** That of this open session, if there is one. @throws PageError, and DamageError for one before it that nobody asked for */
  take(sequence: number): Unsettled | undefined {
    const next = this.#next
    if (next === undefined || next.sequence > sequence) return undefined
    if (next.sequence < sequence) this.mustBeEmpty()
    this.#count += 1
    this.#read()
    return next.unsettled
  }

  /** @throws DamageError for one that was not asked for */
  mustBeEmpty(): void {
    if (this.#next !== undefined) {
      throw new DamageError('the table unsettled has an end that belongs to no open session')
    }
  }

  #read(): void {
    const next = this.#entries.next()
    this.#next =
      next.done === true
        ? undefined
        : { sequence: sequenceAt(next.value.key), unsettled: unsettledOf(next.value.key, next.value.value) }
  }
}

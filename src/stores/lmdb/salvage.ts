import { join } from 'node:path'
import { Counters, Format, Processes, SessionNumber, SessionRecord, UnsettledEnd } from '../../generated/store/store.js'
import type { MessageType, WireMessage } from '../../wire/index.js'
import type { Contents, Kept, PartitionNumber } from './contents.js'
import { DamageError, StoreRefusedError } from './damage.js'
import { sequenceOfDeadline } from './deadline-key.js'
import { DATA_FILE } from './environment.js'
import { fromRow } from './frame.js'
import { damagedStore, requireStore } from './inspect.js'
import { metaKey, sequenceAt } from './keys.js'
import { SalvageFile, type SalvageView } from './page-salvage.js'
import { living, type Machine } from './processes.js'
import { fromRecord, type Stored } from './record.js'
import { asEnded, type Unsettled, unsettledOf } from './unsettled.js'

/** A process that crashed may have given so many numbers that no session in the store shows. */
const BLOCK = 64n

const SEQUENCE_BYTES = 8
const PARTITION_BYTES = 4

/** Is told what is left out, and why. */
type OnDamage = (error: Error) => void

interface Row {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/**
 * What can still be read of a damaged store. Every row is taken by its own checksum; what lies on pages that can't be read, and
 * what fails, is left out and told. Of two commits the newer one is read: what the older one had may have been closed since.
 */
export class Salvage implements Contents {
  readonly format: number
  readonly madeAt_ms: number
  readonly keyrings: readonly Uint8Array[]
  readonly numbersForgotten: bigint
  /** Not known of a damaged store. */
  readonly counts = undefined
  readonly inUse = false
  /** How many sessions it should have by its own count; undefined if that is lost. */
  readonly expected: number | undefined
  readonly #file: SalvageFile
  readonly #view: SalvageView
  readonly #lostSessions = new Map<number, Row & { readonly transaction: number }>()
  readonly #numbers = new Map<number, bigint>()
  readonly #unsettled = new Map<number, Unsettled>()
  /** Sequences in the index of deadlines, where it has to tell who is open. */
  #openByIndex: Set<number> | undefined

  private constructor(file: SalvageFile, view: SalvageView, meta: MetaFound, onDamage: OnDamage) {
    this.#file = file
    this.#view = view
    this.format = meta.format?.version ?? 0
    this.madeAt_ms = Number(meta.format?.madeAtMs ?? 0n)
    this.keyrings = meta.keyrings
    const { counters } = meta
    this.expected = counters?.open.reduce(
      (sum, { count }) => sum + Number(count),
      Number(counters.tombstones + counters.unsettled),
    )
    this.numbersForgotten = this.#look(meta.numbersForgotten, onDamage)
  }

  /** @throws StoreRefusedError if somebody has it open, or nothing can be read of it */
  static open(directory: string, machine: Machine, onDamage: OnDamage): Salvage {
    requireStore(directory)
    const file = SalvageFile.open(join(directory, DATA_FILE), onDamage)
    try {
      const meta = metaOf(file.views, onDamage)
      const users = meta.processes === undefined ? [] : living(meta.processes, machine)
      if (users.length > 0) {
        const pids = users.map(({ pid }) => pid).join(', ')
        throw new StoreRefusedError(
          `the store in ${directory} is in use by process ${pids}: stop it before you salvage`,
        )
      }
      const [view] = file.views
      if (view === undefined) throw damagedStore(directory, new DamageError('nothing in it can be read'))
      return new Salvage(file, view, meta, onDamage)
    } catch (error) {
      file.close()
      throw error
    }
  }

  *sessions(): Generator<Kept, void> {
    // What is wrong was told when it was opened.
    for (const row of this.#view.entries('sessions', () => {})) yield* this.#kept(row)
    for (const [, row] of [...this.#lostSessions].sort(([a], [b]) => a - b)) yield* this.#kept(row)
  }

  *#kept(row: Row): Generator<Kept, void> {
    const stored = storedOf(row)
    if (stored === undefined || this.#mayHaveEnded(stored, sequenceAt(row.key))) return
    const unsettled = stored.end === undefined ? this.#unsettled.get(sequenceAt(row.key)) : undefined
    yield { ...(unsettled === undefined ? stored : asEnded(stored.session, unsettled)), renewedAt: undefined }
  }

  *numbers(): Generator<PartitionNumber, void> {
    for (const [partition, last] of this.#numbers) yield { partition, last }
  }

  close(): void {
    this.#file.close()
  }

  /** Looks at everything once: what is wrong, and what lies on pages that nothing leads to any more. */
  #look(forgotten: bigint, onDamage: OnDamage): bigint {
    let damages = 0
    const told: OnDamage = (error) => {
      damages += 1
      onDamage(error)
    }
    let highest = forgotten
    const sequences = new Set<number>()
    for (const row of this.#view.entries('sessions', told)) {
      const stored = storedOf(row)
      if (stored === undefined) {
        onDamage(new DamageError(`a session fails its checksum, at key ${Buffer.from(row.key).toString('hex')}`))
        continue
      }
      sequences.add(sequenceAt(row.key))
      highest = higher(highest, stored.session.number)
    }
    const before = damages
    for (const row of this.#view.entries('numbers', told)) if (!this.#addNumber(row)) damages += 1
    const numbersAreWhole = damages === before
    for (const row of this.#view.entries('meta', () => {})) void row
    this.#lookAtEnds(told)
    if (damages > 0) {
      for (const row of this.#view.orphans(onDamage)) highest = higher(highest, this.#addOrphan(row, sequences))
    }
    if (numbersAreWhole) return forgotten
    // Nobody knows which partitions are missing: each of them goes on behind all numbers that were ever given.
    for (const last of this.#numbers.values()) highest = higher(highest, last)
    return highest + BLOCK
  }

  /** The number of the session in it. */
  #addOrphan(
    { key, value, transaction }: Row & { readonly transaction: number },
    known: Set<number>,
  ): bigint | undefined {
    this.#addNumber({ key, value })
    this.#addUnsettled({ key, value })
    const stored = storedOf({ key, value })
    if (stored === undefined) return undefined
    const sequence = sequenceAt(key)
    const other = this.#lostSessions.get(sequence)
    if (!known.has(sequence) && (other === undefined || other.transaction < transaction)) {
      this.#lostSessions.set(sequence, { key: copy(key), value: copy(value), transaction })
    }
    return stored.session.number
  }

  #lookAtEnds(onDamage: OnDamage): void {
    if (!this.#view.has('unsettled')) return
    let isWhole = true
    const told: OnDamage = (error) => {
      isWhole = false
      onDamage(error)
    }
    for (const row of this.#view.entries('unsettled', told)) {
      if (this.#addUnsettled(row)) continue
      told(new DamageError(`an end fails its checksum, at key ${Buffer.from(row.key).toString('hex')}`))
    }
    if (isWhole) return
    this.#openByIndex = new Set()
    for (const { key } of this.#view.entries('deadlines', onDamage)) this.#openByIndex.add(sequenceOfDeadline(key))
  }

  /** Where ends are lost: a session that has ended is not in the index of deadlines, and must not come back as an open one. */
  #mayHaveEnded({ end }: Stored, sequence: number): boolean {
    if (end !== undefined || this.#unsettled.has(sequence)) return false
    return this.#openByIndex !== undefined && !this.#openByIndex.has(sequence)
  }

  #addUnsettled({ key, value }: Row): boolean {
    const found = key.length === SEQUENCE_BYTES ? messageOf(UnsettledEnd, { key, value }) : undefined
    if (found?.end === undefined) return false
    this.#unsettled.set(sequenceAt(key), unsettledOf(key, value))
    return true
  }

  #addNumber({ key, value }: Row): boolean {
    const number = key.length === PARTITION_BYTES ? messageOf(SessionNumber, { key, value }) : undefined
    if (number === undefined) return false
    const partition = new DataView(key.buffer, key.byteOffset).getUint32(0)
    this.#numbers.set(partition, higher(number.value, this.#numbers.get(partition)))
    return true
  }
}

interface MetaFound {
  readonly format: Format | undefined
  readonly counters: Counters | undefined
  readonly processes: Processes | undefined
  readonly numbersForgotten: bigint
  readonly keyrings: readonly Uint8Array[]
}

/** Each row as the newest commit has it in which it can be read. */
function metaOf(views: readonly SalvageView[], onDamage: OnDamage): MetaFound {
  const rows = views.map((view) => {
    const found = new Map<string, Row>()
    for (const { key, value } of view.entries('meta', onDamage)) {
      found.set(Buffer.from(key).toString('latin1'), { key: copy(key), value: copy(value) })
    }
    return found
  })
  const first = <T extends WireMessage>(type: MessageType<T>, key: Buffer): T | undefined => {
    for (const found of rows) {
      const row = found.get(key.toString('latin1'))
      const message = row === undefined ? undefined : messageOf(type, row)
      if (message !== undefined) return message
    }
    return undefined
  }
  return {
    format: first(Format, metaKey.format),
    counters: first(Counters, metaKey.counters),
    processes: first(Processes, metaKey.processes),
    numbersForgotten: first(SessionNumber, metaKey.numbersForgotten)?.value ?? 0n,
    keyrings: rows.flatMap((found) => found.get(metaKey.keyring.toString('latin1'))?.value ?? []),
  }
}

/** Undefined for a row that is no session, or a damaged one. */
function storedOf(row: Row): Stored | undefined {
  const record = row.key.length === SEQUENCE_BYTES ? messageOf(SessionRecord, row) : undefined
  if (record === undefined || record.id.length !== 16) return undefined
  try {
    return fromRecord(record)
  } catch {
    return undefined
  }
}

function messageOf<T extends WireMessage>(type: MessageType<T>, { key, value }: Row): T | undefined {
  try {
    return fromRow(type, key, value)
  } catch (error) {
    if (error instanceof DamageError) return undefined
    throw error
  }
}

function higher(a: bigint, b: bigint | undefined): bigint {
  return b !== undefined && b > a ? b : a
}

function copy(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

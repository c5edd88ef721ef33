import type { StoreCounts } from '../../core/store.js'
import { Counters, GenerationCount } from '../../generated/store/store.js'
import type { Table } from './environment.js'
import { fromRow, toRow } from './frame.js'
import type { Batch } from './group-commit.js'
import { metaKey } from './keys.js'

/** Rows are put and removed through this, and numbers are counted on; the counters are written once for all changes. */
export class CountingBatch implements Batch {
  writes = 0
  readonly #meta: Table
  #sequence = 0
  #ends = 0
  #tombstones = 0
  #unsettled = 0
  #partitions = 0
  #open = new Map<string, number>()
  #counted = false

  constructor(meta: Table) {
    this.#meta = meta
  }

  begin(): void {
    this.writes = 0
    this.#counted = false
    const counters = readCounters(this.#meta)
    this.#sequence = Number(counters.sequence)
    this.#ends = Number(counters.ends)
    this.#tombstones = Number(counters.tombstones)
    this.#unsettled = Number(counters.unsettled)
    this.#partitions = Number(counters.partitions)
    this.#open = openOf(counters)
  }

  end(): void {
    if (!this.#counted) return
    const open = [...this.#open].map(([generation, count]) =>
      GenerationCount.create({ generation, count: BigInt(count) }),
    )
    const counters = Counters.create({
      sequence: BigInt(this.#sequence),
      ends: BigInt(this.#ends),
      tombstones: BigInt(this.#tombstones),
      unsettled: BigInt(this.#unsettled),
      partitions: BigInt(this.#partitions),
      open,
    })
    this.put(this.#meta, metaKey.counters, toRow(Counters, metaKey.counters, counters))
  }

  /** Without those that are not settled. */
  get tombstones(): number {
    return this.#tombstones
  }

  get unsettled(): number {
    return this.#unsettled
  }

  /** Of the session that was settled first of those that are remembered: ends are numbered without gaps, and forgotten in order. */
  get oldestEnd(): number {
    return this.#ends - this.#tombstones + 1
  }

  get partitions(): number {
    return this.#partitions
  }

  put(table: Table, key: Uint8Array, value: Uint8Array): void {
    this.writes += 1
    // Inside a transaction it is done at once, and a failure is thrown.
    void table.put(key, Buffer.from(value.buffer, value.byteOffset, value.byteLength))
  }

  remove(table: Table, key: Uint8Array): void {
    this.writes += 1
    void table.remove(key)
  }

  nextSequence(): number {
    this.#counted = true
    this.#sequence += 1
    return this.#sequence
  }

  nextEnd(): number {
    this.#counted = true
    this.#ends += 1
    return this.#ends
  }

  countOpen(generation: string, change: 1 | -1): void {
    this.#counted = true
    const count = (this.#open.get(generation) ?? 0) + change
    if (count > 0) this.#open.set(generation, count)
    else this.#open.delete(generation)
  }

  countPartitions(change: 1 | -1): void {
    this.#counted = true
    this.#partitions += change
  }

  countUnsettled(change: 1 | -1): void {
    this.#counted = true
    this.#unsettled += change
  }

  countTombstones(change: 1 | -1): void {
    this.#counted = true
    this.#tombstones += change
  }
}

/** As of the last commit. */
export function readCounts(meta: Table): StoreCounts {
  const counters = readCounters(meta)
  return { open: openOf(counters), tombstones: Number(counters.tombstones + counters.unsettled) }
}

export function readCounters(meta: Table): Counters {
  const row = meta.getBinary(metaKey.counters)
  return row === undefined ? Counters.create() : fromRow(Counters, metaKey.counters, row)
}

function openOf({ open }: Counters): Map<string, number> {
  return new Map(open.map(({ generation, count }) => [generation, Number(count)]))
}

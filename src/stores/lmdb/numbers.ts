import { SessionError } from '../../core/errors.js'
import { UINT64_MAX } from '../../core/integers.js'
import { chain } from '../../core/maybe.js'
import type { Maybe, NumberRange } from '../../core/store.js'
import { SessionNumber } from '../../generated/store/store.js'
import type { CountingBatch } from './batch.js'
import type { Tables } from './environment.js'
import { fromRow, toRow } from './frame.js'
import type { GroupCommit } from './group-commit.js'
import { metaKey, partitionKey } from './keys.js'

/** Numbers of a partition that are taken from the disk at once: a crash leaves a gap of up to as many. */
const BLOCK = 64
/** Partitions whose block is kept at hand. One that makes room leaves a gap. */
const BLOCKS_MAX = 10_000

interface Block {
  readonly next: bigint
  /** Inclusive. */
  readonly last: bigint
}

export interface NumbersParts {
  readonly tables: Tables
  readonly batch: CountingBatch
  readonly commits: GroupCommit
  /** Partitions whose last number is remembered one by one. */
  readonly partitions: number
  readonly onLimit: (limit: string) => void
}

/** Hands out the numbers of each partition: increasing, none twice, whatever crashes. A block is used once it is on disk. */
export class Numbers {
  readonly #parts: NumbersParts
  readonly #blocks = new Map<number, Block>()
  readonly #refills = new Map<number, Promise<void>>()

  constructor(parts: NumbersParts) {
    this.#parts = parts
  }

  reserve(partition: number, count: number): Maybe<NumberRange> {
    const block = this.#blocks.get(partition)
    if (block !== undefined && block.last - block.next + 1n >= BigInt(count)) return this.#take(partition, block, count)
    let refill = this.#refills.get(partition)
    if (refill === undefined) {
      refill = this.#refill(partition, count).finally(() => this.#refills.delete(partition))
      this.#refills.set(partition, refill)
    }
    return chain(refill, () => this.reserve(partition, count))
  }

  /** Gives back what nobody got, where nobody else has taken more since. In a transaction. */
  giveBack(): void {
    const { tables, batch } = this.#parts
    for (const [partition, { next, last }] of this.#blocks) {
      const key = partitionKey(partition)
      if (readNumber(tables.numbers, key) === last) batch.put(tables.numbers, key, numberRow(key, next - 1n))
    }
    this.#blocks.clear()
  }

  #take(partition: number, { next, last }: Block, count: number): NumberRange {
    const range = { first: next, last: next + BigInt(count) - 1n }
    this.#blocks.set(partition, { next: range.last + 1n, last })
    return range
  }

  async #refill(partition: number, count: number): Promise<void> {
    const { commits, onLimit } = this.#parts
    const { block, forgot } = await commits.run(() => this.#newBlock(partition, Math.max(count, BLOCK)))
    if (forgot) onLimit('limits.partitions')
    this.#blocks.set(partition, block)
    if (this.#blocks.size <= BLOCKS_MAX) return
    const [oldest] = this.#blocks.keys()
    if (oldest !== undefined) this.#blocks.delete(oldest)
  }

  #newBlock(partition: number, size: number): { readonly block: Block; readonly forgot: boolean } {
    const { tables, batch, partitions } = this.#parts
    const key = partitionKey(partition)
    const stored = readNumber(tables.numbers, key)
    const before = stored ?? readNumber(tables.meta, metaKey.numbersForgotten) ?? 0n
    const last = before + BigInt(size)
    // Only an import brings a partition there. What is stored would begin at 0 again.
    if (last > UINT64_MAX) {
      throw new SessionError('limit', `partition ${partition} has no numbers left`, { details: { partition } })
    }
    const forgot = stored === undefined && batch.partitions >= partitions && this.#forgetOne()
    batch.put(tables.numbers, key, numberRow(key, last))
    if (stored === undefined) batch.countPartitions(1)
    return { block: { next: before + 1n, last }, forgot }
  }

  /** Makes room: from now on no number up to its last is given to a partition that is not remembered, as it may have had it. */
  #forgetOne(): boolean {
    const { tables, batch } = this.#parts
    const [entry] = tables.numbers.getRange({ limit: 1 })
    if (entry === undefined) return false
    const key = Buffer.from(entry.key)
    const { value: last } = fromRow(SessionNumber, key, Buffer.from(entry.value))
    const before = readNumber(tables.meta, metaKey.numbersForgotten) ?? 0n
    if (last > before) batch.put(tables.meta, metaKey.numbersForgotten, numberRow(metaKey.numbersForgotten, last))
    batch.remove(tables.numbers, key)
    batch.countPartitions(-1)
    return true
  }
}

/** The last number that was taken, by partition; or in the meta table. */
export function readNumber(table: Tables['numbers'], key: Buffer): bigint | undefined {
  const row = table.getBinary(key)
  return row === undefined ? undefined : fromRow(SessionNumber, key, row).value
}

export function numberRow(key: Buffer, value: bigint): Uint8Array {
  return toRow(SessionNumber, key, SessionNumber.create({ value }))
}

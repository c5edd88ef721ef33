import type { Instant } from '../../core/clock.js'
import type { Stored } from './record.js'

/** A session with what its timer says. */
export interface Kept extends Stored {
  /** Of one with a timeout: its last renewal by the clock of the machine as it runs now. Undefined if that can't be known. */
  readonly renewedAt: Instant | undefined
}

/** The last number that was taken of a partition. */
export interface PartitionNumber {
  readonly partition: number
  readonly last: bigint
}

/** All that a store holds, for an export. */
export interface Contents {
  readonly format: number
  /** Wall-clock milliseconds at which it was made. */
  readonly madeAt_ms: number
  /** As the store keeps it. Several where a damaged store has more than one version: the newest first. */
  readonly keyrings: readonly Uint8Array[]
  /** The highest last number of partitions that are not remembered one by one; 0 if none was forgotten. */
  readonly numbersForgotten: bigint
  /** What it has by its own count; undefined if it is damaged. */
  readonly counts: { readonly open: number; readonly ended: number; readonly partitions: number } | undefined
  /** Somebody has it open, so timeouts run. */
  readonly inUse: boolean
  /** In the order of insertion. Their bytes are views that are valid until the next one. */
  sessions(): Iterable<Kept>
  numbers(): Iterable<PartitionNumber>
}

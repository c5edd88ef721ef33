import { UINT32_MAX } from '../../core/integers.js'
import { endOf, type Lifetime } from '../../core/lifetime.js'
import { SEQUENCE_BYTES, sequenceAt, writeSequence } from './keys.js'

/**
 * Of the deadlines table: a class, then what is over first, then the sequence of the session. The instant of a timeout means
 * something in one boot of the machine only, so the boot comes before it.
 *
 *     epochs   1, first epoch after it, sequence
 *     timeout  2, boot, first instant after it, sequence
 *     lazy     3, partition, boot, first instant after it, sequence
 */
const CLASS = { epochs: 1, timeout: 2, lazy: 3 } as const

/** Ends lie between −2^64 and 2^65; with this added they are positive numbers of 9 bytes. */
const BIAS = 2n ** 66n
const END_BYTES = 9

/** Where a class (and, of the lazy ones, a partition) begins and ends. */
export interface DeadlineQueue {
  readonly prefix: Buffer
  /** Timeouts are told apart by boot. */
  readonly timed: boolean
}

export const epochQueue: DeadlineQueue = { prefix: Buffer.from([CLASS.epochs]), timed: false }
export const timeoutQueue: DeadlineQueue = { prefix: Buffer.from([CLASS.timeout]), timed: true }

export function lazyQueue(partition: number): DeadlineQueue {
  const prefix = Buffer.alloc(5, CLASS.lazy)
  prefix.writeUInt32BE(partition, 1)
  return { prefix, timed: true }
}

export function queueOf(lifetime: Lifetime, partition: number): DeadlineQueue {
  if (lifetime.kind === 'epochs') return epochQueue
  return lifetime.expiry === 'lazy' ? lazyQueue(partition) : timeoutQueue
}

/** Of a session in its queue. `boot` is that of the renewal it stands there with; 0 without one. */
export function deadlineKey(queue: DeadlineQueue, boot: number, end: bigint, sequence: number): Buffer {
  const key = Buffer.allocUnsafe(queue.prefix.length + (queue.timed ? 4 : 0) + END_BYTES + SEQUENCE_BYTES)
  key.set(queue.prefix)
  let at = queue.prefix.length
  if (queue.timed) at = key.writeUInt32BE(boot, at)
  at = writeEnd(key, end, at)
  writeSequence(key, sequence, at)
  return key
}

export function deadlineKeyOf(lifetime: Lifetime, partition: number, boot: number, sequence: number): Buffer {
  return deadlineKey(queueOf(lifetime, partition), boot, endOf(lifetime), sequence)
}

/** From the earliest of `boot` to the last whose end is not after `until`. */
export function overRange(queue: DeadlineQueue, boot: number, until: bigint): { start: Buffer; end: Buffer } {
  return { start: deadlineKey(queue, boot, -BIAS, 0), end: deadlineKey(queue, boot, until + 1n, 0) }
}

/** Those of earlier boots: their instants mean nothing now. */
export function formerRange(queue: DeadlineQueue, boot: number): { start: Buffer; end: Buffer } {
  return { start: deadlineKey(queue, 0, -BIAS, 0), end: deadlineKey(queue, boot, -BIAS, 0) }
}

/** The sequence that a deadline key ends with. */
export function sequenceOfDeadline(key: Uint8Array): number {
  return sequenceAt(key, key.length - SEQUENCE_BYTES)
}

function writeEnd(key: Buffer, end: bigint, offset: number): number {
  const biased = end + BIAS
  key.writeUInt8(Number(biased >> 64n), offset)
  key.writeUInt32BE(Number((biased >> 32n) & BigInt(UINT32_MAX)), offset + 1)
  return key.writeUInt32BE(Number(biased & BigInt(UINT32_MAX)), offset + 5)
}

import type { Instant } from '../../core/clock.js'
import type { Lifetime, TimeoutLifetime } from '../../core/lifetime.js'
import { Timer } from '../../generated/store/store.js'
import { DamageError } from './damage.js'
import type { Table } from './environment.js'
import { fromRow, rowAt, toRow } from './frame.js'
import { sequenceKey } from './keys.js'
import type { Incarnation } from './processes.js'

/** The timer of an open session with a timeout. @throws DamageError if it has none. */
export function readTimer(timers: Table, sequence: number): Timer {
  const key = sequenceKey(sequence)
  const row = rowAt(timers, key)
  if (row === undefined) throw new DamageError(`session ${sequence} in the order of insertion has no timer`)
  return fromRow(Timer, key, row)
}

/** A timer that was set in this incarnation, and by which the session stands in the index. */
export function newTimer(renewedAt: Instant, { number, boot }: Incarnation): Timer {
  return Timer.create({ renewedAt, incarnation: number, indexedAt: renewedAt, indexedBoot: boot })
}

export function timerRow(sequence: number, timer: Timer): Uint8Array {
  return toRow(Timer, sequenceKey(sequence), timer)
}

/**
 * When the session was renewed, as far as anybody may know. Before this incarnation nobody had the store open, so nobody could
 * renew: whatever was renewed before that counts as renewed when it began.
 */
export function effectiveRenewal(timer: Timer, { number, since }: Incarnation): Instant {
  return timer.incarnation === number ? timer.renewedAt : since
}

export function withRenewal(lifetime: Lifetime, renewedAt: Instant): Lifetime {
  return lifetime.kind === 'timeout' ? { ...lifetime, renewedAt } : lifetime
}

/** The lifetime by which the session stands in the index of deadlines. */
export function indexedLifetime(lifetime: TimeoutLifetime, timer: Timer): TimeoutLifetime {
  return { ...lifetime, renewedAt: timer.indexedAt }
}

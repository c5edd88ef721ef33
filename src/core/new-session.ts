import type { Instant } from './clock.js'
import { SessionError } from './errors.js'
import { INT64_MAX, UINT32_MAX, UINT64_MAX } from './integers.js'
import type { EpochLifetime, Lifetime, TimeoutLifetime } from './lifetime.js'
import type { Origin, Scope, SessionKey } from './session.js'

/** A lifetime that has not begun: a timeout counts from the moment at which the session is stored. */
export type NewLifetime = EpochLifetime | Omit<TimeoutLifetime, 'renewedAt'>

/** What an adapter asks for. */
export interface NewSession {
  readonly origin: Origin
  readonly owner?: Uint8Array | undefined
  readonly lifetime: NewLifetime
  /** Takes a number of this partition, which is from 1; sessions without one are in partition 0 and have no number. */
  readonly partition?: number | undefined
  readonly withKey: boolean
  readonly scope?: Scope | undefined
  /** Who asks, for the limit of creates per second: opaque, and never stored. Undefined where nobody can be told. */
  readonly from?: string | undefined
}

/** A handshake whose first half is done: id and key exist, nothing is stored. */
export interface PendingSession {
  readonly id: string
  /** Undefined if the spec asked for none. */
  readonly key: SessionKey | undefined
  readonly spec: NewSession
}

/** Raises `invalid` for numbers that no store could keep. What a generation allows beyond that is its adapter's matter. */
export function checkNewSession(spec: NewSession): void {
  const { lifetime, partition } = spec
  if (lifetime.kind === 'epochs') {
    for (const field of ['notBefore', 'issuedAt', 'expiration'] as const) {
      checkRange(`lifetime.${field}`, lifetime[field], 0n, UINT64_MAX)
    }
  } else {
    checkRange('lifetime.timeout_ns', lifetime.timeout_ns, -INT64_MAX - 1n, INT64_MAX)
  }
  if (partition !== undefined) checkPartition(partition)
}

export function checkPartition(partition: number): void {
  if (Number.isInteger(partition) && partition >= 1 && partition <= UINT32_MAX) return
  throw new SessionError('invalid', `partition is ${partition}, it has to be 1 to ${UINT32_MAX}`, {
    details: { partition },
  })
}

function checkRange(field: string, value: bigint, low: bigint, high: bigint): void {
  if (value >= low && value <= high) return
  throw new SessionError('invalid', `${field} is ${value}, it has to be ${low} to ${high}`, {
    details: { field, value },
  })
}

export function startLifetime(lifetime: NewLifetime, now: Instant): Lifetime {
  return lifetime.kind === 'epochs' ? lifetime : { ...lifetime, renewedAt: now }
}

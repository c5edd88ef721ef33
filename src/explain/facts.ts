import type { Edge, EpochLifetime } from '../core/lifetime.js'
import type { Origin, SessionRef, Tombstone } from '../core/session.js'

/** As the core's, with the last renewal on the wall clock: instants mean nothing outside the process that made them. */
export interface TimeoutFacts {
  readonly kind: 'timeout'
  /** Signed 64-bit nanoseconds. */
  readonly timeout_ns: bigint
  readonly edge: Edge
  readonly expiry: 'eager' | 'lazy'
  /** Wall-clock milliseconds; the opening if there was no renewal. Undefined if nobody can tell any more. */
  readonly renewedAt_ms: number | undefined
}

/** What is known of one session. */
export interface SessionFacts {
  readonly id: string
  readonly partition: number
  readonly number: bigint | undefined
  /** 25 bytes. */
  readonly owner: Uint8Array | undefined
  /** Of the session's key pair, 33 bytes. */
  readonly publicKey: Uint8Array | undefined
  readonly origin: Origin
  readonly lifetime: EpochLifetime | TimeoutFacts
  /** Wall-clock milliseconds. */
  readonly createdAt_ms: number
  /** Undefined while nobody has ended it. */
  readonly end: Omit<Tombstone, 'session'> | undefined
}

/** When a session is explained. */
export interface Moment {
  readonly wall_ms: number
  /** Undefined if nobody knows which one it is. */
  readonly epoch: bigint | undefined
  /** How long an epoch lasts; undefined if nobody knows. */
  readonly epochLength_ms: number | undefined
}

export interface Found {
  readonly facts: SessionFacts
  readonly now: Moment
}

/** Where sessions are looked up. */
export interface SessionSource {
  /** For people: `the gateway at 127.0.0.1:8081`. */
  readonly name: string
  /** Undefined if no session of that name is open or remembered. Rejects with an Error that says what to do. */
  find(ref: SessionRef): Promise<Found | undefined>
}

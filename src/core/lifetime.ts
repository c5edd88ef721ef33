import type { Instant } from './clock.js'

/**
 * Whether the last moment of a lifetime still belongs to it. Generations disagree: NeoFS's specification and dialects A–E
 * count the expiration epoch as valid, the v2 storage node does not.
 */
export type Edge = 'inclusive' | 'exclusive'

/** A NeoFS lifetime: the raw numbers as received, 0…2^64−1, in epochs. */
export interface EpochLifetime {
  readonly kind: 'epochs'
  readonly notBefore: bigint
  readonly issuedAt: bigint
  readonly expiration: bigint
  readonly edge: Edge
}

/** An Atomix lifetime: it lasts until `timeout_ns` have passed since the last renewal. */
export interface TimeoutLifetime {
  readonly kind: 'timeout'
  /** Signed 64-bit nanoseconds; zero and negative values are legal and end at once. */
  readonly timeout_ns: bigint
  readonly renewedAt: Instant
  readonly edge: Edge
  /** `lazy`: it ends only when a renewal of its partition notices, as the genuine Atomix server does it. */
  readonly expiry: 'eager' | 'lazy'
}

export type Lifetime = EpochLifetime | TimeoutLifetime

/** The two kinds of now. */
export interface Now {
  readonly epoch: bigint
  readonly instant: Instant
}

/** The last moment (epoch or instant) that a lifetime names; whether that moment still belongs to it is the edge. */
export function deadlineOf(lifetime: Lifetime): bigint {
  return lifetime.kind === 'epochs' ? lifetime.expiration : lifetime.renewedAt + lifetime.timeout_ns
}

/** The first moment that no longer belongs to a lifetime: its deadline and its edge in one number, to order lifetimes by. */
export function endOf(lifetime: Lifetime): bigint {
  const deadline = deadlineOf(lifetime)
  return lifetime.edge === 'inclusive' ? deadline + 1n : deadline
}

/** True once the deadline has passed. The only place that decides it. A start in the future does not matter here. */
export function isOver(lifetime: Lifetime, now: Now): boolean {
  return (lifetime.kind === 'epochs' ? now.epoch : now.instant) >= endOf(lifetime)
}

/** True if a caller at `now` has to be told that the session has expired. A lazy lifetime ends by its sweep alone. */
export function isExpired(lifetime: Lifetime, now: Now): boolean {
  if (lifetime.kind === 'timeout' && lifetime.expiry === 'lazy') return false
  return isOver(lifetime, now)
}

import { type Clock, type Instant, NANOSECONDS_PER_MILLISECOND, type Timer } from './clock.js'
import type { Epochs } from './epochs.js'
import type { SessionLimits } from './limits.js'
import { chain, rescue } from './maybe.js'
import type { Reaper, Slice } from './reaper.js'
import type { Session } from './session.js'
import { overdue_ms } from './stalls.js'
import type { Lease, Maybe, SessionStore } from './store.js'

/** What the engine reports. Every method is cheap and never throws. */
export interface ExpiryObserver {
  /** One session was reclaimed, `lag_ms` after its deadline. */
  ended?(session: Session, lag_ms: number): void
  /** The process did not run for this long; what it may have missed is given back. */
  stalled?(stall_ms: number): void
  /** The store raised this; the engine tries again at its next tick. */
  failed?(fault: unknown): void
}

export interface ExpiryParts {
  readonly reaper: Reaper
  readonly store: SessionStore
  readonly clock: Clock
  readonly epochs: Epochs
  readonly limits: SessionLimits
  readonly observer?: ExpiryObserver
}

const LEASE = 'expiry'
/** Tombstones live for hours; looking for old ones more often would only cost. */
const FORGET_INTERVAL_ms = 10_000

/**
 * Reclaims sessions whose deadline has passed: on every tick and on every change of the epoch, never early, in slices between
 * which other calls run, and only while this process holds the store's lease. No answer depends on it: reads check the
 * deadline themselves.
 */
export class ExpiryEngine {
  readonly #parts: ExpiryParts
  #timer: Timer | undefined
  #sliceTimer: Timer | undefined
  #unfollow: (() => void) | undefined
  #sweeping = false
  /** The slice that waits for an asynchronous store. */
  #inFlight: Promise<void> | undefined
  #lease: Lease | undefined
  /** When to ask the store about the lease again. */
  #leaseCheckAt: Instant = 0n
  #forgetAt: Instant = 0n
  #forgetting = false
  #epoch = 0n
  #epochChangedAt: Instant = 0n
  #stallsReported = 0

  constructor(parts: ExpiryParts) {
    this.#parts = parts
  }

  start(): void {
    if (this.#timer !== undefined) return
    const { clock, epochs } = this.#parts
    const now = clock.now()
    this.#leaseCheckAt = now
    this.#forgetAt = now
    this.#epochChangedAt = now
    this.#epoch = epochs.current()
    this.#unfollow = epochs.onChange(() => {
      this.#noticeEpoch()
      this.#sweep()
    })
    this.#tick()
  }

  /** Waits for the slice under way and gives the lease back. */
  async stop(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#sliceTimer?.cancel()
    this.#sliceTimer = undefined
    this.#unfollow?.()
    this.#unfollow = undefined
    await this.#inFlight
    // Not before: a stall that comes while the slice waits for the store is given back, too.
    this.#parts.reaper.stalls.rest()
    this.#sweeping = false
    const lease = this.#lease
    this.#lease = undefined
    if (lease !== undefined) {
      await rescue(
        () => lease.release(),
        (fault) => this.#parts.observer?.failed?.(fault),
      )
    }
  }

  #tick(): void {
    const { clock, limits, reaper } = this.#parts
    this.#timer = clock.schedule(limits.expiryTick_ms, () => this.#tick())
    reaper.stalls.beat(clock.now())
    this.#reportStalls()
    this.#noticeEpoch()
    this.#sweep()
  }

  /** With every tick, too: a wall clock that was set moves the epoch some time before anybody is told. */
  #noticeEpoch(): void {
    const { clock, epochs } = this.#parts
    const epoch = epochs.current()
    if (epoch === this.#epoch) return
    this.#epoch = epoch
    this.#epochChangedAt = clock.now()
  }

  #reportStalls(): void {
    const { stalls } = this.#parts.reaper
    if (stalls.count === this.#stallsReported) return
    this.#stallsReported = stalls.count
    this.#parts.observer?.stalled?.(stalls.last_ms)
  }

  /** One at a time: a tick that comes while a sweep waits for the store, or between its slices, has nothing to add. */
  #sweep(): void {
    if (this.#sweeping) return
    this.#sweeping = true
    this.#step()
  }

  #step(): void {
    this.#sliceTimer = undefined
    const step = rescue(
      () => chain(this.#holdsLease(), (held) => (held ? this.#work() : false)),
      (fault) => {
        this.#parts.observer?.failed?.(fault)
        return false
      },
    )
    const done = chain(step, (more) => {
      this.#inFlight = undefined
      if (more && this.#timer !== undefined) this.#sliceTimer = this.#parts.clock.schedule(0, () => this.#step())
      else this.#sweeping = false
    })
    if (done instanceof Promise) this.#inFlight = done
  }

  /** One slice; true if another should follow. */
  #work(): Maybe<boolean> {
    const { reaper, limits, observer } = this.#parts
    const now = reaper.now()
    const onEnded = (session: Session) => observer?.ended?.(session, this.#lagOf(session))
    return chain(reaper.slice({ now, limit: limits.expiryBatch, onEnded }), (slice: Slice) => {
      for (const fault of slice.faults) observer?.failed?.(fault)
      this.#forget(now.instant)
      return slice.more
    })
  }

  /** Beside the sweep: very many take seconds, and nobody's end waits for that. */
  #forget(now: Instant): void {
    if (now < this.#forgetAt || this.#forgetting) return
    this.#forgetAt = now + BigInt(FORGET_INTERVAL_ms) * NANOSECONDS_PER_MILLISECOND
    this.#forgetting = true
    const { store, clock, limits, observer } = this.#parts
    const done = rescue(
      () => store.forget(clock.wallTime() - limits.history_ms),
      (fault) => observer?.failed?.(fault),
    )
    void chain(done, () => {
      this.#forgetting = false
    })
  }

  /** Asked a few times within a lease's time, so that a holder that runs keeps it, and one that stalled learns of its loss. */
  #holdsLease(): Maybe<boolean> {
    const { store, clock, limits } = this.#parts
    const now = clock.now()
    if (now < this.#leaseCheckAt) return this.#lease !== undefined
    this.#leaseCheckAt = now + (BigInt(limits.lease_ms) * NANOSECONDS_PER_MILLISECOND) / 3n
    const lease = this.#lease
    if (lease === undefined) {
      return chain(store.lease(LEASE, limits.lease_ms), (taken) => {
        this.#lease = taken
        return taken !== undefined
      })
    }
    // Until the store has said yes it may be lost; a fault leaves it so.
    this.#lease = undefined
    return chain(lease.extend(limits.lease_ms), (kept) => {
      if (kept) this.#lease = lease
      return kept
    })
  }

  #lagOf(session: Session): number {
    const { clock } = this.#parts
    const { lifetime } = session
    if (lifetime.kind === 'timeout') return overdue_ms(lifetime, clock.now())
    // An epoch has no length that the core knows. The lag counts from its change, or from a creation after it.
    const sinceChange_ms = Number((clock.now() - this.#epochChangedAt) / NANOSECONDS_PER_MILLISECOND)
    return Math.max(0, Math.min(sinceChange_ms, clock.wallTime() - session.createdAt_ms))
  }
}

import type { Clock, Instant } from './clock.js'
import type { Epochs } from './epochs.js'
import type { SessionEvents } from './events.js'
import { isExpired, type Now } from './lifetime.js'
import type { SessionLimits } from './limits.js'
import { chain, rescue } from './maybe.js'
import type { EndReason, Session } from './session.js'
import { StallGuard } from './stalls.js'
import type { Due, Maybe, SessionStore } from './store.js'

export interface ReaperParts {
  readonly store: SessionStore
  readonly clock: Clock
  readonly epochs: Epochs
  readonly limits: SessionLimits
  readonly events: SessionEvents
}

export interface SliceRequest {
  readonly now: Now
  readonly limit: number
  /** The lazy sessions of this partition, instead of all that are not lazy. */
  readonly partition?: number
  readonly onEnded?: (session: Session) => void
}

/** What one slice of work did. */
export interface Slice {
  /** More may be due, and it is no use to wait: not everything in this slice failed. */
  readonly more: boolean
  /** What the store raised; the sessions stay due. */
  readonly faults: readonly unknown[]
}

/** Says whether a session has expired, and ends sessions: the one way out of the store, for reads, calls and the engine alike. */
export class Reaper {
  readonly stalls: StallGuard
  readonly #parts: ReaperParts

  constructor(parts: ReaperParts) {
    this.#parts = parts
    this.stalls = new StallGuard(parts.limits)
  }

  now(): Now {
    return { epoch: this.#parts.epochs.current(), instant: this.#parts.clock.now() }
  }

  isExpired(session: Session, now: Now): boolean {
    const { lifetime } = session
    const expired = isExpired(lifetime.kind === 'timeout' ? this.stalls.given(lifetime, now.instant) : lifetime, now)
    // What was found over stays over, also if the process stalls before the store has ended it: nobody may renew it then.
    if (expired) this.stalls.ran(now.instant)
    return expired
  }

  /** Ends a session and tells the subscribers. Undefined if it had ended before, or was renewed after `ifRenewedAt`. */
  end(
    session: Session,
    how: { reason: EndReason; endedBy: string; ifRenewedAt?: Instant },
  ): Maybe<Session | undefined> {
    const at_ms = this.#parts.clock.wallTime()
    return chain(this.#parts.store.end(session.id, { ...how, endedAt_ms: at_ms }), (ended) => {
      if (ended !== undefined) {
        this.#parts.events.publish({ kind: how.reason, session: ended, at_ms, endedBy: how.endedBy })
      }
      return ended
    })
  }

  /** Ends a session that was found expired, unless it was renewed after it was read. */
  expire(session: Session): Maybe<Session | undefined> {
    const { lifetime } = session
    return this.end(session, {
      reason: 'expired',
      endedBy: 'expiry',
      ...(lifetime.kind === 'timeout' && { ifRenewedAt: lifetime.renewedAt }),
    })
  }

  /** Ends up to `limit` sessions whose lifetime is over. Never fails: what the store raised is in the result. */
  slice(request: SliceRequest): Maybe<Slice> {
    const { now, limit, partition } = request
    return rescue(
      () => chain(this.#parts.store.due(now, limit, partition), (due) => this.#reap(due, request)),
      (fault): Slice => ({ more: false, faults: [fault] }),
    )
  }

  /** Ends all lazy sessions of a partition that are over at `now`, slice by slice. Raises what the store raised. */
  sweepPartition(partition: number, now: Now): Maybe<void> {
    return chain(this.slice({ now, limit: this.#parts.limits.expiryBatch, partition }), ({ more, faults }) => {
      if (faults.length > 0) throw faults[0]
      return more ? this.#yield().then(() => this.sweepPartition(partition, now)) : undefined
    })
  }

  #reap(due: Due, { partition, onEnded }: SliceRequest): Maybe<Slice> {
    const { store, clock, events } = this.#parts
    // Not the now that the store was asked with: while it answered, the epoch may have gone back.
    const now = this.now()
    const expired = due.sessions.filter((session) => partition !== undefined || !this.#isGivenTime(session, now))
    const unread = due.faults ?? []
    if (expired.length === 0) return { more: due.more, faults: unread }
    const at_ms = clock.wallTime()
    const how = { reason: 'expired', endedBy: 'expiry' } as const
    return chain(store.endAll(expired, { ...how, endedAt_ms: at_ms }), ({ sessions, faults }) => {
      for (const session of sessions) {
        events.publish({ kind: how.reason, session, at_ms, endedBy: how.endedBy })
        onEnded?.(session)
      }
      return { more: due.more && (faults.length === 0 || sessions.length > 0), faults: [...unread, ...faults] }
    })
  }

  /** False if the session has expired. A stall is given back by moving the deadline: it leaves the head of the queue. */
  #isGivenTime(session: Session, now: Now): boolean {
    if (this.isExpired(session, now)) return false
    const { lifetime } = session
    if (lifetime.kind === 'timeout') {
      this.#parts.store.renew(session.id, this.stalls.given(lifetime, now.instant).renewedAt)
    }
    return true
  }

  #yield(): Promise<void> {
    return new Promise((resolve) => void this.#parts.clock.schedule(0, resolve))
  }
}

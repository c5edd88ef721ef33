import { type Clock, type Instant, NANOSECONDS_PER_MILLISECOND } from '../core/clock.js'
import { SessionError } from '../core/errors.js'
import type { Now } from '../core/lifetime.js'
import type { EndReason, Session, SessionRef, Tombstone } from '../core/session.js'
import type {
  Due,
  Ended,
  Lease,
  Maybe,
  NumberRange,
  Page,
  SessionFilter,
  SessionStore,
  StoreCounts,
} from '../core/store.js'

/** What is told of a store's work. Cheap, and never throws. */
export interface StoreObserver {
  /** One operation failed. */
  failed(fault: unknown): void
  /** A session ended by expiry, whoever noticed it. */
  expired(session: Session): void
  /** The store began to fail, or works again. */
  health(failing: boolean, fault: unknown): void
}

/**
 * How long nothing may have failed before the store is taken to work again. A full disk still reads, so one success says
 * little; and whoever is told that the gateway is not ready sends no writes that could show it.
 */
const RECOVERY_NS = 5_000n * NANOSECONDS_PER_MILLISECOND

/** A store that tells how it fares; everything else it leaves to the one inside. */
export class ObservedStore implements SessionStore {
  readonly #store: SessionStore
  readonly #clock: Pick<Clock, 'now'>
  readonly #observer: StoreObserver
  /** While it fails: when something failed last. */
  #failedAt: Instant | undefined

  constructor(store: SessionStore, clock: Pick<Clock, 'now'>, observer: StoreObserver) {
    this.#store = store
    this.#clock = clock
    this.#observer = observer
  }

  get url(): string {
    return this.#store.url
  }

  /** Something failed lately. The expiry engine asks the store all the time, so this never stays wrong for long. */
  get failing(): boolean {
    return this.#failedAt !== undefined
  }

  insert(session: Session): Maybe<void> {
    return this.#watch(() => this.#store.insert(session))
  }

  get(ref: SessionRef): Maybe<Session | undefined> {
    return this.#watch(() => this.#store.get(ref))
  }

  tombstone(ref: SessionRef): Maybe<Tombstone | undefined> {
    return this.#watch(() => this.#store.tombstone(ref))
  }

  renew(id: string, at: Instant): void {
    this.#store.renew(id, at)
  }

  end(
    id: string,
    end: { reason: EndReason; endedBy: string; endedAt_ms: number; ifRenewedAt?: Instant },
  ): Maybe<Session | undefined> {
    const told = (ended: Session | undefined): Session | undefined => {
      if (ended !== undefined && end.reason === 'expired') this.#observer.expired(ended)
      return ended
    }
    const ended = this.#watch(() => this.#store.end(id, end))
    return ended instanceof Promise ? ended.then(told) : told(ended)
  }

  endAll(sessions: readonly Session[], end: { reason: EndReason; endedBy: string; endedAt_ms: number }): Maybe<Ended> {
    const told = (ended: Ended): Ended => {
      for (const fault of ended.faults) this.#failed(fault)
      if (end.reason === 'expired') for (const session of ended.sessions) this.#observer.expired(session)
      return ended
    }
    const ended = this.#watch(() => this.#store.endAll(sessions, end))
    return ended instanceof Promise ? ended.then(told) : told(ended)
  }

  reserveNumbers(partition: number, count: number): Maybe<NumberRange> {
    return this.#watch(() => this.#store.reserveNumbers(partition, count))
  }

  due(now: Now, limit: number, partition?: number): Maybe<Due> {
    return this.#watch(() => this.#store.due(now, limit, partition))
  }

  list(filter: SessionFilter, limit: number, cursor?: string): Maybe<Page> {
    return this.#watch(() => this.#store.list(filter, limit, cursor))
  }

  counts(): StoreCounts {
    return this.#store.counts()
  }

  countOf(owner: Uint8Array): Maybe<number> {
    return this.#watch(() => this.#store.countOf(owner))
  }

  oldestOf(owner: Uint8Array): Maybe<Session | undefined> {
    return this.#watch(() => this.#store.oldestOf(owner))
  }

  lease(name: string, ttl_ms: number): Maybe<Lease | undefined> {
    const observed = (lease: Lease | undefined): Lease | undefined =>
      lease === undefined
        ? undefined
        : {
            name: lease.name,
            extend: (ttl_ms) => this.#watch(() => lease.extend(ttl_ms)),
            release: () => lease.release(),
          }
    const lease = this.#watch(() => this.#store.lease(name, ttl_ms))
    return lease instanceof Promise ? lease.then(observed) : observed(lease)
  }

  forget(before_ms: number): Maybe<void> {
    return this.#watch(() => this.#store.forget(before_ms))
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  #watch<T>(run: () => Maybe<T>): Maybe<T> {
    try {
      const value = run()
      if (!(value instanceof Promise)) return this.#worked(value)
      return value.then(
        (result) => this.#worked(result),
        (fault: unknown) => this.#refused(fault),
      )
    } catch (fault) {
      return this.#refused(fault)
    }
  }

  #worked<T>(value: T): T {
    if (this.#failedAt !== undefined && this.#clock.now() - this.#failedAt >= RECOVERY_NS) {
      this.#failedAt = undefined
      this.#observer.health(false, undefined)
    }
    return value
  }

  #refused(fault: unknown): never {
    this.#failed(fault)
    throw fault
  }

  #failed(fault: unknown): void {
    if (!isStoreFault(fault)) return
    const wasFailing = this.failing
    this.#failedAt = this.#clock.now()
    this.#observer.failed(fault)
    if (!wasFailing) this.#observer.health(true, fault)
  }
}

/** A cursor that no page gave, say, is the caller's mistake and not the store's. */
function isStoreFault(fault: unknown): boolean {
  return !(fault instanceof SessionError) || fault.code === 'store_unavailable' || fault.code === 'internal'
}

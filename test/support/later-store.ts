import type { Instant } from '../../src/core/clock.js'
import type { Now } from '../../src/core/lifetime.js'
import type { EndReason, Session, SessionRef, Tombstone } from '../../src/core/session.js'
import type {
  Due,
  Ended,
  Lease,
  NumberRange,
  Page,
  SessionFilter,
  SessionStore,
  StoreCounts,
} from '../../src/core/store.js'

/** Decides when an operation of a store runs and when its result arrives. */
export type Later = <T>(operation: string, run: () => T | Promise<T>) => Promise<T>

const nextTurn: Later = async (_operation, run) => {
  await Promise.resolve()
  const result = await run()
  await Promise.resolve()
  return result
}

/** Any store as one that answers with promises; `later` may delay, order and fail its operations. */
export class LaterStore implements SessionStore {
  readonly #store: SessionStore
  readonly #later: Later

  constructor(store: SessionStore, later: Later = nextTurn) {
    this.#store = store
    this.#later = later
  }

  get url(): string {
    return this.#store.url
  }

  insert(session: Session): Promise<void> {
    return this.#later('insert', () => this.#store.insert(session))
  }

  get(ref: SessionRef): Promise<Session | undefined> {
    return this.#later('get', () => this.#store.get(ref))
  }

  tombstone(ref: SessionRef): Promise<Tombstone | undefined> {
    return this.#later('tombstone', () => this.#store.tombstone(ref))
  }

  renew(id: string, at: Instant): void {
    this.#store.renew(id, at)
  }

  end(
    id: string,
    how: { reason: EndReason; endedBy: string; endedAt_ms: number; ifRenewedAt?: Instant },
  ): Promise<Session | undefined> {
    return this.#later('end', () => this.#store.end(id, how))
  }

  endAll(
    sessions: readonly Session[],
    how: { reason: EndReason; endedBy: string; endedAt_ms: number },
  ): Promise<Ended> {
    return this.#later('endAll', () => this.#store.endAll(sessions, how))
  }

  reserveNumbers(partition: number, count: number): Promise<NumberRange> {
    return this.#later('reserveNumbers', () => this.#store.reserveNumbers(partition, count))
  }

  due(now: Now, limit: number, partition?: number): Promise<Due> {
    return this.#later('due', () => this.#store.due(now, limit, partition))
  }

  list(filter: SessionFilter, limit: number, cursor?: string): Promise<Page> {
    return this.#later('list', () => this.#store.list(filter, limit, cursor))
  }

  counts(): StoreCounts {
    return this.#store.counts()
  }

  countOf(owner: Uint8Array): Promise<number> {
    return this.#later('countOf', () => this.#store.countOf(owner))
  }

  oldestOf(owner: Uint8Array): Promise<Session | undefined> {
    return this.#later('oldestOf', () => this.#store.oldestOf(owner))
  }

  lease(name: string, ttl_ms: number): Promise<Lease | undefined> {
    return this.#later('lease', () => this.#store.lease(name, ttl_ms))
  }

  forget(before_ms: number): Promise<void> {
    return this.#later('forget', () => this.#store.forget(before_ms))
  }

  close(): Promise<void> {
    return this.#store.close()
  }
}

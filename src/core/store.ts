import type { Instant } from './clock.js'
import type { Now } from './lifetime.js'
import type { EndReason, Session, SessionRef, Tombstone } from './session.js'

/** A value at hand, or later: engines in memory answer at once. */
export type Maybe<T> = T | Promise<T>

export interface NumberRange {
  readonly first: bigint
  /** Inclusive. */
  readonly last: bigint
}

export interface SessionFilter {
  readonly state?: 'open' | EndReason
  readonly generation?: string
  readonly dialect?: string
  readonly owner?: Uint8Array
  readonly account?: Uint8Array
}

export interface ListedSession {
  readonly session: Session
  /** Absent while it is open. */
  readonly end?: Omit<Tombstone, 'session'>
}

export interface Page {
  readonly items: readonly ListedSession[]
  /** Opaque; absent on the last page. */
  readonly cursor?: string
}

export interface StoreCounts {
  /** Open sessions by generation. */
  readonly open: ReadonlyMap<string, number>
  readonly tombstones: number
}

export interface Due {
  readonly sessions: readonly Session[]
  /** There may be more: ask again, after others had their turn. Also when the search itself was cut short. */
  readonly more: boolean
  /** What kept the store from reading some of them. The others are there all the same. */
  readonly faults?: readonly unknown[]
}

/** What came of ending many sessions at once. */
export interface Ended {
  /** Each as it was, in the order in which they ended. */
  readonly sessions: readonly Session[]
  /** What was raised; the sessions that it kept from ending are still open. */
  readonly faults: readonly unknown[]
}

export interface Lease {
  readonly name: string
  /** Keeps it for another `ttl_ms` from now. False once it is lost: somebody else may hold it. */
  extend(ttl_ms: number): Maybe<boolean>
  release(): Promise<void>
}

/**
 * Where sessions live. Operations, not a key-value map: each engine does them with what it is good at, and
 * `test/stores/compliance.ts` holds all engines to the same behaviour. A store knows nothing of expiry rules beyond
 * `isOver`: it returns what it holds, and the core decides what a caller sees. An engine that can't do its work raises
 * SessionError `store_unavailable`.
 */
export interface SessionStore {
  /** For people: `memory:`, `lmdb:./data`. */
  readonly url: string
  /** Adds an open session; as durable as the store promises when it resolves. An id or number in use is a fault: `internal`. */
  insert(session: Session): Maybe<void>
  /** The open session of that name, also when its deadline has passed. An owner in the ref must match. */
  get(ref: SessionRef): Maybe<Session | undefined>
  /** The tombstone of that name, while it is kept. */
  tombstone(ref: SessionRef): Maybe<Tombstone | undefined>
  /** Sets `renewedAt` of a timeout session; nothing if it is not open, nor if `at` is older. Never awaited. */
  renew(id: string, at: Instant): void
  /**
   * Ends an open session and keeps a tombstone, from which the sealed private key is gone. Returns the session as it was.
   * Undefined if somebody else ended it first, or if `ifRenewedAt` is given and the session was renewed since.
   */
  end(
    id: string,
    end: { reason: EndReason; endedBy: string; endedAt_ms: number; ifRenewedAt?: Instant },
  ): Maybe<Session | undefined>
  /**
   * As `end`, for sessions as `due` returned them, at less than the cost of one by one. Those that somebody else ended or renewed
   * since are not in the answer. A fault of one keeps no other from ending.
   */
  endAll(sessions: readonly Session[], end: { reason: EndReason; endedBy: string; endedAt_ms: number }): Maybe<Ended>
  /** `count` numbers of a partition, the first ever being 1. Never handed out twice; gaps are allowed. */
  reserveNumbers(partition: number, count: number): Maybe<NumberRange>
  /**
   * Up to `limit` open sessions whose lifetime is over, the oldest deadlines of each kind first, no kind starving the other.
   * With `partition`: the lazy ones of that partition and no others; without: no lazy ones. They stay due until they end.
   */
  due(now: Now, limit: number, partition?: number): Maybe<Due>
  /**
   * Open and ended sessions, oldest first; what is inserted while somebody pages comes after. A page may be short, even
   * empty, and still have a cursor. A cursor that no page gave is `invalid`.
   */
  list(filter: SessionFilter, limit: number, cursor?: string): Maybe<Page>
  counts(): StoreCounts
  /** How many open sessions this owner has, for the limit per owner. */
  countOf(owner: Uint8Array): Maybe<number>
  /** Of the open sessions of this owner the one that was inserted first, also when its deadline has passed. */
  oldestOf(owner: Uint8Array): Maybe<Session | undefined>
  /** One holder at a time sweeps: undefined while another holds the lease. A holder that vanished loses it after `ttl_ms`. */
  lease(name: string, ttl_ms: number): Maybe<Lease | undefined>
  /** Tombstones older than this instant of wall time go, and those beyond the store's limit that are still there. */
  forget(before_ms: number): Maybe<void>
  close(): Promise<void>
}

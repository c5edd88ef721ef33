import { bytesKey } from '../core/bytes.js'
import type { Instant } from '../core/clock.js'
import { SessionError } from '../core/errors.js'
import type { Now } from '../core/lifetime.js'
import { DEFAULT_SESSION_LIMITS } from '../core/limits.js'
import type { EndReason, Session, SessionRef, Tombstone } from '../core/session.js'
import type { Due, Ended, Lease, NumberRange, Page, SessionFilter, SessionStore, StoreCounts } from '../core/store.js'
import { DeadlineIndex } from './deadline-index.js'
import { type Entry, newEntry } from './entry.js'
import { Fifo } from './fifo.js'
import { NameIndex } from './name-index.js'
import { SessionLog } from './session-log.js'

export interface MemoryStoreOptions {
  /** Ended sessions that are remembered; the oldest goes first. */
  readonly tombstones?: number
  /** Partitions whose last number is remembered one by one. */
  readonly partitions?: number
  readonly url?: string
  /** Called with the configuration name of a limit when something is forgotten for it: `limits.tombstones`. */
  readonly onLimit?: (limit: string) => void
}

/** Sessions in memory: gone with the process, and every answer at once. */
export class MemoryStore implements SessionStore {
  readonly url: string
  readonly #names = new NameIndex()
  readonly #deadlines = new DeadlineIndex()
  readonly #log = new SessionLog()
  readonly #ended = new Fifo<Entry>()
  readonly #open = new Map<string, number>()
  /** In the order in which they were inserted, as sets are. */
  readonly #openOfOwner = new Map<string, Set<Entry>>()
  readonly #leases = new Map<string, Lease>()
  readonly #lastNumbers = new Map<number, bigint>()
  readonly #tombstoneLimit: number
  readonly #partitionLimit: number
  readonly #onLimit: (limit: string) => void
  /** No number up to here is given to a partition that is not in `#lastNumbers`: it may have had it. */
  #numbersForgotten = 0n

  constructor(options: MemoryStoreOptions = {}) {
    this.url = options.url ?? 'memory:'
    this.#tombstoneLimit = options.tombstones ?? DEFAULT_SESSION_LIMITS.tombstones
    this.#partitionLimit = options.partitions ?? DEFAULT_SESSION_LIMITS.partitions
    this.#onLimit = options.onLimit ?? (() => {})
  }

  insert(session: Session): void {
    const entry = newEntry(session, this.#log.nextSequence())
    if (!this.#names.add(entry)) {
      throw new SessionError('internal', 'internal error', {
        cause: new Error('a session of that id or number is stored already'),
      })
    }
    this.#deadlines.add(entry)
    this.#log.append(entry)
    this.#countGeneration(session, 1)
    this.#addToOwner(entry)
  }

  get(ref: SessionRef): Session | undefined {
    const entry = this.#names.find(ref)
    return entry?.end === undefined ? entry?.session : undefined
  }

  tombstone(ref: SessionRef): Tombstone | undefined {
    const entry = this.#names.find(ref)
    return entry?.end === undefined ? undefined : { session: entry.session, ...entry.end }
  }

  renew(id: string, at: Instant): void {
    const entry = this.#names.findId(id)
    if (entry === undefined || entry.end !== undefined) return
    const { session } = entry
    if (session.lifetime.kind !== 'timeout' || session.lifetime.renewedAt >= at) return
    entry.session = { ...session, lifetime: { ...session.lifetime, renewedAt: at } }
  }

  end(
    id: string,
    how: { reason: EndReason; endedBy: string; endedAt_ms: number; ifRenewedAt?: Instant },
  ): Session | undefined {
    const entry = this.#names.findId(id)
    if (entry === undefined || entry.end !== undefined) return undefined
    const { session } = entry
    const { reason, endedBy, endedAt_ms, ifRenewedAt } = how
    const { lifetime } = session
    if (ifRenewedAt !== undefined && lifetime.kind === 'timeout' && lifetime.renewedAt !== ifRenewedAt) return undefined
    this.#deadlines.remove(entry)
    this.#countGeneration(session, -1)
    this.#removeFromOwner(entry)
    entry.end = { reason, endedBy, endedAt_ms }
    entry.session = withoutPrivateKey(session)
    this.#ended.push(entry)
    if (this.#ended.size > this.#tombstoneLimit) {
      this.#forgetOldest()
      this.#onLimit('limits.tombstones')
    }
    return session
  }

  endAll(sessions: readonly Session[], how: { reason: EndReason; endedBy: string; endedAt_ms: number }): Ended {
    const ended = sessions.map(({ id, lifetime }) =>
      this.end(id, lifetime.kind === 'timeout' ? { ...how, ifRenewedAt: lifetime.renewedAt } : how),
    )
    return { sessions: ended.filter((session) => session !== undefined), faults: [] }
  }

  reserveNumbers(partition: number, count: number): NumberRange {
    const last = this.#lastNumbers.get(partition) ?? this.#numbersForgotten
    const range = { first: last + 1n, last: last + BigInt(count) }
    this.#lastNumbers.set(partition, range.last)
    if (this.#lastNumbers.size > this.#partitionLimit) {
      this.#forgetPartition()
      this.#onLimit('limits.partitions')
    }
    return range
  }

  due(now: Now, limit: number, partition?: number): Due {
    const { entries, more } = this.#deadlines.due(now, limit, partition)
    return { sessions: entries.map((entry) => entry.session), more }
  }

  list(filter: SessionFilter, limit: number, cursor?: string): Page {
    return this.#log.page(filter, limit, cursor)
  }

  counts(): StoreCounts {
    return { open: this.#open, tombstones: this.#ended.size }
  }

  countOf(owner: Uint8Array): number {
    return this.#openOfOwner.get(bytesKey(owner))?.size ?? 0
  }

  oldestOf(owner: Uint8Array): Session | undefined {
    for (const { session } of this.#openOfOwner.get(bytesKey(owner)) ?? []) return session
    return undefined
  }

  /** Nobody outlives the memory that the lease is in, so it holds until it is released. */
  lease(name: string): Lease | undefined {
    if (this.#leases.has(name)) return undefined
    const lease: Lease = {
      name,
      extend: () => this.#leases.get(name) === lease,
      release: async () => {
        if (this.#leases.get(name) === lease) this.#leases.delete(name)
      },
    }
    this.#leases.set(name, lease)
    return lease
  }

  forget(before_ms: number): void {
    for (;;) {
      const end = this.#ended.peek()?.end
      if (end === undefined || end.endedAt_ms >= before_ms) return
      this.#forgetOldest()
    }
  }

  async close(): Promise<void> {
    this.#leases.clear()
  }

  #forgetOldest(): void {
    const entry = this.#ended.shift()
    if (entry === undefined) return
    this.#names.remove(entry)
    this.#log.remove(entry)
  }

  #forgetPartition(): void {
    for (const [partition, last] of this.#lastNumbers) {
      this.#lastNumbers.delete(partition)
      if (last > this.#numbersForgotten) this.#numbersForgotten = last
      return
    }
  }

  #countGeneration({ origin: { generation } }: Session, change: 1 | -1): void {
    this.#open.set(generation, (this.#open.get(generation) ?? 0) + change)
  }

  #addToOwner(entry: Entry): void {
    if (entry.session.owner === undefined) return
    const owner = bytesKey(entry.session.owner)
    const entries = this.#openOfOwner.get(owner)
    if (entries === undefined) this.#openOfOwner.set(owner, new Set([entry]))
    else entries.add(entry)
  }

  #removeFromOwner(entry: Entry): void {
    if (entry.session.owner === undefined) return
    const owner = bytesKey(entry.session.owner)
    const entries = this.#openOfOwner.get(owner)
    entries?.delete(entry)
    if (entries?.size === 0) this.#openOfOwner.delete(owner)
  }
}

function withoutPrivateKey(session: Session): Session {
  return session.key === undefined ? session : { ...session, key: { ...session.key, sealed: new Uint8Array(0) } }
}

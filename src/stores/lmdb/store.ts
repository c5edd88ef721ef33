import { type Clock, type Instant, NANOSECONDS_PER_MILLISECOND } from '../../core/clock.js'
import type { SessionError } from '../../core/errors.js'
import { deadlineOf, type Lifetime, type Now } from '../../core/lifetime.js'
import { chain } from '../../core/maybe.js'
import type { Session, SessionRef, Tombstone } from '../../core/session.js'
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
} from '../../core/store.js'
import { CountingBatch, readCounts } from './batch.js'
import { Changes, type End } from './changes.js'
import { markClean } from './clean-mark.js'
import { storeError } from './damage.js'
import { Deadlines } from './deadlines.js'
import { Ends } from './ends.js'
import type { Environment } from './environment.js'
import { type CommitReport, GroupCommit } from './group-commit.js'
import { History } from './history.js'
import { metaKey, ownerKey } from './keys.js'
import { Leases } from './leases.js'
import { page } from './list.js'
import { Numbers } from './numbers.js'
import { type Incarnation, type Instance, join, leave, living, type Machine, readProcesses } from './processes.js'
import { Reader } from './reader.js'
import { Renewals } from './renewals.js'

export interface LmdbStoreOptions {
  readonly directory: string
  /** For people: `lmdb:./data`. */
  readonly url: string
  /**
   * Ended sessions that are remembered; the oldest goes first, some time after the end that is one too many. Those that a sweep has
   * ended count from when they are settled.
   */
  readonly tombstones: number
  /** Partitions whose last number is remembered one by one. */
  readonly partitions: number
  readonly clock: Pick<Clock, 'now' | 'schedule'>
  readonly machine: Machine
  /** Called with the configuration name of a limit when something is forgotten for it: `limits.tombstones`. */
  readonly onLimit: (limit: string) => void
  readonly onCommit: (report: CommitReport) => void
  /** A commit failed; those who asked for it are told. */
  readonly onFailure: (fault: SessionError) => void
  /** Nothing is written or read any more until the store is opened again. */
  readonly onBroken: (fault: SessionError) => void
  /** What nobody waits for could not be written, such as renewals; it is tried again. */
  readonly onFault: (fault: unknown) => void
}

/** What another process renewed is seen here that much later at most: it writes every 100 ms, and a commit takes its time. */
const GRACE_ms = 200
const GRACE = BigInt(GRACE_ms) * NANOSECONDS_PER_MILLISECOND

/**
 * Sessions in one LMDB directory, which several processes of a machine may have open. What is answered is on disk; renewals
 * alone are written later. Reads come from the memory map and answer at once.
 */
export class LmdbStore implements SessionStore {
  readonly url: string
  readonly #environment: Environment
  readonly #options: LmdbStoreOptions
  readonly #self: Instance
  readonly #batch: CountingBatch
  readonly #commits: GroupCommit
  readonly #reader: Reader
  readonly #changes: Changes
  readonly #deadlines: Deadlines
  readonly #ends: Ends
  readonly #history: History
  readonly #numbers: Numbers
  readonly #renewals: Renewals
  readonly #leases: Leases
  #closing: Promise<void> | undefined
  #closed = false

  private constructor(
    environment: Environment,
    options: LmdbStoreOptions,
    parts: { batch: CountingBatch; commits: GroupCommit; self: Instance; incarnation: Incarnation },
  ) {
    const { tables } = environment
    const { batch, commits, self, incarnation } = parts
    const { clock, tombstones, partitions, onLimit, onFault } = options
    this.url = options.url
    this.#environment = environment
    this.#options = options
    this.#self = self
    this.#batch = batch
    this.#commits = commits
    this.#renewals = new Renewals({ clock, commits, onFault, write: (id, at) => this.#changes.renew(id, at) })
    this.#reader = new Reader({ tables, incarnation, unwritten: this.#renewals })
    this.#changes = new Changes({ tables, batch, reader: this.#reader, incarnation, tombstones })
    this.#deadlines = new Deadlines({ tables, reader: this.#reader, incarnation })
    this.#ends = new Ends({ batch, changes: this.#changes, commits })
    this.#history = new History({ batch, changes: this.#changes, commits, tombstones, onLimit, onFault })
    this.#numbers = new Numbers({ tables, batch, commits, partitions, onLimit })
    this.#leases = new Leases({ tables, batch, commits, clock, self, living: () => this.#livingNow() })
  }

  /**
   * Joins those that have the store open. The environment is one that `openStore` has looked at; `prepare` runs in the same
   * transaction, before.
   */
  static async join(
    environment: Environment,
    options: LmdbStoreOptions,
    prepare: (put: (key: Buffer, row: Uint8Array) => void) => void = () => {},
  ): Promise<LmdbStore> {
    const { meta } = environment.tables
    const batch = new CountingBatch(meta)
    const commits = new GroupCommit(environment.root, batch, options)
    const put = (key: Buffer, row: Uint8Array): void => batch.put(meta, key, row)
    try {
      const joined = await commits.run(() => {
        prepare(put)
        return join(meta, (row) => put(metaKey.processes, row), options.machine, options.clock.now())
      })
      return new LmdbStore(environment, options, { batch, commits, ...joined })
    } catch (error) {
      await environment.root.close()
      throw error
    }
  }

  insert(session: Session): Promise<void> {
    return this.#commits.run(() => this.#changes.insert(session))
  }

  get(ref: SessionRef): Session | undefined {
    const found = this.#read(() => this.#reader.find(ref))
    return found?.end === undefined ? found?.session : undefined
  }

  tombstone(ref: SessionRef): Tombstone | undefined {
    const found = this.#read(() => this.#reader.find(ref))
    return found?.end === undefined ? undefined : { session: found.session, ...found.end }
  }

  renew(id: string, at: Instant): void {
    this.#renewals.add(id, at)
  }

  /**
   * An expiry waits until every renewal that another process may have taken in time is seen here, and looks again then.
   */
  end(id: string, end: End): Promise<Session | undefined> {
    const wait_ms = end.ifRenewedAt === undefined ? 0 : this.#graceLeft_ms(id, end.ifRenewedAt)
    if (wait_ms > 0) return this.#later(wait_ms).then(() => this.#end(id, end))
    return this.#end(id, end)
  }

  /** Waits as `end` does, once for all of them. */
  async endAll(sessions: readonly Session[], end: Omit<End, 'ifRenewedAt'>): Promise<Ended> {
    const wait_ms = this.#isShared() ? Math.max(0, ...sessions.map(({ lifetime }) => this.#graceOf_ms(lifetime))) : 0
    if (wait_ms > 0) await this.#later(wait_ms)
    const ended = await this.#ends.endAll(sessions, end)
    for (const { id } of ended.sessions) this.#renewals.drop(id)
    this.#history.tidy()
    return ended
  }

  reserveNumbers(partition: number, count: number): Maybe<NumberRange> {
    return this.#numbers.reserve(partition, count)
  }

  /** Whoever ends sessions waits here for those that are to be forgotten: what was found ends without delay. */
  due(now: Now, limit: number, partition?: number): Maybe<Due> {
    return chain(this.#history.room(), () => this.#due(now, limit, partition))
  }

  #due(now: Now, limit: number, partition?: number): Maybe<Due> {
    const over = this.#read(() => this.#deadlines.over(now, limit, partition, this.#isShared() ? GRACE : 0n))
    const { renewed, more, faults } = over
    if (partition === undefined) this.#history.sweepHas(more)
    const sessions = over.sessions.map((found) => this.#ends.remember(found))
    if (renewed.length === 0) return { sessions, more, faults }
    const moved = this.#commits.run(() => {
      for (const sequence of renewed) this.#changes.reindex(sequence)
    }, 'sweep')
    return moved.then(() => ({ sessions, more, faults }))
  }

  list(filter: SessionFilter, limit: number, cursor?: string): Page {
    return this.#read(() => page(this.#environment.tables, this.#reader, filter, limit, cursor))
  }

  counts(): StoreCounts {
    return this.#read(() => readCounts(this.#environment.tables.meta))
  }

  countOf(owner: Uint8Array): number {
    return this.#read(() => this.#reader.countOf(ownerKey.count(owner)))
  }

  oldestOf(owner: Uint8Array): Session | undefined {
    return this.#read(() => this.#reader.oldestOf(owner)?.session)
  }

  lease(name: string, ttl_ms: number): Promise<Lease | undefined> {
    return this.#leases.take(name, ttl_ms)
  }

  async forget(before_ms: number): Promise<void> {
    // A reader that was killed, such as `store export`, would keep every page that is freed from being used again.
    this.#environment.root.readerCheck()
    await this.#history.before(before_ms)
  }

  /** Writes what is left, and tells the others that this process is gone. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const { root, tables } = this.#environment
    let isLast = false
    this.#history.stop()
    try {
      await this.#renewals.close()
      await this.#commits.close(() => {
        isLast = this.#living().length <= 1
        this.#numbers.giveBack()
        leave(tables.meta, (row) => this.#batch.put(tables.meta, metaKey.processes, row), this.#self)
      })
    } finally {
      this.#closed = true
      await root.close()
    }
    if (isLast) markClean(this.#options.directory)
  }

  async #end(id: string, end: End): Promise<Session | undefined> {
    const line = end.reason === 'expired' ? 'sweep' : 'calls'
    const ended = await this.#commits.run(() => this.#changes.end(id, end), line)
    if (ended !== undefined) this.#renewals.drop(id)
    this.#history.tidy()
    return ended
  }

  /** Nothing for one that was renewed since: its deadline is another now, and it does not end. */
  #graceLeft_ms(id: string, renewedAt: Instant): number {
    if (!this.#isShared()) return 0
    const lifetime = this.get({ by: 'id', id })?.lifetime
    return lifetime?.kind === 'timeout' && lifetime.renewedAt === renewedAt ? this.#graceOf_ms(lifetime) : 0
  }

  #graceOf_ms(lifetime: Lifetime): number {
    if (lifetime.kind !== 'timeout') return 0
    const left = deadlineOf(lifetime) + GRACE - this.#options.clock.now()
    return left > 0n ? Math.ceil(Number(left) / Number(NANOSECONDS_PER_MILLISECOND)) : 0
  }

  #later(delay_ms: number): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.schedule(delay_ms, resolve))
  }

  #isShared(): boolean {
    return this.#livingNow().length > 1
  }

  #livingNow(): readonly Instance[] {
    return this.#read(() => this.#living())
  }

  #living(): readonly Instance[] {
    const processes = readProcesses(this.#environment.tables.meta)
    // Alone in the list is the usual case, and needs no look at the others.
    return processes.processes.length <= 1 ? processes.processes : living(processes, this.#options.machine)
  }

  /**
   * Reads what is committed now: lmdb reads on for a millisecond in the snapshot that it read in last, which does not have what
   * another process acknowledged since. After the end lmdb would not refuse a read but fail later, in a timer.
   */
  #read<T>(read: () => T): T {
    try {
      if (this.#closed) throw new Error('the store was closed')
      this.#environment.root.resetReadTxn()
      return read()
    } catch (error) {
      throw storeError(error)
    }
  }
}

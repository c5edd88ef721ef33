import type { Clock } from '../../core/clock.js'
import type { Session } from '../../core/session.js'
import { SessionRecord } from '../../generated/store/store.js'
import { CountingBatch, readCounts } from './batch.js'
import { BulkInsert } from './bulk-insert.js'
import { Changes } from './changes.js'
import { markClean } from './clean-mark.js'
import type { Environment } from './environment.js'
import { fromRow, toRow } from './frame.js'
import { metaKey, sequenceAt, sequenceKey } from './keys.js'
import { type Incarnation, type Instance, join, leave, type Machine } from './processes.js'
import { Reader } from './reader.js'
import { fromRecord, NO_BYTES } from './record.js'

export interface AloneOptions {
  readonly directory: string
  readonly machine: Machine
  readonly clock: Pick<Clock, 'now'>
  /** The command that needs it, such as `rekey`: who comes meanwhile is refused, and told of it. */
  readonly aloneFor: string
  /** Ended sessions that are remembered. */
  readonly tombstones: number
  /** Partitions whose last number is remembered one by one. */
  readonly partitions: number
}

export interface Resealed {
  /** Where to go on; undefined once all were looked at. */
  readonly next: number | undefined
  readonly looked: number
  readonly changed: number
}

/**
 * A store that this process has to itself. Every change is a transaction: on disk when the call returns, and not there at all if
 * it throws or the process dies in it.
 */
export class StoreAlone {
  readonly #environment: Environment
  readonly #options: AloneOptions
  readonly #batch: CountingBatch
  readonly #self: Instance
  readonly #incarnation: Incarnation

  private constructor(
    environment: Environment,
    options: AloneOptions,
    { batch, self, incarnation }: { batch: CountingBatch; self: Instance; incarnation: Incarnation },
  ) {
    this.#environment = environment
    this.#options = options
    this.#batch = batch
    this.#self = self
    this.#incarnation = incarnation
  }

  /** Used by `openAlone`. @throws StoreRefusedError if anybody else has the store open */
  static async join(
    environment: Environment,
    options: AloneOptions,
    prepare: (put: (key: Buffer, row: Uint8Array) => void) => void,
  ): Promise<StoreAlone> {
    const { machine, clock, aloneFor } = options
    const { meta } = environment.tables
    const batch = new CountingBatch(meta)
    try {
      const joined = inTransaction(environment, batch, () => {
        prepare((key, row) => batch.put(meta, key, row))
        return join(meta, (row) => batch.put(meta, metaKey.processes, row), machine, clock.now(), aloneFor)
      })
      return new StoreAlone(environment, options, { batch, ...joined })
    } catch (error) {
      await environment.root.close()
      throw error
    }
  }

  /** Open and ended ones. */
  get sessions(): number {
    const { open, tombstones } = readCounts(this.#environment.tables.meta)
    return [...open.values()].reduce((sum, count) => sum + count, tombstones)
  }

  get keyring(): Uint8Array | undefined {
    const kept = this.#environment.tables.meta.getBinary(metaKey.keyring)
    return kept === undefined ? undefined : new Uint8Array(kept)
  }

  replaceKeyring(keyring: Uint8Array): void {
    this.#change(() => this.#batch.put(this.#environment.tables.meta, metaKey.keyring, keyring))
  }

  /** All that `fill` inserts, or nothing if it throws. */
  insertAll<T>(fill: (into: BulkInsert) => T): { readonly filled: T; readonly forgotten: number } {
    const { tombstones, partitions } = this.#options
    const { tables } = this.#environment
    const batch = this.#batch
    const incarnation = this.#incarnation
    const reader = new Reader({ tables, incarnation, unwritten: { get: () => undefined } })
    const changes = new Changes({ tables, batch, reader, incarnation, tombstones })
    return this.#change(() => {
      const bulk = new BulkInsert({ tables, batch, changes, partitions })
      const filled = fill(bulk)
      return { filled, forgotten: bulk.finish() }
    })
  }

  /**
   * Looks at up to `count` sessions from `from` on, 0 at first, in the order of insertion, and replaces the sealed keys of those
   * for which `reseal` gives another.
   */
  resealSome(from: number, count: number, reseal: (session: Session) => Uint8Array | undefined): Resealed {
    const { sessions } = this.#environment.tables
    return this.#change(() => {
      // Copies: a write moves what the cursor shows.
      const rows = [...sessions.getRange({ start: sequenceKey(from), limit: count })].map(({ key, value }) => ({
        key: Buffer.from(key),
        record: fromRow(SessionRecord, key, new Uint8Array(value)),
      }))
      let changed = 0
      for (const { key, record } of rows) {
        const { session, end } = fromRecord(record)
        const sealed =
          end === undefined && session.key !== undefined ? this.#sealedAnew(key, session, reseal) : undefined
        if (sealed === undefined || record.key === undefined) continue
        this.#batch.put(sessions, key, toRow(SessionRecord, key, { ...record, key: { ...record.key, sealed } }))
        changed += 1
      }
      const last = rows.at(-1)
      const next = last === undefined || rows.length < count ? undefined : sequenceAt(last.key) + 1
      return { next, looked: rows.length, changed }
    })
  }

  /** The key of a session that has ended goes, also where the session is not settled. */
  #sealedAnew(
    key: Buffer,
    session: Session,
    reseal: (session: Session) => Uint8Array | undefined,
  ): Uint8Array | undefined {
    return this.#environment.tables.unsettled.doesExist(key) ? NO_BYTES : reseal(session)
  }

  /** Leaves the directory as one without a store: for one that was made and then not filled. */
  async unmake(): Promise<void> {
    const { meta } = this.#environment.tables
    this.#change(() => {
      for (const key of [...meta.getKeys()].map((each) => Buffer.from(each))) this.#batch.remove(meta, key)
    })
    await this.#environment.root.close()
  }

  async close(): Promise<void> {
    const { root, tables } = this.#environment
    try {
      this.#change(() => leave(tables.meta, (row) => this.#batch.put(tables.meta, metaKey.processes, row), this.#self))
    } finally {
      await root.close()
    }
    markClean(this.#options.directory)
  }

  #change<T>(run: () => T): T {
    return inTransaction(this.#environment, this.#batch, run)
  }
}

function inTransaction<T>({ root }: Environment, batch: CountingBatch, run: () => T): T {
  return root.transactionSync(() => {
    batch.begin()
    const value = run()
    batch.end()
    return value
  })
}

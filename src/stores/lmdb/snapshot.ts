import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { RootDatabase } from 'lmdb'
import type { Instant } from '../../core/clock.js'
import { type Process, SessionNumber, type Timer } from '../../generated/store/store.js'
import type { Contents, Kept, PartitionNumber } from './contents.js'
import { DamageError, StoreRefusedError } from './damage.js'
import { DATA_FILE, openEnvironment } from './environment.js'
import { sessionsOf } from './file-sessions.js'
import { fromRow } from './frame.js'
import { damagedStore, inspect, requireStore } from './inspect.js'
import { type MetaRows, readMetaRows } from './meta-rows.js'
import { PageError, PageFile } from './page-file.js'
import { living, type Machine } from './processes.js'
import type { Stored } from './record.js'
import { effectiveRenewal } from './timers.js'

export interface SnapshotOptions {
  readonly directory: string
  readonly machine: Machine
  /** A process that had it open did not end cleanly, or somebody changed it: its pages are read before LMDB opens it. */
  readonly onCheck: () => void
}

/**
 * A store at one moment, for reading, while others use it or not. Nothing is changed.
 *
 * What is read does not move: LMDB never overwrites a page that the newest commit uses before two more commits, and none that a
 * snapshot uses which a reader holds. So a read transaction is begun first and held; the newest commit that the file shows after
 * that is this reader's or a later one, and its pages became free at that commit at the earliest, which is not before the
 * reader: no writer takes them until the reader is gone. The pages are then read from the file and not through LMDB, because
 * damage in them would crash LMDB.
 */
export class StoreSnapshot implements Contents {
  readonly file: PageFile
  readonly meta: MetaRows
  /** Who has the store open. */
  readonly users: readonly Process[]
  readonly size_bytes: number
  readonly #directory: string
  readonly #machine: Machine
  readonly #release: () => Promise<void>

  private constructor(
    file: PageFile,
    { directory, machine }: SnapshotOptions,
    meta: MetaRows,
    release: () => Promise<void>,
  ) {
    this.file = file
    this.meta = meta
    this.users = living(meta.processes, machine)
    this.size_bytes = statSync(join(directory, DATA_FILE)).size
    this.#directory = directory
    this.#machine = machine
    this.#release = release
  }

  /** @throws StoreRefusedError if there is none, or none that can be read */
  static async open(options: SnapshotOptions): Promise<StoreSnapshot> {
    const { directory } = options
    makeSure(options)
    const unpin = pin(directory)
    let file: PageFile | undefined
    try {
      file = PageFile.open(join(directory, DATA_FILE))
      return new StoreSnapshot(file, options, readMetaRows(file.entries('meta')), unpin)
    } catch (error) {
      file?.close()
      await unpin()
      throw error instanceof PageError || error instanceof DamageError ? damagedStore(directory, error) : error
    }
  }

  get format(): number {
    return this.meta.format?.version ?? 0
  }

  get madeAt_ms(): number {
    return Number(this.meta.format?.madeAtMs ?? 0n)
  }

  get keyrings(): readonly Uint8Array[] {
    return this.meta.keyring === undefined ? [] : [this.meta.keyring]
  }

  get numbersForgotten(): bigint {
    return this.meta.numbersForgotten
  }

  get counts(): { readonly open: number; readonly ended: number; readonly partitions: number } {
    const { open, tombstones, unsettled, partitions } = this.meta.counters
    return {
      open: open.reduce((sum, { count }) => sum + Number(count), 0),
      ended: Number(tombstones + unsettled),
      partitions: Number(partitions),
    }
  }

  get inUse(): boolean {
    return this.users.length > 0
  }

  /** @throws PageError, DamageError */
  *sessions(): Generator<Kept, void> {
    for (const { stored, timer } of sessionsOf(this.file)) {
      yield { ...stored, renewedAt: this.#renewedAt(stored, timer) }
    }
  }

  /** @throws PageError, DamageError */
  *numbers(): Generator<PartitionNumber, void> {
    for (const { key, value } of this.file.entries('numbers')) {
      const partition = new DataView(key.buffer, key.byteOffset).getUint32(0)
      yield { partition, last: fromRow(SessionNumber, key, value).value }
    }
  }

  /** Runs what reads it. @throws StoreRefusedError for damage that it comes to */
  reading<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      throw error instanceof PageError || error instanceof DamageError ? damagedStore(this.#directory, error) : error
    }
  }

  async close(): Promise<void> {
    this.file.close()
    await this.#release()
  }

  #renewedAt({ session, end }: Stored, timer: Timer | undefined): Instant | undefined {
    const { bootId, boot, incarnation, takenOverAt } = this.meta.processes
    if (bootId === '' || bootId !== this.#machine.bootId) return undefined
    if (timer !== undefined) return effectiveRenewal(timer, { number: incarnation, boot, since: takenOverAt })
    return end !== undefined && session.lifetime.kind === 'timeout' ? session.lifetime.renewedAt : undefined
  }
}

/** That LMDB can open the file: somebody uses it, or its last process left it so, or every page was looked at. */
function makeSure({ directory, machine, onCheck }: SnapshotOptions): void {
  requireStore(directory)
  for (;;) {
    const { meta, needsCheck } = inspect(directory, machine)
    if (meta === undefined) throw new StoreRefusedError(`the store in ${directory} is empty: no gateway has used it`)
    if (!needsCheck) return
    onCheck()
    if (isWhole(directory)) return
  }
}

/** False if a gateway came meanwhile, so that what was read may be of several commits. @throws StoreRefusedError */
function isWhole(directory: string): boolean {
  const path = join(directory, DATA_FILE)
  const file = PageFile.open(path)
  try {
    file.verify()
    return true
  } catch (error) {
    if (PageFile.read(path, ({ transaction }) => transaction) !== file.transaction) return false
    throw damagedStore(directory, error)
  } finally {
    file.close()
  }
}

/** Begins a read transaction. Returns what ends it. */
function pin(directory: string): () => Promise<void> {
  let root: RootDatabase<Buffer, Uint8Array> | undefined
  try {
    const opened = openEnvironment(directory, { readOnly: true }).root
    root = opened
    const transaction = opened.useReadTransaction()
    return async () => {
      transaction.done()
      await opened.close()
    }
  } catch (cause) {
    void root?.close().catch(() => {})
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StoreRefusedError(`the store in ${directory} can't be read: ${reason}`, cause)
  }
}

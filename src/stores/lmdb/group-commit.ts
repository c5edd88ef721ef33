import type { RootDatabase } from 'lmdb'
import { type Clock, type Instant, NANOSECONDS_PER_MILLISECOND } from '../../core/clock.js'
import type { SessionError } from '../../core/errors.js'
import { storeError } from './damage.js'

/** What changes the store, inside a transaction. It reads first and writes then, so that what it refuses has changed nothing. */
export type Change<T> = () => T

/** What is done once for all changes of a transaction. */
export interface Batch {
  begin(): void
  /** How many rows were written since. */
  readonly writes: number
  end(): void
}

export interface CommitReport {
  /** From the begin of the transaction until it was on disk. */
  readonly duration_ms: number
  readonly changes: number
}

export interface GroupCommitOptions {
  readonly clock: Pick<Clock, 'now'>
  readonly onCommit: (report: CommitReport) => void
  /** A commit failed; those who asked for it are told. */
  readonly onFailure: (fault: SessionError) => void
  /** Nothing can be written or read any more until the store is opened again. */
  readonly onBroken: (fault: SessionError) => void
}

/** Who waits for a change: a call, the sweep, which may have very many at once, or nobody, when what is old is forgotten. */
export type Line = 'calls' | 'sweep' | 'history'

/** For so long changes of one transaction run in a row: calls that wait for the event loop don't feel it. */
const TURN = 6n * NANOSECONDS_PER_MILLISECOND

const ANY_KEY = Buffer.from('any')

interface Waiting {
  /** Throws if the change failed when it had already written: nothing of this transaction may stay. */
  run(): void
  settle(): void
  fail(error: unknown): void
}

/**
 * One transaction at a time; what comes while it is being synced goes into the next one together. So a commit is shared by
 * all who ask at the same time, and each of them is answered when it is on disk. A call and one of the others go in turn, so
 * that no call waits for a sweep; history waits until the sweep has had its turn.
 */
export class GroupCommit {
  readonly #root: RootDatabase<Buffer, Uint8Array>
  readonly #batch: Batch
  readonly #clock: Pick<Clock, 'now'>
  readonly #options: GroupCommitOptions
  readonly #lines: Readonly<Record<Line, Waiting[]>> = { calls: [], sweep: [], history: [] }
  #isCallNext = true
  #running: Promise<void> | undefined
  /** Why nothing is written any more. */
  #broken: SessionError | undefined
  #isClosed = false

  constructor(root: RootDatabase<Buffer, Uint8Array>, batch: Batch, options: GroupCommitOptions) {
    this.#root = root
    this.#batch = batch
    this.#clock = options.clock
    this.#options = options
  }

  /** Resolves when the change is on disk. Raises what the change raised, and `store_unavailable` if it could not be stored. */
  run<T>(change: Change<T>, line: Line = 'calls'): Promise<T> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken)
    if (this.#isClosed) return Promise.reject(storeError(new Error('the store was closed')))
    return this.#add(change, line)
  }

  /** Takes no more changes from now on; resolves when those that wait are through, and after them the last one. */
  async close(last: Change<void>): Promise<void> {
    this.#isClosed = true
    await this.#idle()
    if (this.#broken !== undefined) throw this.#broken
    await this.#add(last, 'calls')
    await this.#idle()
  }

  #add<T>(change: Change<T>, line: Line): Promise<T> {
    return new Promise((resolve, reject) => {
      const batch = this.#batch
      let settle = (): void => {}
      const run = (): void => {
        const written = batch.writes
        try {
          const value = change()
          settle = () => resolve(value)
        } catch (error) {
          if (batch.writes > written) throw error
          settle = () => reject(storeError(error))
        }
      }
      this.#lines[line].push({ run, settle: () => settle(), fail: reject })
      this.#running ??= this.#commitAll()
    })
  }

  /** Resolves when nothing is waiting. */
  async #idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #commitAll(): Promise<void> {
    // Those who ask in this turn of the event loop go together.
    await Promise.resolve()
    while (this.#isWaitedFor()) await this.#commit()
    this.#running = undefined
  }

  async #commit(): Promise<void> {
    const taken: Waiting[] = []
    const began = this.#clock.now()
    try {
      await this.#root.childTransaction(() => this.#runQueue(taken))
    } catch (error) {
      await settled(error)
      // A transaction that never came to run has taken nobody: they must not wait for ever.
      if (taken.length === 0) taken.push(...this.#takeAll())
      const failure = storeError(error)
      this.#options.onFailure(failure)
      if (!this.#isUsable()) {
        this.#broken = failure
        taken.push(...this.#takeAll())
        this.#options.onBroken(failure)
      }
      for (const waiting of taken) waiting.fail(failure)
      return
    }
    this.#options.onCommit({ duration_ms: milliseconds(this.#clock.now() - began), changes: taken.length })
    for (const waiting of taken) waiting.settle()
  }

  /**
   * A commit that fails while it writes or syncs pages leaves no trace: the next one writes and syncs all that it needs anew.
   * But when a meta page could not be written, nobody knows which snapshot the disk has. LMDB then refuses every transaction,
   * those of readers too, and lmdb would let whoever writes wait for ever.
   */
  #isUsable(): boolean {
    try {
      this.#root.resetReadTxn()
      this.#root.doesExist(ANY_KEY)
      return true
    } catch {
      return false
    }
  }

  #runQueue(taken: Waiting[]): void {
    const until = this.#clock.now() + TURN
    this.#batch.begin()
    do {
      const waiting = this.#takeNext()
      if (waiting === undefined) break
      taken.push(waiting)
      waiting.run()
    } while (this.#clock.now() < until)
    this.#batch.end()
  }

  #takeNext(): Waiting | undefined {
    const { calls, sweep, history } = this.#lines
    const others = sweep.length > 0 ? sweep : history
    const isCall = others.length === 0 || (this.#isCallNext && calls.length > 0)
    this.#isCallNext = !isCall
    return isCall ? calls.shift() : others.shift()
  }

  #takeAll(): Waiting[] {
    return Object.values(this.#lines).flatMap((line) => line.splice(0))
  }

  #isWaitedFor(): boolean {
    return Object.values(this.#lines).some((line) => line.length > 0)
  }
}

function milliseconds(time: Instant): number {
  return Number(time) / Number(NANOSECONDS_PER_MILLISECOND)
}

/** lmdb tells the reason of a failed commit in a promise of its own, which rejects a moment later and must be waited for. */
async function settled(error: unknown): Promise<void> {
  if (!(error instanceof Error) || !('commitError' in error)) return
  const reason: unknown = error.commitError
  if (!(reason instanceof Promise)) return
  const cause: unknown = await Promise.race([reason.catch((cause: unknown) => cause), shortWait()])
  if (cause !== undefined) error.cause = cause
}

function shortWait(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(() => setImmediate(() => resolve(undefined))))
}

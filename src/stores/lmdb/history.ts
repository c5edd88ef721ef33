import type { Maybe } from '../../core/store.js'
import type { CountingBatch } from './batch.js'
import type { Changes, Forgotten } from './changes.js'
import type { GroupCommit } from './group-commit.js'

/** Sessions in one change, at about 40 µs each: their rows lie on pages all over the store. */
const AT_ONCE = 4
/** Changes that share commits: together they forget more than one slice of the sweep ends. */
const CHANGES_AT_ONCE = 250
/** Up to so many times as many as are remembered wait to be forgotten before the sweep waits for that. */
const BEHIND_MAX = 10

export interface HistoryParts {
  readonly batch: CountingBatch
  readonly changes: Changes
  readonly commits: GroupCommit
  /** Ended sessions that are remembered. */
  readonly tombstones: number
  /** Called with the configuration name of a limit for each session that is forgotten for it. */
  readonly onLimit: (limit: string) => void
  readonly onFault: (fault: unknown) => void
}

/**
 * What becomes of ended sessions while no end waits: those that a sweep has ended are settled, and those that are too many or too
 * old are forgotten. Either costs as much as to end one, and is of no use to whoever asked for that. A sweep that goes on and on
 * waits once there are too many.
 */
export class History {
  readonly #parts: HistoryParts
  /** What goes on by itself. */
  #tidying: Promise<void> | undefined
  #sweeping = false
  /** Sequences of sessions that can't be settled. */
  readonly #unreadable = new Set<number>()
  #stopped = false

  constructor(parts: HistoryParts) {
    this.#parts = parts
  }

  /** To be called when sessions have ended: settles them and forgets what is beyond the limit, in the background. */
  tidy(): void {
    if (this.#tidying !== undefined || this.#mustWait() || this.#waiting() <= 0) return
    this.#tidying = this.#tidyAll()
      .catch(this.#parts.onFault)
      .finally(() => {
        this.#tidying = undefined
      })
  }

  /** A sweep that has more to end has the disk for itself: all waits until it is through. */
  sweepHas(more: boolean): void {
    this.#sweeping = more
    this.tidy()
  }

  /** Resolves when the sweep may end more; at once, if that is now. */
  room(): Maybe<void> {
    if (this.#isFarBehind()) return this.#catchUp()
  }

  /** Forgets those that ended before that time, and those beyond the limit. */
  async before(before_ms: number): Promise<void> {
    const forget = () => this.#parts.changes.forget(before_ms, AT_ONCE)
    while ((await this.#round(CHANGES_AT_ONCE, forget)) > 0);
  }

  /** Begins no more changes. What is left goes on when the store is open again. */
  stop(): void {
    this.#stopped = true
  }

  async #tidyAll(): Promise<void> {
    for (let waiting = this.#waiting(); waiting > 0 && !this.#mustWait(); waiting = this.#waiting()) {
      if ((await this.#round(Math.min(CHANGES_AT_ONCE, Math.ceil(waiting / AT_ONCE)))) === 0) return
    }
  }

  /** Never fails: the sweep goes on, and is told by its own changes what is wrong. */
  async #catchUp(): Promise<void> {
    try {
      while (this.#isFarBehind() && (await this.#round(CHANGES_AT_ONCE)) > 0);
    } catch (fault) {
      this.#parts.onFault(fault)
    }
  }

  /** For how many sessions these changes did something. */
  async #round(changes: number, change = () => this.#some()): Promise<number> {
    if (this.#stopped) return 0
    const { commits, onLimit } = this.#parts
    const some = Array.from({ length: changes }, () => commits.run(change, 'history'))
    let done = 0
    for (const { all, forLimit } of await Promise.all(some)) {
      for (let n = 0; n < forLimit; n += 1) onLimit('limits.tombstones')
      done += all
    }
    return done
  }

  /** One change. What is settled and too many goes first, so that either keeps pace with the other. */
  #some(): Forgotten {
    const { batch, changes, tombstones, onFault } = this.#parts
    if (batch.tombstones > tombstones) return changes.forget(Number.NEGATIVE_INFINITY, AT_ONCE)
    const { all, faults } = changes.settle(AT_ONCE, this.#unreadable)
    for (const fault of faults) onFault(fault)
    return { all, forLimit: 0 }
  }

  /** Those to be settled, and those to be forgotten for the limit; as of the transaction that ran last. */
  #waiting(): number {
    return Math.max(0, this.#parts.batch.unsettled - this.#unreadable.size) + Math.max(0, this.#beyond())
  }

  #mustWait(): boolean {
    return this.#sweeping || this.#stopped
  }

  #isFarBehind(): boolean {
    return this.#beyond() > this.#parts.tombstones * BEHIND_MAX
  }

  #beyond(): number {
    const { batch, tombstones } = this.#parts
    return batch.tombstones + batch.unsettled - tombstones
  }
}

import type { Maybe } from '../../core/store.js'
import type { CountingBatch } from './batch.js'
import type { Changes, Forgotten } from './changes.js'
import type { GroupCommit } from './group-commit.js'

/** Tombstones in one change, at about 40 µs each: their names lie on pages all over the store. */
const FORGOTTEN_AT_ONCE = 4
/** Changes that share commits: together they forget more than one slice of the sweep ends. */
const CHANGES_AT_ONCE = 250
/** Up to so many times as many as are remembered wait to be forgotten before the sweep waits for that. */
const BEHIND_MAX = 10

export interface ForgettingParts {
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
 * Forgets ended sessions some time after the ends that are too many, while no end waits: it costs as much as to end one, and is of
 * no use to whoever asked. A sweep that goes on and on waits once there are too many.
 */
export class Forgetting {
  readonly #parts: ForgettingParts
  /** What goes on for the limit, and of that the changes under way. */
  #trimming: Promise<void> | undefined
  #round: Promise<void> | undefined
  #stopped = false

  constructor(parts: ForgettingParts) {
    this.#parts = parts
  }

  /** To be called when sessions have ended: forgets what is beyond the limit, in the background. */
  trim(): void {
    if (this.#trimming !== undefined || this.#stopped || this.#beyond() <= 0) return
    this.#trimming = this.before(Number.NEGATIVE_INFINITY)
      .catch(this.#parts.onFault)
      .finally(() => {
        this.#trimming = undefined
      })
  }

  /** Resolves when the sweep may end more; at once, if that is now. */
  room(): Maybe<void> {
    if (this.#beyond() <= this.#parts.tombstones * BEHIND_MAX) return
    this.trim()
    return this.#round
  }

  /** Those that ended before that time, and those beyond the limit. */
  async before(before_ms: number): Promise<void> {
    const { changes, commits, onLimit } = this.#parts
    const forgetSome = (): Forgotten => changes.forget(before_ms, FORGOTTEN_AT_ONCE)
    for (let more = true; more && !this.#stopped; ) {
      const round = Promise.all(Array.from({ length: CHANGES_AT_ONCE }, () => commits.run(forgetSome, 'history')))
      this.#round = round.then(
        () => {},
        () => {},
      )
      for (const forgotten of await round) {
        for (let n = 0; n < forgotten.forLimit; n += 1) onLimit('limits.tombstones')
        more &&= forgotten.all === FORGOTTEN_AT_ONCE
      }
    }
  }

  /** Begins no more changes. What is left goes when the store is open again. */
  stop(): void {
    this.#stopped = true
  }

  /** As of the transaction that ran last. */
  #beyond(): number {
    return this.#parts.batch.tombstones - this.#parts.tombstones
  }
}

import type { Clock, Instant, Timer } from '../../core/clock.js'
import type { GroupCommit } from './group-commit.js'

/** How long a renewal may wait before other processes see it. */
const WRITE_WITHIN_ms = 100
/** Renewals in one change, at about 8 µs each. */
const SLICE = 100

export interface RenewalsParts {
  readonly clock: Pick<Clock, 'schedule'>
  readonly commits: GroupCommit
  /** Writes one down. In a transaction. */
  readonly write: (id: string, at: Instant) => void
  /** They could not be written; they are tried again. */
  readonly onFault: (fault: unknown) => void
}

/**
 * Renewals that are not written yet. Nobody waits for them: losing one makes a session look older than it is, and after a
 * crash every session has a full timeout anyway.
 */
export class Renewals {
  readonly #parts: RenewalsParts
  readonly #waiting = new Map<string, Instant>()
  #timer: Timer | undefined
  #writing: Promise<void> | undefined
  #closed = false

  constructor(parts: RenewalsParts) {
    this.#parts = parts
  }

  get(id: string): Instant | undefined {
    return this.#waiting.get(id)
  }

  add(id: string, at: Instant): void {
    if (this.#closed) return
    const before = this.#waiting.get(id)
    if (before === undefined || before < at) this.#waiting.set(id, at)
    this.#timer ??= this.#parts.clock.schedule(WRITE_WITHIN_ms, () => this.#write())
  }

  /** The session has ended: whatever is left of it here must not come after that. */
  drop(id: string): void {
    this.#waiting.delete(id)
  }

  /** Writes what is left, and no more after that. */
  async close(): Promise<void> {
    this.#timer?.cancel()
    await this.#writing
    await this.#writeAll()
    this.#closed = true
    this.#timer?.cancel()
  }

  #write(): void {
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = undefined
      this.#timer = undefined
      if (this.#waiting.size > 0) this.#timer = this.#parts.clock.schedule(WRITE_WITHIN_ms, () => this.#write())
    })
  }

  async #writeAll(): Promise<void> {
    const all = [...this.#waiting]
    for (let from = 0; from < all.length; from += SLICE) {
      if (!(await this.#writeSlice(all.slice(from, from + SLICE)))) return
    }
  }

  async #writeSlice(slice: readonly (readonly [id: string, at: Instant])[]): Promise<boolean> {
    const { commits, write, onFault } = this.#parts
    try {
      await commits.run(() => {
        for (const [id, at] of slice) write(id, at)
      })
    } catch (fault) {
      onFault(fault)
      return false
    }
    for (const [id, at] of slice) if (this.#waiting.get(id) === at) this.#waiting.delete(id)
    return true
  }
}

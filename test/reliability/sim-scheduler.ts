import type { Instant } from '../../src/core/clock.js'
import type { Maybe } from '../../src/core/store.js'
import { settled } from '../support/manual-clock.js'
import type { SeededRandom } from '../support/seeded-random.js'

interface Held {
  readonly process: string
  /** It goes on by then at the latest. */
  readonly until: Instant
  /** Resolves when it is done, however it ended. */
  readonly go: () => Promise<void>
}

/** How long a commit takes at most, in simulated time, from its begin to its end and from there to whoever waits for it. */
export const HELD_MAX_MS = 10

/**
 * Decides in which order what was begun goes on: everything that would take time waits here, and one thing at a time goes on.
 * What belongs to a process that was killed never does.
 */
export class Scheduler {
  readonly #random: SeededRandom
  readonly #now: () => Instant
  readonly #dropped = new Set<string>()
  #held: Held[] = []

  constructor(random: SeededRandom, now: () => Instant) {
    this.#random = random
    this.#now = now
  }

  /** What `run` gives, once the scheduler has let it run. */
  hold<T>(process: string, run: () => Maybe<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const go = async (): Promise<void> => {
        try {
          resolve(await run())
        } catch (error) {
          reject(error)
        }
      }
      const until = this.#now() + BigInt(this.#random.below(HELD_MAX_MS * 1000)) * 1000n
      if (!this.#dropped.has(process)) this.#held.push({ process, until, go })
    })
  }

  drop(process: string): void {
    this.#dropped.add(process)
    this.#held = this.#held.filter((held) => held.process !== process)
  }

  /** When something has to go on, at the latest; undefined if nothing of these processes waits. */
  next(isRunning: (process: string) => boolean): Instant | undefined {
    return this.#first(isRunning)?.until
  }

  /** Lets one thing go on: any, or the one that has waited long enough. False if nothing waits. */
  async release(isRunning: (process: string) => boolean, which: 'any' | 'first'): Promise<boolean> {
    const free = this.#held.filter(({ process }) => isRunning(process))
    const held = which === 'first' ? this.#first(isRunning) : free[this.#random.below(Math.max(1, free.length))]
    if (held === undefined) return false
    this.#held.splice(this.#held.indexOf(held), 1)
    await held.go()
    await settled()
    return true
  }

  #first(isRunning: (process: string) => boolean): Held | undefined {
    let first: Held | undefined
    for (const held of this.#held) {
      if (isRunning(held.process) && (first === undefined || held.until < first.until)) first = held
    }
    return first
  }
}

import type { Clock, Instant } from '../../core/clock.js'

const NANOSECONDS_PER_SECOND = 1e9

/**
 * How many keys may still be recovered: a token bucket that holds a second's worth and fills up evenly. Recovering one takes
 * milliseconds in which nothing else runs, and anybody can ask for it without having signed anything.
 */
export class RecoveryBudget {
  readonly #clock: Pick<Clock, 'now'>
  readonly #perSecond: number
  #left: number
  #at: Instant

  constructor(clock: Pick<Clock, 'now'>, perSecond: number) {
    this.#clock = clock
    this.#perSecond = perSecond
    this.#left = perSecond
    this.#at = clock.now()
  }

  /** Takes one, or answers false: there is none left now. */
  take(): boolean {
    const now = this.#clock.now()
    const gained = (Number(now - this.#at) / NANOSECONDS_PER_SECOND) * this.#perSecond
    this.#at = now
    this.#left = Math.min(this.#perSecond, this.#left + gained)
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}

import type { Clock, Instant } from './clock.js'

const NANOSECONDS_PER_SECOND = 1e9

/** How often something may still happen: a bucket that holds a second's worth, or `most`, and fills up evenly. */
export class TokenBucket {
  readonly #clock: Pick<Clock, 'now'>
  readonly #perSecond: number
  readonly #most: number
  #left: number
  #at: Instant

  constructor(clock: Pick<Clock, 'now'>, perSecond: number, most = perSecond) {
    this.#clock = clock
    this.#perSecond = perSecond
    this.#most = most
    this.#left = most
    this.#at = clock.now()
  }

  /** Takes one, or answers false: there is none left now. */
  take(): boolean {
    const now = this.#clock.now()
    const gained = (Number(now - this.#at) / NANOSECONDS_PER_SECOND) * this.#perSecond
    this.#at = now
    this.#left = Math.min(this.#most, this.#left + gained)
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}

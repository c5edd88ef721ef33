import type { Clock } from './clock.js'
import { TokenBucket } from './token-bucket.js'

/**
 * Names whose buckets are kept, at about 200 bytes each: more than one process is asked by in a second. So the bucket that
 * makes room, the one unused for longest, has been filling up for a second: one that holds no more is full, and nothing is
 * forgotten with it.
 */
const NAMES_KEPT = 20_000

/** So often a second for each name. */
export class Rates {
  readonly #clock: Pick<Clock, 'now'>
  readonly #perSecond: number
  readonly #most: number
  /** The order of the map is the order in which they were used last. */
  readonly #buckets = new Map<string, TokenBucket>()

  /** `most`: at once, where that is not a second's worth. */
  constructor(clock: Pick<Clock, 'now'>, perSecond: number, most = perSecond) {
    this.#clock = clock
    this.#perSecond = perSecond
    this.#most = most
  }

  /** How many names are remembered. */
  get size(): number {
    return this.#buckets.size
  }

  /** Takes one of that name, or answers false: there is none left now. */
  take(name: string): boolean {
    const known = this.#buckets.get(name)
    if (known !== undefined) this.#buckets.delete(name)
    else if (this.#buckets.size >= NAMES_KEPT) this.#forgetOldest()
    const bucket = known ?? new TokenBucket(this.#clock, this.#perSecond, this.#most)
    this.#buckets.set(name, bucket)
    return bucket.take()
  }

  #forgetOldest(): void {
    for (const name of this.#buckets.keys()) {
      this.#buckets.delete(name)
      return
    }
  }
}

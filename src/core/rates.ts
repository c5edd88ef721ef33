import type { Clock } from './clock.js'
import { TokenBucket } from './token-bucket.js'

/**
 * Names whose buckets are kept, at about 200 bytes each: more than one process is asked by in a second. So the bucket that
 * makes room, the one unused for longest, has been filling up for a second: it is full, and nothing is forgotten with it.
 */
const NAMES_KEPT = 20_000

/** So often a second for each name. */
export class Rates {
  readonly #clock: Pick<Clock, 'now'>
  readonly #perSecond: number
  /** The order of the map is the order in which they were used last. */
  readonly #buckets = new Map<string, TokenBucket>()

  constructor(clock: Pick<Clock, 'now'>, perSecond: number) {
    this.#clock = clock
    this.#perSecond = perSecond
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
    const bucket = known ?? new TokenBucket(this.#clock, this.#perSecond)
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

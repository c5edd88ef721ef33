import type { Random } from '../../src/core/random.js'

/** The same bytes for the same seed, on every machine (mulberry32). */
export class SeededRandom implements Random {
  #state: number

  constructor(seed = 1) {
    this.#state = seed >>> 0
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.#next() & 0xff)
  }

  /** A whole number from 0 to `count` - 1. */
  below(count: number): number {
    return this.#next() % count
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

import { crc32 } from 'node:zlib'
import { DamageError } from './damage.js'

/**
 * Entries that come in different orders on two sides, to be compared as a whole: how many, and the sum of their checksums.
 * What damage changes in one of them changes the sum.
 */
export class Tally {
  #count = 0
  #sum = 0

  add(key: Uint8Array, value: Uint8Array): void {
    this.#count += 1
    this.#sum = (this.#sum + crc32(value, crc32(key))) % Number.MAX_SAFE_INTEGER
  }

  equals(other: Tally): boolean {
    return this.#count === other.#count && this.#sum === other.#sum
  }

  /** @throws DamageError */
  mustBe(wanted: Tally, table: string): void {
    if (this.equals(wanted)) return
    throw new DamageError(
      `the table ${table} does not fit the sessions: it has ${this.#count} entries, they need ${wanted.#count}, ` +
        'and what they say differs',
    )
  }
}

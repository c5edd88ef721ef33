/** Numbers of pages: a bit each. */
export class PageSet {
  readonly #bits: Uint8Array
  #size = 0

  /** Holds numbers below `limit`. */
  constructor(limit: number) {
    this.#bits = new Uint8Array(Math.ceil(limit / 8))
  }

  get size(): number {
    return this.#size
  }

  has(page: number): boolean {
    return ((this.#bits[page >>> 3] ?? 0) & (1 << (page & 7))) !== 0
  }

  /** False if it was there before. */
  add(page: number): boolean {
    const byte = this.#bits[page >>> 3] ?? 0
    const bit = 1 << (page & 7)
    if ((byte & bit) !== 0) return false
    this.#bits[page >>> 3] = byte | bit
    this.#size += 1
    return true
  }
}

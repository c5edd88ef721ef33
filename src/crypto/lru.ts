import { checkedSize } from './checked-size.js'

/** Keeps the `size` entries used last. A Map iterates in insertion order, so the first key is the one unused for longest. */
export class Lru<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #size: number

  /** A size of 0 keeps nothing. */
  constructor(size: number) {
    this.#size = checkedSize('cache size', size, 0)
  }

  get count(): number {
    return this.#entries.size
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  set(key: K, value: V): void {
    if (this.#size === 0) return
    this.#entries.delete(key)
    if (this.#entries.size >= this.#size) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest)
        break
      }
    }
    this.#entries.set(key, value)
  }
}

import type { Epochs } from '../../src/core/epochs.js'

/** An epoch that moves when a test says so. */
export class ManualEpochs implements Epochs {
  readonly length_ms = undefined
  readonly #listeners = new Set<(epoch: bigint) => void>()
  #epoch: bigint

  constructor(epoch = 10n) {
    this.#epoch = epoch
  }

  current(): bigint {
    return this.#epoch
  }

  onChange(listener: (epoch: bigint) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  get listeners(): number {
    return this.#listeners.size
  }

  /** Moves and tells nobody, as a wall clock that was set does until the next tick of the epochs. */
  slip(epoch: bigint): void {
    this.#epoch = epoch
  }

  set(epoch: bigint): void {
    if (epoch === this.#epoch) return
    this.#epoch = epoch
    for (const listener of this.#listeners) listener(epoch)
  }
}

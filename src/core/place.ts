import { afterwards, chain } from './maybe.js'
import type { OwnerPlaces } from './owner-places.js'
import type { Maybe } from './store.js'

export interface PlaceParts {
  readonly places: OwnerPlaces
  /** Raises `limit` if the owner opened too many sessions just now. */
  readonly checkRate: (owner: Uint8Array) => void
  readonly released: () => void
}

/** Room for one session that is being opened. Has to be released, whatever becomes of it. */
export class Place {
  readonly #owner: Uint8Array | undefined
  readonly #parts: PlaceParts
  #held = true
  #heldOfOwner = false

  constructor(owner: Uint8Array | undefined, parts: PlaceParts) {
    this.#owner = owner
    this.#parts = parts
  }

  /**
   * Takes the place among the sessions of the owner, too. Not before the owner has proven to be it, as far as its generation asks
   * for that: else a stranger could use up what is the owner's, or have its sessions ended. Raises SessionError `limit`.
   */
  takeOfOwner(): Maybe<void> {
    const owner = this.#owner
    if (owner === undefined) return
    this.#parts.checkRate(owner)
    return chain(this.#parts.places.take(owner), () => {
      this.#heldOfOwner = true
    })
  }

  /** Has the store take the session: from then on the store counts it, and the place is free. */
  store(insert: () => Maybe<void>): Maybe<void> {
    return afterwards(
      () => this.#insert(insert),
      () => this.release(),
    )
  }

  /** Gives back what it holds; nothing the second time. */
  release(): void {
    if (this.#owner !== undefined && this.#heldOfOwner) this.#parts.places.giveBack(this.#owner)
    this.#heldOfOwner = false
    if (this.#held) this.#parts.released()
    this.#held = false
  }

  #insert(insert: () => Maybe<void>): Maybe<void> {
    if (this.#owner === undefined || !this.#heldOfOwner) return insert()
    this.#heldOfOwner = false
    return this.#parts.places.store(this.#owner, insert)
  }
}

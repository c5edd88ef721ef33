import { SeededRandom } from './seeded-random.js'

/** Damaged copies of real messages, the same for the same seed: what captures, copies and hostile peers make of them. */
export class Mutations {
  readonly #random: SeededRandom
  readonly #messages: readonly Uint8Array[]

  constructor(seed: number, messages: readonly Uint8Array[]) {
    this.#random = new SeededRandom(seed)
    this.#messages = messages
  }

  next(): Uint8Array {
    let bytes = this.#message()
    for (let times = 1 + this.#random.below(3); times > 0; times--) bytes = this.#mutated(bytes)
    return bytes
  }

  /** One of some things. */
  pick<T>(things: readonly T[]): T {
    const thing = things[this.#random.below(things.length)]
    if (thing === undefined) throw new Error('nothing to pick from')
    return thing
  }

  #message(): Uint8Array {
    return this.pick(this.#messages)
  }

  #mutated(bytes: Uint8Array): Uint8Array {
    const at = this.#random.below(bytes.length + 1)
    const to = at + this.#random.below(Math.min(16, bytes.length - at + 1))
    switch (this.#random.below(7)) {
      case 0: // a bit flipped
        return bytes.map((byte, index) => (index === at ? byte ^ (1 << this.#random.below(8)) : byte))
      case 1: // another byte
        return bytes.map((byte, index) => (index === at ? this.#random.below(256) : byte))
      case 2: // cut off
        return bytes.slice(0, at)
      case 3: // the beginning is missing
        return bytes.slice(at)
      case 4: // a piece is missing
        return joined(bytes.subarray(0, at), bytes.subarray(to))
      case 5: // bytes in between
        return joined(bytes.subarray(0, at), this.#random.bytes(this.#random.below(8)), bytes.subarray(at))
      default: // the end of another message
        return joined(bytes.subarray(0, at), this.#message().subarray(at))
    }
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

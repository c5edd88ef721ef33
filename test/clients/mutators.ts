import type { SeededRandom } from '../support/seeded-random.js'
import { TreeMutator, tag, varint } from './tree-mutators.js'

/**
 * Genuine messages, damaged: what a broken client, a bad network or an attacker could send. The same seed gives the same
 * bytes, and every mutant says how it was made.
 */

type Bytes = Uint8Array

export interface Mutant {
  readonly bytes: Bytes
  /** Names of what was done, in order. */
  readonly how: string
}

/** Where a field stands in a message, at any depth. */
interface Span {
  readonly start: number
  readonly end: number
  /** Of a length-delimited field: where its length is written, and where its value starts. */
  readonly lengthAt?: number
  readonly valueAt?: number
}

const MUTATIONS_MAX = 3
/** Deeper than the default limit of the gateway, and than any stack. */
const DEPTHS = [2, 60, 255, 256, 257, 2000, 20_000]
/** Genuine messages are less deep; mutants of mutants can be thousands of levels. */
const SPAN_DEPTH = 12
const HUGE = [2n ** 28n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n]

export class Mutator {
  readonly #random: SeededRandom
  readonly #corpus: readonly Bytes[]
  readonly #trees: TreeMutator

  constructor(random: SeededRandom, corpus: readonly Bytes[]) {
    if (corpus.length === 0) throw new RangeError('nothing to mutate')
    this.#random = random
    this.#corpus = corpus
    this.#trees = new TreeMutator(random, corpus)
  }

  /** A mutant of `message`, or of one of the corpus: half of them stay protobuf. */
  next(message = this.#pick(this.#corpus)): Mutant {
    const tree = this.#random.below(2) === 0 ? this.#trees.mutate(message) : undefined
    if (tree !== undefined) return tree
    let bytes = message
    const names: string[] = []
    for (let count = 1 + this.#random.below(MUTATIONS_MAX); count > 0; count--) {
      const [name, mutate] = this.#pick(this.#mutations)
      bytes = mutate(bytes)
      names.push(name)
    }
    return { bytes, how: names.join(', ') }
  }

  readonly #mutations: readonly (readonly [string, (bytes: Bytes) => Bytes])[] = [
    ['bit flips', (bytes) => this.#flip(bytes)],
    ['insert', (bytes) => this.#replace(bytes, 0, this.#random.bytes(1 + this.#random.below(9)))],
    ['delete', (bytes) => this.#replace(bytes, 1 + this.#random.below(9), NOTHING)],
    ['overwrite', (bytes) => this.#replace(bytes, 4, this.#random.bytes(4))],
    ['truncate', (bytes) => bytes.subarray(0, this.#random.below(bytes.length + 1))],
    ['length', (bytes) => this.#tamperLength(bytes)],
    ['huge length', (bytes) => this.#hugeLength(bytes)],
    ['field twice', (bytes) => this.#repeatField(bytes)],
    ['field gone', (bytes) => this.#dropField(bytes)],
    ['value gone', (bytes) => this.#emptyField(bytes)],
    ['wire type', (bytes) => this.#changeTag(bytes)],
    ['splice', (bytes) => this.#splice(bytes)],
    ['nesting', (bytes) => this.#nest(bytes)],
    ['groups', (bytes) => this.#groups(bytes)],
    [
      'unknown field',
      (bytes) => Buffer.concat([bytes, tag(1 + this.#random.below(2000), 2), varint(3n), Uint8Array.of(1, 2, 3)]),
    ],
  ]

  #flip(bytes: Bytes): Bytes {
    const flipped = new Uint8Array(bytes)
    for (let count = 1 + this.#random.below(4); count > 0 && flipped.length > 0; count--) {
      const at = this.#random.below(flipped.length)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << this.#random.below(8))
    }
    return flipped
  }

  #replace(bytes: Bytes, count: number, by: Bytes): Bytes {
    const at = this.#random.below(bytes.length + 1)
    return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + count)])
  }

  #tamperLength(bytes: Bytes): Bytes {
    const span = this.#span(bytes, (field) => field.lengthAt !== undefined)
    if (span?.lengthAt === undefined) return this.#flip(bytes)
    const changed = new Uint8Array(bytes)
    changed[span.lengthAt] = ((changed[span.lengthAt] ?? 0) + this.#random.below(5) - 2) & 0xff
    return changed
  }

  #hugeLength(bytes: Bytes): Bytes {
    const span = this.#span(bytes, (field) => field.lengthAt !== undefined)
    const huge = varint(this.#pick(HUGE))
    if (span?.lengthAt === undefined || span.valueAt === undefined) return Buffer.concat([bytes, tag(1, 2), huge])
    return Buffer.concat([bytes.subarray(0, span.lengthAt), huge, bytes.subarray(span.valueAt)])
  }

  #repeatField(bytes: Bytes): Bytes {
    const span = this.#span(bytes)
    if (span === undefined) return bytes
    const field = bytes.subarray(span.start, span.end)
    const times = 1 + this.#random.below(20)
    // At the end of the message it is a top-level field; where it stood, the lengths around it are wrong then.
    const at = this.#random.below(2) === 0 ? bytes.length : span.end
    return Buffer.concat([bytes.subarray(0, at), ...Array.from({ length: times }, () => field), bytes.subarray(at)])
  }

  #dropField(bytes: Bytes): Bytes {
    const span = this.#span(bytes, (field) => field.end - field.start < bytes.length)
    return span === undefined ? bytes : Buffer.concat([bytes.subarray(0, span.start), bytes.subarray(span.end)])
  }

  #emptyField(bytes: Bytes): Bytes {
    const span = this.#span(bytes, (field) => field.lengthAt !== undefined)
    if (span?.lengthAt === undefined) return bytes
    return Buffer.concat([bytes.subarray(0, span.lengthAt), Uint8Array.of(0), bytes.subarray(span.end)])
  }

  #changeTag(bytes: Bytes): Bytes {
    const span = this.#span(bytes)
    if (span === undefined) return bytes
    const changed = new Uint8Array(bytes)
    changed[span.start] = ((changed[span.start] ?? 0) & 0xf8) | this.#random.below(8)
    return changed
  }

  #splice(bytes: Bytes): Bytes {
    const other = this.#pick(this.#corpus)
    const head = bytes.subarray(0, this.#random.below(bytes.length + 1))
    return Buffer.concat([head, other.subarray(this.#random.below(other.length + 1))])
  }

  /** Puts the message, or something small, deep into itself. */
  #nest(bytes: Bytes): Bytes {
    const depth = this.#pick(DEPTHS)
    const path = Array.from({ length: 1 + this.#random.below(2) }, () => 1 + this.#random.below(9))
    let inner: Bytes = this.#random.below(2) === 0 ? NOTHING : bytes.subarray(0, 40)
    // From the inside out, and written once: 20,000 levels would otherwise be copied 20,000 times.
    const heads: Bytes[] = []
    let size = inner.length
    for (let level = 0; level < depth; level++) {
      const head = Buffer.concat([tag(path[level % path.length] ?? 1, 2), varint(BigInt(size))])
      heads.push(head)
      size += head.length
    }
    inner = Buffer.concat([...heads.reverse(), inner])
    return this.#random.below(2) === 0 ? Buffer.concat([bytes, inner]) : inner
  }

  #groups(bytes: Bytes): Bytes {
    const depth = this.#pick(DEPTHS)
    const number = 20 + this.#random.below(100)
    const starts = Array.from({ length: depth }, () => tag(number, 3))
    const ends = Array.from({ length: this.#random.below(3) === 0 ? depth - 1 : depth }, () => tag(number, 4))
    return Buffer.concat([bytes, ...starts, ...ends])
  }

  #span(bytes: Bytes, fits: (span: Span) => boolean = () => true): Span | undefined {
    const found = spans(bytes).filter(fits)
    return found.length === 0 ? undefined : this.#pick(found)
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[this.#random.below(items.length)]
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }
}

const NOTHING = new Uint8Array(0)

/** All fields, and those of whatever reads as a message within them. */
function spans(bytes: Bytes, from = 0, to = bytes.length, depth = 0): Span[] {
  if (depth > SPAN_DEPTH) return []
  const found: Span[] = []
  let at = from
  const number = (): number | undefined => {
    let value = 0
    for (let scale = 1; at < to && scale < 2 ** 42; scale *= 128) {
      const byte = bytes[at++] ?? 0
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
    return undefined
  }
  while (at < to) {
    const start = at
    const key = number()
    if (key === undefined || key < 8) return []
    const wireType = key % 8
    if (wireType === 2) {
      const lengthAt = at
      const length = number()
      if (length === undefined || length > to - at) return []
      const valueAt = at
      at += length
      found.push({ start, end: at, lengthAt, valueAt }, ...spans(bytes, valueAt, at, depth + 1))
    } else if (wireType === 0) {
      while (at < to && (bytes[at] ?? 0) >= 0x80) at++
      at += 1
      found.push({ start, end: at })
    } else if (wireType === 1 || wireType === 5) {
      at += wireType === 1 ? 8 : 4
      found.push({ start, end: at })
    } else return []
    if (at > to) return []
  }
  return found
}

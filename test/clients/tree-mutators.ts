import type { SeededRandom } from '../support/seeded-random.js'
import { EDGES } from './in-core.js'

/**
 * Damage below the wire format: the message stays protobuf, with every length right, and says something else. What the
 * decoder would stop in a message of random bytes gets to the checks behind it.
 */

type Bytes = Uint8Array

/** A field: a number, bytes, or what reads as a message. */
interface Node {
  readonly number: number
  readonly value: bigint | Bytes | readonly Node[]
}

type Change = readonly [name: string, change: (nodes: readonly Node[]) => readonly Node[]]

const DEPTH_MAX = 12

export class TreeMutator {
  readonly #random: SeededRandom
  readonly #corpus: readonly (readonly Node[])[]

  constructor(random: SeededRandom, corpus: readonly Bytes[]) {
    this.#random = random
    this.#corpus = corpus.map((bytes) => parse(bytes)).filter((nodes) => nodes !== undefined)
  }

  /** Undefined if the message is no tree. */
  mutate(bytes: Bytes): { bytes: Bytes; how: string } | undefined {
    const nodes = parse(bytes)
    if (nodes === undefined || nodes.length === 0) return undefined
    const [how, change] = this.#pick(this.#changes)
    return { bytes: write(this.#somewhere(nodes, change)), how: `tree: ${how}` }
  }

  readonly #changes: readonly Change[] = [
    ['value', (nodes) => this.#one(nodes, (node) => [this.#changed(node)])],
    ['field gone', (nodes) => this.#one(nodes, () => [])],
    ['field twice', (nodes) => this.#one(nodes, (node) => [node, node])],
    ['field twice, changed', (nodes) => this.#one(nodes, (node) => [node, this.#changed(node)])],
    ['field emptied', (nodes) => this.#one(nodes, ({ number }) => [{ number, value: new Uint8Array(0) }])],
    ['field of another number', (nodes) => this.#one(nodes, ({ value }) => [{ number: this.#number(), value }])],
    ['fields in another order', (nodes) => [...nodes].reverse()],
    ['field of another message', (nodes) => this.#one(nodes, (node) => [this.#foreign(node)])],
    ['unknown field', (nodes) => [...nodes, { number: 50 + this.#random.below(1000), value: this.#random.bytes(5) }]],
    ['field in itself', (nodes) => this.#one(nodes, (node) => [this.#nested(node)])],
  ]

  /** Goes down at random, and changes the fields of the message where it stops. */
  #somewhere(nodes: readonly Node[], change: Change[1]): readonly Node[] {
    const inner = nodes.filter(({ value }) => Array.isArray(value))
    if (inner.length === 0 || this.#random.below(3) === 0) return change(nodes)
    const chosen = this.#pick(inner)
    return nodes.map((node) =>
      node === chosen && isNodes(node.value) ? { ...node, value: this.#somewhere(node.value, change) } : node,
    )
  }

  #one(nodes: readonly Node[], change: (node: Node) => readonly Node[]): readonly Node[] {
    if (nodes.length === 0) return nodes
    const chosen = this.#pick(nodes)
    return nodes.flatMap((node) => (node === chosen ? change(node) : [node]))
  }

  #changed(node: Node): Node {
    const { number, value } = node
    if (typeof value === 'bigint') return { number, value: this.#pick(EDGES) }
    const bytes = new Uint8Array(isNodes(value) ? write(value) : value)
    switch (this.#random.below(4)) {
      case 0:
        return { number, value: bytes.subarray(0, this.#random.below(bytes.length + 1)) }
      case 1:
        return { number, value: Buffer.concat([bytes, this.#random.bytes(1 + this.#random.below(40))]) }
      case 2:
        return { number, value: this.#random.bytes(bytes.length) }
      default: {
        const at = this.#random.below(Math.max(bytes.length, 1))
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << this.#random.below(8))
        return { number, value: bytes }
      }
    }
  }

  /** What stands in another genuine message under that number. */
  #foreign(node: Node): Node {
    const others = this.#pick(this.#corpus).filter(({ number }) => number === node.number)
    return others.length === 0 ? node : this.#pick(others)
  }

  #nested(node: Node): Node {
    let nested = node
    for (let depth = 1 + this.#random.below(12); depth > 0; depth--) {
      const inside = isNodes(nested.value) ? nested.value : []
      nested = { number: node.number, value: [...inside.slice(0, 3), { ...nested, number: this.#number() }] }
    }
    return nested
  }

  #number(): number {
    return this.#pick([1, 2, 3, 4, 5, 6, 7, 8, 9, 97, 98, 99])
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[this.#random.below(items.length)]
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }
}

function isNodes(value: Node['value']): value is readonly Node[] {
  return Array.isArray(value)
}

/** Undefined for what is no message of numbers and length-delimited fields. */
function parse(bytes: Bytes, depth = 0): readonly Node[] | undefined {
  const nodes: Node[] = []
  let at = 0
  const number = (): bigint | undefined => {
    let value = 0n
    for (let shift = 0n; at < bytes.length && shift < 70n; shift += 7n) {
      const byte = bytes[at++] ?? 0
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    return undefined
  }
  while (at < bytes.length) {
    const tag = number()
    if (tag === undefined || tag < 8n || tag >= 2n ** 32n) return undefined
    const value = number()
    if (value === undefined) return undefined
    const field = Number(tag >> 3n)
    if ((tag & 7n) === 0n) nodes.push({ number: field, value })
    else if ((tag & 7n) === 2n && value <= BigInt(bytes.length - at)) {
      const content = bytes.subarray(at, at + Number(value))
      at += content.length
      const inner = content.length === 0 || depth === DEPTH_MAX ? undefined : parse(content, depth + 1)
      nodes.push({ number: field, value: inner ?? content })
    } else return undefined
  }
  return nodes
}

function write(nodes: readonly Node[]): Bytes {
  return Buffer.concat(
    nodes.flatMap(({ number, value }) => {
      if (typeof value === 'bigint') return [tag(number, 0), varint(value)]
      const content = isNodes(value) ? write(value) : value
      return [tag(number, 2), varint(BigInt(content.length)), content]
    }),
  )
}

export function tag(number: number, wireType: number): Bytes {
  return varint((BigInt(number) << 3n) | BigInt(wireType))
}

export function varint(value: bigint): Bytes {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Uint8Array.of(...bytes, Number(rest))
}

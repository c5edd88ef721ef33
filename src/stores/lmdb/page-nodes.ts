import { damaged, type PageError } from './page-error.js'
import type { CompareKeys } from './page-keys.js'
import {
  HEADER_BYTES,
  NODE_BYTES,
  OVERFLOW_BYTES,
  OVERFLOW_VALUE,
  type PageBuffer,
  TREE_BYTES,
  TREE_VALUE,
} from './page-layout.js'

export interface TreeKind {
  /** For messages: `database sessions`. */
  readonly name: string
  readonly compare: CompareKeys
  readonly keyBytesMin: number
  readonly keyBytesMax: number
  /** Whether its values are trees of named databases, or bytes. */
  readonly holdsTrees: boolean
}

export function badPage(kind: TreeKind, page: PageBuffer, text: string): PageError {
  return damaged(`page ${page.number} of ${kind.name} ${text}`)
}

/** Checks what a page of a tree says for itself: its bounds, its nodes, and the order of their keys. */
export class NodeCheck {
  readonly #kind: TreeKind
  /** For each place of a page where a node starts: where it ends. Zeros between two pages. */
  readonly #ends: Uint16Array

  constructor(kind: TreeKind, pageBytes: number) {
    this.#kind = kind
    this.#ends = new Uint16Array(pageBytes / 2)
  }

  /** @throws PageError */
  check(page: PageBuffer, isLeaf: boolean): void {
    try {
      this.#checkNodes(page, isLeaf)
      this.#checkPlaces(page)
    } catch (error) {
      this.#ends.fill(0)
      throw error
    }
  }

  #checkNodes(page: PageBuffer, isLeaf: boolean): void {
    const { view, lower, upper, count } = page
    const { compare, keyBytesMin, keyBytesMax } = this.#kind
    const ends = this.#ends
    const limit = view.byteLength - HEADER_BYTES
    if (lower % 2 !== 0 || lower > upper || upper > limit) {
      throw this.#bad(page, `has its free space from ${lower} to ${upper} of ${limit} bytes`)
    }
    if (count < (isLeaf ? 1 : 2)) throw this.#bad(page, `has ${count} nodes`)
    let before = -1
    let beforeBytes = 0
    for (let index = 0; index < count; index += 1) {
      const at = view.getUint16(HEADER_BYTES + 2 * index, true)
      if (at < upper || at > limit - NODE_BYTES || at % 2 !== 0) throw this.#bad(page, `has node ${index} at ${at}`)
      const node = HEADER_BYTES + at
      const keyBytes = view.getUint16(node + 6, true)
      const size = NODE_BYTES + keyBytes + (isLeaf ? this.#storedBytes(page, node, index) : 0)
      const end = at + size + (size % 2)
      if (end > limit) throw this.#bad(page, `has node ${index} from ${at} to ${end} of ${limit} bytes`)
      if (ends[at >> 1] !== 0) throw this.#bad(page, `has two nodes at ${at}`)
      ends[at >> 1] = end
      // The first child of a branch has everything below the key of the second, so that no key stands there.
      const [least, most] = index === 0 && !isLeaf ? [0, 0] : [keyBytesMin, keyBytesMax]
      if (keyBytes < least || keyBytes > most) {
        throw this.#bad(page, `has a key of ${keyBytes} bytes in node ${index}; ${least} to ${most} are possible`)
      }
      if (most === 0) continue
      const key = node + NODE_BYTES
      if (before >= 0 && compare(view, before, beforeBytes, view, key, keyBytes) >= 0) {
        throw this.#bad(page, `has a key in node ${index} that is not above the one before`)
      }
      before = key
      beforeBytes = keyBytes
    }
  }

  /** That the nodes fill the page from `upper` to its end, one after the other. */
  #checkPlaces(page: PageBuffer): void {
    const ends = this.#ends
    const limit = page.bytes.length - HEADER_BYTES
    let at = page.upper
    for (let passed = 0; passed < page.count; passed += 1) {
      const end = at < limit ? (ends[at >> 1] ?? 0) : 0
      if (end === 0) throw this.#bad(page, `has a gap between its nodes, or nodes that overlap, at ${at}`)
      ends[at >> 1] = 0
      at = end
    }
    if (at !== limit) throw this.#bad(page, `has ${limit - at} bytes behind its nodes`)
  }

  /** What the value of a leaf's node takes of the page. */
  #storedBytes(page: PageBuffer, node: number, index: number): number {
    const flags = page.nodeFlags(node)
    const bytes = page.valueBytes(node)
    if (this.#kind.holdsTrees) {
      if (flags !== TREE_VALUE) {
        throw this.#bad(page, `has flags ${flags} in node ${index}; a named database has ${TREE_VALUE}`)
      }
      if (bytes !== TREE_BYTES) {
        throw this.#bad(page, `has a record of ${bytes} bytes in node ${index}; ${TREE_BYTES} is right`)
      }
    } else if (flags > OVERFLOW_VALUE) {
      throw this.#bad(page, `has flags ${flags} in node ${index}; 0 and ${OVERFLOW_VALUE} are possible`)
    }
    return flags === OVERFLOW_VALUE ? OVERFLOW_BYTES : bytes
  }

  #bad(page: PageBuffer, text: string): PageError {
    return badPage(this.#kind, page, text)
  }
}

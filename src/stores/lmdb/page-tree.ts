import { damaged, PageError } from './page-error.js'
import {
  BRANCH_PAGE,
  DEPTH_MAX,
  HEADER_BYTES,
  LEAF_PAGE,
  NO_PAGE,
  NODE_BYTES,
  numberAt,
  OVERFLOW_VALUE,
  PageBuffer,
  type Tree,
} from './page-layout.js'
import { badPage, NodeCheck, type TreeKind } from './page-nodes.js'
import type { PageSource } from './page-source.js'

/** Is told of every page of a tree before what is on it; throws if it may not be there. */
export type Claim = (first: number, count: number, from: string) => void

export interface TreeWalkOptions {
  readonly claim?: Claim | undefined
  /** Is told what is wrong with a page; then the walk goes on behind it. Without, it ends there. */
  readonly onDamage?: ((error: PageError) => void) | undefined
}

/** A key on a page that stays in memory: one that separates two children of a branch. */
interface Bound {
  readonly page: PageBuffer
  readonly node: number
}

/**
 * Walks one tree in the order of its keys and checks all that it reads. It holds a page for each level. As the keys of a page
 * have to lie between those of its parent, no page can be come to twice, and so no damage makes it a walk without end.
 */
export class TreeWalk {
  readonly #source: PageSource
  readonly #tree: Tree
  readonly #kind: TreeKind
  readonly #claim: Claim
  readonly #onDamage: ((error: PageError) => void) | undefined
  readonly #levels: PageBuffer[] = []
  readonly #nodes: NodeCheck
  #branchPages = 0
  #leafPages = 0
  #overflowPages = 0
  #entries = 0
  #rootTransaction = 0
  #youngestLeaf = 0
  #overflowValue = new Uint8Array(0)

  constructor(source: PageSource, tree: Tree, kind: TreeKind, options: TreeWalkOptions = {}) {
    this.#source = source
    this.#tree = tree
    this.#kind = kind
    this.#claim = options.claim ?? (() => {})
    this.#onDamage = options.onDamage
    this.#nodes = new NodeCheck(kind, source.pageBytes)
  }

  /** That wrote the root, once the first leaf is there. */
  get transaction(): number {
    return this.#rootTransaction
  }

  /** Entries so far. */
  get entries(): number {
    return this.#entries
  }

  /**
   * Its leaves, each checked, valid until the next one.
   * @param transaction The youngest that may have written the root: that of the page which refers to it.
   */
  *leaves(transaction: number): Generator<PageBuffer, void> {
    const { depth, root } = this.#tree
    const isEmpty = root === NO_PAGE
    if (depth > DEPTH_MAX || isEmpty !== (depth === 0)) {
      return this.#report(this.#wrong(`has a depth of ${depth} and ${isEmpty ? 'no root page' : `root page ${root}`}`))
    }
    if (!isEmpty) yield* this.#below(Number(root), 1, transaction, `the root of ${this.#kind.name}`)
    this.#checkYoungest()
    this.#checkCount('entries', this.#tree.entries, this.#entries)
    this.#checkCount('branch pages', this.#tree.branchPages, this.#branchPages)
    this.#checkCount('leaf pages', this.#tree.leafPages, this.#leafPages)
    this.#checkCount('overflow pages', this.#tree.overflowPages, this.#overflowPages)
  }

  /** The value of a node of the leaf that came last: a view, valid until the next one. */
  value(leaf: PageBuffer, node: number): Uint8Array {
    const at = node + NODE_BYTES + leaf.keyBytes(node)
    const size = leaf.valueBytes(node)
    if ((leaf.nodeFlags(node) & OVERFLOW_VALUE) === 0) return leaf.bytes.subarray(at, at + size)
    if (this.#overflowValue.length < size) this.#overflowValue = new Uint8Array(size)
    const value = this.#overflowValue.subarray(0, size)
    this.#source.readOverflow(numberAt(leaf.view, at), value)
    return value
  }

  /** The leaves below a page whose keys lie from `low` up to, but not including, `high`. */
  *#below(
    number: number,
    level: number,
    transaction: number,
    from: string,
    low?: Bound,
    high?: Bound,
  ): Generator<PageBuffer, void> {
    const page = this.#levels[level] ?? new PageBuffer(this.#source.pageBytes)
    this.#levels[level] = page
    try {
      this.#source.read(number, page, from)
      this.#claim(number, 1, from)
      if (page.transaction > transaction) {
        throw damaged(`page ${number} was written by transaction ${page.transaction}, ${from} only by ${transaction}`)
      }
      this.#checkPage(page, level, low, high)
    } catch (error) {
      if (!(error instanceof PageError)) throw error
      return this.#report(error)
    }
    if (level === this.#tree.depth) {
      yield page
      return
    }
    const here = `page ${number}`
    const last = page.count - 1
    for (let index = 0; index <= last; index += 1) {
      const node = page.node(index)
      const childLow = index === 0 ? low : { page, node }
      const childHigh = index === last ? high : { page, node: page.node(index + 1) }
      yield* this.#below(page.child(node), level + 1, page.transaction, here, childLow, childHigh)
    }
  }

  #checkPage(page: PageBuffer, level: number, low: Bound | undefined, high: Bound | undefined): void {
    const isLeaf = level === this.#tree.depth
    const flags = isLeaf ? LEAF_PAGE : BRANCH_PAGE
    if (page.flags !== flags) {
      throw this.#bad(page, `has flags ${page.flags}; at depth ${level} of ${this.#tree.depth} it has ${flags}`)
    }
    this.#nodes.check(page, isLeaf)
    this.#checkBounds(page, isLeaf ? 0 : 1, low, high)
    if (level === 1) this.#rootTransaction = page.transaction
    if (isLeaf) {
      this.#checkOverflows(page)
      this.#youngestLeaf = Math.max(this.#youngestLeaf, page.transaction)
      this.#leafPages += 1
      this.#entries += page.count
    } else {
      this.#branchPages += 1
    }
  }

  /** `first`: the first node that has a key. */
  #checkBounds(page: PageBuffer, first: number, low: Bound | undefined, high: Bound | undefined): void {
    if (low !== undefined) {
      const order = this.#compare(low, { page, node: page.node(first) })
      // A child's own separator lies above: what is first below it is at least its parent's.
      if (order > 0 || (order === 0 && first > 0))
        throw this.#bad(page, 'has a key below those that its parent gives it')
    }
    if (high !== undefined && this.#compare({ page, node: page.node(page.count - 1) }, high) >= 0) {
      throw this.#bad(page, 'has a key above those that its parent gives it')
    }
  }

  #compare(a: Bound, b: Bound): number {
    const aBytes = a.page.keyBytes(a.node)
    const bBytes = b.page.keyBytes(b.node)
    return this.#kind.compare(a.page.view, a.node + NODE_BYTES, aBytes, b.page.view, b.node + NODE_BYTES, bBytes)
  }

  #checkOverflows(page: PageBuffer): void {
    for (let index = 0; index < page.count; index += 1) {
      const node = page.node(index)
      if (page.nodeFlags(node) !== OVERFLOW_VALUE) continue
      const at = node + NODE_BYTES + page.keyBytes(node)
      const first = numberAt(page.view, at)
      const transaction = numberAt(page.view, at + 8)
      const count = numberAt(page.view, at + 16)
      const from = `node ${index} of page ${page.number}`
      if (transaction > page.transaction) {
        throw damaged(`${from} refers to pages of transaction ${transaction}; itself it is of ${page.transaction}`)
      }
      this.#source.checkOverflow(first, count, transaction, from)
      const room = count * this.#source.pageBytes - HEADER_BYTES
      if (page.valueBytes(node) > room) {
        const size = page.valueBytes(node)
        throw damaged(`${from} has a value of ${size} bytes on ${count} overflow pages, which hold ${room}`)
      }
      this.#claim(first, count, from)
      this.#overflowPages += count
    }
  }

  /** Whatever is written, a leaf and all above it are: without one of that transaction, the write of a page was lost. */
  #checkYoungest(): void {
    const [root, leaf] = [this.#rootTransaction, this.#youngestLeaf]
    if (leaf >= root) return
    this.#report(this.#wrong(`was written last by transaction ${root}, and none of its leaves after ${leaf}`))
  }

  #checkCount(what: string, recorded: bigint, found: number): void {
    if (recorded !== BigInt(found)) this.#report(this.#wrong(`has ${found} ${what}; its record says ${recorded}`))
  }

  #report(error: PageError): void {
    if (this.#onDamage === undefined) throw error
    this.#onDamage(error)
  }

  #bad(page: PageBuffer, text: string): PageError {
    return badPage(this.#kind, page, text)
  }

  #wrong(text: string): PageError {
    return damaged(`${this.#kind.name} ${text}`)
  }
}

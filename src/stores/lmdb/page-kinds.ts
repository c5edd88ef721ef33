import { damaged } from './page-error.js'
import { compareBytes, compareIntegers } from './page-keys.js'
import { HEADER_BYTES, NODE_BYTES, type PageBuffer, readTree, TREE_BYTES, type Tree } from './page-layout.js'
import type { TreeKind } from './page-nodes.js'
import type { PageSource } from './page-source.js'
import { type Claim, TreeWalk } from './page-tree.js'

/** Keys are transactions. */
export const freeListKind: TreeKind = {
  name: 'the free list',
  compare: compareIntegers,
  keyBytesMin: 8,
  keyBytesMax: 8,
  holdsTrees: false,
}

export function plainKind(source: PageSource, name: string): TreeKind {
  return { name, compare: compareBytes, keyBytesMin: 1, keyBytesMax: keyBytesMax(source), holdsTrees: false }
}

export interface NamedTree {
  readonly name: string
  readonly tree: Tree
  /** That last wrote the page which holds the record. */
  readonly transaction: number
}

/** The named databases in the order of their names. LMDB may hold more in the main database; the store does not. */
export function* namedTrees(source: PageSource, main: Tree, claim?: Claim): Generator<NamedTree, void> {
  const kind: TreeKind = { ...plainKind(source, 'the main database'), holdsTrees: true }
  const walk = new TreeWalk(source, main, kind, { claim })
  for (const leaf of walk.leaves(source.transaction)) {
    checkNewest(source, walk.transaction)
    for (let index = 0; index < leaf.count; index += 1) yield namedTree(leaf, leaf.node(index))
  }
}

/** Each commit that changes a named database writes its record: here. A compacted copy says 1 on all pages. */
function checkNewest(source: PageSource, transaction: number): void {
  if (transaction === source.transaction || transaction === 1) return
  throw damaged(
    `the main database was written last by transaction ${transaction}; the last one is ${source.transaction}`,
  )
}

function namedTree(leaf: PageBuffer, node: number): NamedTree {
  const at = node + NODE_BYTES
  const end = at + leaf.keyBytes(node)
  const name = readName(leaf.bytes.subarray(at, end))
  if (name === undefined) throw damaged(`page ${leaf.number} of the main database has a name that is not one`)
  const tree = readTree(leaf.view, end)
  if (tree.flags !== 0 || tree.pad !== 0) {
    const flags = `flags 0x${tree.flags.toString(16)}, padding ${tree.pad}`
    throw damaged(`page ${leaf.number} of the main database gives database ${name} ${flags}; both are 0`)
  }
  return { name, tree, transaction: leaf.transaction }
}

/** This fork of LMDB stores the 0 that ends a name in C, too. */
function readName(bytes: Uint8Array): string | undefined {
  const length = bytes.length - 1
  if (length < 1 || bytes.indexOf(0) !== length) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, length))
  } catch {
    return undefined
  }
}

/** Two nodes fit on a page, and each has room for the record of a tree. */
function keyBytesMax({ pageBytes }: PageSource): number {
  const nodeBytesMax = Math.floor((pageBytes - HEADER_BYTES) / 4) * 2 - 2
  return nodeBytesMax - NODE_BYTES - TREE_BYTES
}

import { damaged } from './page-error.js'
import { FreePages } from './page-free-list.js'
import { freeListKind, type NamedTree, namedTrees, plainKind } from './page-kinds.js'
import { FIRST_PAGE, NODE_BYTES, type PageBuffer } from './page-layout.js'
import type { Snapshot } from './page-meta.js'
import { PageSet } from './page-set.js'
import type { PageSource } from './page-source.js'
import { type Claim, TreeWalk } from './page-tree.js'

/** Is called for each entry of each named database; key and value are views that are valid until it returns. */
export type Visit = (database: string, key: Uint8Array, value: Uint8Array) => void

/** `used`, `free` and `leaked` together are `pages`. */
export interface Verified {
  readonly pages: number
  /** In trees, and the two meta pages. */
  readonly used: number
  readonly free: number
  /** Neither used nor free: lost to LMDB until the file is copied compactly, and harmless. */
  readonly leaked: number
  /** Of each named database. */
  readonly entries: ReadonlyMap<string, number>
}

/** Walks all trees and the free list. @throws PageError at the first thing wrong */
export function verifyPages(source: PageSource, snapshot: Snapshot, visit?: Visit): Verified {
  const used = new PageSet(source.pagesInFile)
  const claim = (first: number, count: number, from: string): void => {
    for (let page = first; page < first + count; page += 1) {
      if (!used.add(page)) throw damaged(`${from} refers to page ${page}, which is in use elsewhere`)
    }
  }
  const entries = new Map<string, number>()
  for (const named of namedTrees(source, snapshot.main, claim)) {
    const walk = new TreeWalk(source, named.tree, plainKind(source, `database ${named.name}`), { claim })
    for (const leaf of walk.leaves(named.transaction)) if (visit !== undefined) visitLeaf(walk, leaf, named, visit)
    entries.set(named.name, walk.entries)
  }
  const free = freePages(source, snapshot, claim)
  for (let page = FIRST_PAGE; page < source.pagesInFile; page += 1) {
    if (free.has(page) && used.has(page)) throw damaged(`page ${page} is in use, and the free list names it`)
  }
  const pages = source.lastPage + 1
  const inUse = used.size + FIRST_PAGE
  return { pages, used: inUse, free: free.size, leaked: pages - inUse - free.size, entries }
}

export function freePages(source: PageSource, snapshot: Snapshot, claim: Claim): FreePages {
  const walk = new TreeWalk(source, snapshot.freeList, freeListKind, { claim })
  const free = new FreePages(source)
  for (const leaf of walk.leaves(source.transaction)) free.addLeaf(walk, leaf)
  free.checkBeyond()
  return free
}

function visitLeaf(walk: TreeWalk, leaf: PageBuffer, { name }: NamedTree, visit: Visit): void {
  for (let index = 0; index < leaf.count; index += 1) {
    const node = leaf.node(index)
    const key = node + NODE_BYTES
    visit(name, leaf.bytes.subarray(key, key + leaf.keyBytes(node)), walk.value(leaf, node))
  }
}

import { closeSync, openSync } from 'node:fs'
import { damaged, PageError } from './page-error.js'
import type { PageEntry } from './page-file.js'
import { type NamedTree, namedTrees, plainKind } from './page-kinds.js'
import { FIRST_PAGE, NODE_BYTES, type Tree } from './page-layout.js'
import { checkSizes, identityProblem, PAGE_BYTES_MAX, PAGE_BYTES_MIN, readMeta, type Snapshot } from './page-meta.js'
import { PageSet } from './page-set.js'
import { FileBytes, PageSource } from './page-source.js'
import { TreeWalk } from './page-tree.js'
import { freePages } from './page-verify.js'

export type OnDamage = (error: PageError) => void

/** One commit of a damaged data file, as far as it can be read. What is read is checked; what fails is left out. */
export class SalvageView {
  readonly #source: PageSource
  readonly #snapshot: Snapshot
  readonly #trees: ReadonlyMap<string, NamedTree>
  /** Pages that a walk came to. */
  readonly #reached: PageSet

  /** @throws PageError if nothing says where its databases are */
  constructor(file: FileBytes, snapshot: Snapshot) {
    this.#snapshot = snapshot
    this.#source = new PageSource(file, snapshot)
    this.#reached = new PageSet(this.#source.pagesInFile)
    this.#trees = new Map([...namedTrees(this.#source, snapshot.main)].map((named) => [named.name, named]))
  }

  has(database: string): boolean {
    return this.#trees.has(database)
  }

  /** The entries of a database on the pages that can be read, in the order of their keys. */
  *entries(database: string, onDamage: OnDamage): Generator<PageEntry, void> {
    const named = this.#trees.get(database)
    if (named === undefined) return onDamage(damaged(`the file has no database ${database}`))
    const kind = plainKind(this.#source, `database ${database}`)
    const claim = (first: number, count: number): void => {
      for (let page = first; page < first + count; page += 1) this.#reached.add(page)
    }
    yield* leafEntries(new TreeWalk(this.#source, named.tree, kind, { claim, onDamage }), named.transaction)
  }

  /**
   * The entries of leaves that are in use, and that no walk came to: what led to them is damaged. Which database they belong
   * to their rows tell. None if the free list is damaged as well: then they can't be told from what was deleted.
   */
  *orphans(onDamage: OnDamage): Generator<PageEntry & { readonly transaction: number }, void> {
    const source = this.#source
    const free = this.#freePages(onDamage)
    if (free === undefined) return
    for (let page = FIRST_PAGE; page < source.pagesInFile; page += 1) {
      if (free.has(page) || this.#reached.has(page)) continue
      const walk = new TreeWalk(source, oneLeaf(page), plainKind(source, `page ${page}`), { onDamage: () => {} })
      for (const entry of leafEntries(walk, source.transaction)) yield entry
    }
  }

  #freePages(onDamage: OnDamage): { has(page: number): boolean } | undefined {
    try {
      return freePages(this.#source, this.#snapshot, () => {})
    } catch (error) {
      if (!(error instanceof PageError)) throw error
      onDamage(error)
      return undefined
    }
  }
}

/** A data file that can't be trusted, opened all the same. */
export class SalvageFile {
  /** The newest commit first, and the one before; none if there is nothing to be read. */
  readonly views: readonly SalvageView[]
  readonly #descriptor: number

  private constructor(descriptor: number, onDamage: OnDamage) {
    this.#descriptor = descriptor
    const file = new FileBytes(descriptor)
    this.views = snapshotsOf(file, onDamage).flatMap((snapshot) => {
      try {
        return [new SalvageView(file, snapshot)]
      } catch (error) {
        if (!(error instanceof PageError)) throw error
        onDamage(error)
        return []
      }
    })
  }

  static open(path: string, onDamage: OnDamage): SalvageFile {
    const descriptor = openSync(path, 'r')
    try {
      return new SalvageFile(descriptor, onDamage)
    } catch (error) {
      closeSync(descriptor)
      throw error
    }
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}

/** Of each meta page that makes sense by itself, the newest first. */
function snapshotsOf(file: FileBytes, onDamage: OnDamage): Snapshot[] {
  const bytes = new Uint8Array(Math.min(file.size_bytes, 2 * PAGE_BYTES_MAX))
  file.read(0, bytes)
  const view = new DataView(bytes.buffer)
  const found: Snapshot[] = []
  for (let pageBytes = PAGE_BYTES_MIN; pageBytes <= PAGE_BYTES_MAX; pageBytes *= 2) {
    for (const number of [0, 1] as const) {
      try {
        const snapshot = snapshotAt(view, number, pageBytes)
        if (snapshot !== undefined) found.push(snapshot)
      } catch (error) {
        if (!(error instanceof PageError)) throw error
        onDamage(error)
      }
    }
  }
  return found.sort((a, b) => b.transaction - a.transaction)
}

/** Undefined if there is no meta page of pages of that size. @throws PageError */
function snapshotAt(view: DataView, number: 0 | 1, pageBytes: number): Snapshot | undefined {
  if (identityProblem(view, number * pageBytes) !== undefined) return undefined
  const meta = readMeta(view, number, number * pageBytes)
  if (meta.freeList.pad !== pageBytes) return undefined
  checkSizes(meta, pageBytes)
  const { lastPage, transaction, freeList, main } = meta
  return { pageBytes, lastPage: Number(lastPage), transaction: Number(transaction), freeList, main }
}

function* leafEntries(
  walk: TreeWalk,
  transaction: number,
): Generator<PageEntry & { readonly transaction: number }, void> {
  for (const leaf of walk.leaves(transaction)) {
    for (let index = 0; index < leaf.count; index += 1) {
      const node = leaf.node(index)
      const key = node + NODE_BYTES
      yield {
        key: leaf.bytes.subarray(key, key + leaf.keyBytes(node)),
        value: walk.value(leaf, node),
        transaction: leaf.transaction,
      }
    }
  }
}

function oneLeaf(page: number): Tree {
  return {
    pad: 0,
    flags: 0,
    depth: 1,
    branchPages: 0n,
    leafPages: 1n,
    overflowPages: 0n,
    entries: 0n,
    root: BigInt(page),
  }
}

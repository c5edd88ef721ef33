import { closeSync, openSync, statSync } from 'node:fs'
import { damaged, PageError } from './page-error.js'
import { type NamedTree, namedTrees, plainKind } from './page-kinds.js'
import { NODE_BYTES } from './page-layout.js'
import { readSnapshot, type Snapshot } from './page-meta.js'
import { FileBytes, PageSource } from './page-source.js'
import { TreeWalk } from './page-tree.js'
import { type Verified, type Visit, verifyPages } from './page-verify.js'

export { PageError, type Verified, type Visit }

/** While others write the file, a walk comes to a page that is not of its snapshot any more once in some tens or thousands. */
const READ_ATTEMPTS = 5
/** Bytes at once where all are read in order. */
const CHUNK_BYTES = 4 * 1024 * 1024

export interface PageEntry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/**
 * A data file of LMDB, read without LMDB. Its pages carry no checksums and LMDB follows every number on them, so that a
 * damaged file kills the process; here it ends in a PageError. All that is read is checked on the way.
 *
 * It reads the snapshot of the newest commit. While others write the file, the pages of that snapshot are overwritten from
 * the second commit after it on, which looks like damage. A read transaction of LMDB that was begun before the file was
 * opened here prevents that as long as it is held; `read` is for those who can't have one.
 */
export class PageFile {
  readonly #descriptor: number
  readonly #file: FileBytes
  readonly #snapshot: Snapshot
  readonly #source: PageSource

  private constructor(descriptor: number) {
    this.#descriptor = descriptor
    this.#file = new FileBytes(descriptor)
    this.#snapshot = readSnapshot(this.#file)
    this.#source = new PageSource(this.#file, this.#snapshot)
  }

  /** Whether LMDB makes a new store of it: the file is missing or empty. */
  static isNew(path: string): boolean {
    const size_bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
    return size_bytes === 0
  }

  /** @throws PageError if it is no data file, or the meta pages are damaged; what the system says if it can't be opened */
  static open(path: string): PageFile {
    const descriptor = openSync(path, 'r')
    try {
      return new PageFile(descriptor)
    } catch (error) {
      closeSync(descriptor)
      throw error
    }
  }

  /**
   * Opens, reads and closes; once more if that ended in a PageError, which a commit of others may have caused.
   * For what takes milliseconds: the longer it takes, the likelier it comes to that again.
   */
  static read<T>(path: string, reader: (file: PageFile) => T): T {
    for (let attempt = 1; ; attempt += 1) {
      let file: PageFile | undefined
      try {
        file = PageFile.open(path)
        return reader(file)
      } catch (error) {
        if (attempt === READ_ATTEMPTS || !(error instanceof PageError) || error.kind !== 'damaged') throw error
      } finally {
        file?.close()
      }
    }
  }

  /** Number of the last transaction. */
  get transaction(): bigint {
    return BigInt(this.#snapshot.transaction)
  }

  /** Names of the databases. @throws PageError */
  databases(): readonly string[] {
    return [...namedTrees(this.#source, this.#snapshot.main)].map(({ name }) => name)
  }

  /**
   * The entries of one database in the order of their keys; key and value are views that are valid until the next one.
   * @param onDamage Is told what is wrong; then the walk goes on behind the page that can't be read.
   * @throws PageError without `onDamage` where the walk comes to damage; whoever wants to know before calls `verify`
   */
  *entries(database: string, onDamage?: (error: PageError) => void): Generator<PageEntry, void> {
    const { tree, transaction } = this.#named(database)
    const walk = new TreeWalk(this.#source, tree, plainKind(this.#source, `database ${database}`), { onDamage })
    for (const leaf of walk.leaves(transaction)) {
      for (let index = 0; index < leaf.count; index += 1) {
        const node = leaf.node(index)
        const key = node + NODE_BYTES
        yield { key: leaf.bytes.subarray(key, key + leaf.keyBytes(node)), value: walk.value(leaf, node) }
      }
    }
  }

  /** Walks everything that is in use and the free list. @throws PageError at the first thing wrong */
  verify(visit?: Visit): Verified {
    return verifyPages(this.#source, this.#snapshot, visit)
  }

  /**
   * Has the system read the file once in order, into its own memory. From a disk that takes a fifth of the time that the
   * walk of a tree needs for the same pages; without a disk to wait for it is a waste.
   */
  prefetch(): void {
    this.#file.readThrough(CHUNK_BYTES)
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  #named(database: string): NamedTree {
    for (const named of namedTrees(this.#source, this.#snapshot.main)) if (named.name === database) return named
    throw damaged(`the file has no database ${database}`)
  }
}

import { damaged } from './page-error.js'
import { FIRST_PAGE, NODE_BYTES, numberAt, type PageBuffer, signedNumberAt } from './page-layout.js'
import { PageSet } from './page-set.js'
import type { PageSource } from './page-source.js'
import type { TreeWalk } from './page-tree.js'

/**
 * The pages that the free list names. An entry's key is the transaction that freed them; its value a count of words and then
 * the words, 8 bytes each: a page; or minus a number of pages and the first of them; or 0, room for later. Their order is any.
 */
export class FreePages {
  readonly #source: PageSource
  readonly #inFile: PageSet
  /** Runs of pages that were never written, because they were freed in the transaction that took them at the end. */
  readonly #beyond: { readonly first: number; readonly count: number }[] = []

  constructor(source: PageSource) {
    this.#source = source
    this.#inFile = new PageSet(source.pagesInFile)
  }

  /** How many; once all were added and checked. */
  get size(): number {
    return this.#inFile.size + (this.#source.lastPage + 1 - this.#source.pagesInFile)
  }

  has(page: number): boolean {
    return this.#inFile.has(page)
  }

  /** Takes the entries of a leaf of the free list. */
  addLeaf(walk: TreeWalk, leaf: PageBuffer): void {
    for (let index = 0; index < leaf.count; index += 1) {
      const node = leaf.node(index)
      const transaction = numberAt(leaf.view, node + NODE_BYTES)
      if (transaction < 1 || transaction > this.#source.transaction) {
        throw damaged(
          `the free list has an entry of transaction ${transaction}; the last one is ${this.#source.transaction}`,
        )
      }
      this.#addList(walk.value(leaf, node), transaction)
    }
  }

  /** That no page is missing between the end of the file and the last page. */
  checkBeyond(): void {
    let next = this.#source.pagesInFile
    for (const { first, count } of this.#beyond.sort((a, b) => a.first - b.first)) {
      if (first < next) throw damaged(`the free list names page ${first} twice`)
      if (first > next) break
      next += count
    }
    const { pagesInFile, lastPage } = this.#source
    if (next <= lastPage) {
      throw damaged(`page ${next} is not free, and the file ends within or before page ${pagesInFile} of ${lastPage}`)
    }
  }

  #addList(list: Uint8Array, transaction: number): void {
    const view = new DataView(list.buffer, list.byteOffset, list.byteLength)
    const words = list.length < 8 ? Number.NaN : numberAt(view, 0)
    if (!(8 * (words + 1) <= list.length)) {
      throw damaged(`the free list's entry of transaction ${transaction} has ${list.length} bytes for ${words} words`)
    }
    for (let word = 1; word <= words; word += 1) {
      const value = signedNumberAt(view, 8 * word)
      if (value > 0) this.#addRun(value, 1, transaction)
      if (value >= 0) continue
      word += 1
      if (word > words) throw damaged(`the free list's entry of transaction ${transaction} ends within a run of pages`)
      this.#addRun(signedNumberAt(view, 8 * word), -value, transaction)
    }
  }

  #addRun(first: number, count: number, transaction: number): void {
    const { lastPage, pagesInFile } = this.#source
    const end = first + count
    if (first < FIRST_PAGE || end > lastPage + 1) {
      const which = count === 1 ? `page ${first}` : `${count} pages from ${first}`
      throw damaged(
        `the free list's entry of transaction ${transaction} names ${which}; pages ${FIRST_PAGE} to ${lastPage} exist`,
      )
    }
    for (let page = first; page < end && page < pagesInFile; page += 1) {
      if (!this.#inFile.add(page)) throw damaged(`the free list names page ${page} twice`)
    }
    if (end > pagesInFile) {
      const from = Math.max(first, pagesInFile)
      this.#beyond.push({ first: from, count: end - from })
    }
  }
}

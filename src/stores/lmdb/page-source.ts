import { fstatSync, readSync } from 'node:fs'
import { damaged } from './page-error.js'
import { FIRST_PAGE, HEADER_BYTES, OVERFLOW_PAGE, PageBuffer } from './page-layout.js'

/** Node takes less than 2^31. */
const READ_BYTES_MAX = 2 ** 30

/** An open file. Its size is that of the moment it was opened; nothing behind that is read. */
export class FileBytes {
  readonly size_bytes: number
  readonly #descriptor: number

  constructor(descriptor: number) {
    this.#descriptor = descriptor
    this.size_bytes = fstatSync(descriptor).size
  }

  /** Fills `into`. @throws PageError if the file has become shorter, and what the system says if it can't be read */
  read(at: number, into: Uint8Array): void {
    let done = 0
    while (done < into.length) {
      const count = readSync(this.#descriptor, into, done, Math.min(into.length - done, READ_BYTES_MAX), at + done)
      if (count === 0) throw damaged(`the file ends at byte ${at + done}; it had ${this.size_bytes} bytes a moment ago`)
      done += count
    }
  }

  /** Reads everything in order, and forgets it. */
  readThrough(chunk_bytes: number): void {
    const chunk = new Uint8Array(chunk_bytes)
    let at = 0
    for (let count = -1; count !== 0; at += count) count = readSync(this.#descriptor, chunk, 0, chunk_bytes, at)
  }
}

/** The pages of one snapshot. */
export class PageSource {
  readonly pageBytes: number
  readonly lastPage: number
  /** Whole pages that the file has. Those behind it, up to the last page, may only be free ones. */
  readonly pagesInFile: number
  /** Of the snapshot: no page is younger. */
  readonly transaction: number
  readonly #file: FileBytes
  readonly #header = new PageBuffer(HEADER_BYTES)

  constructor(file: FileBytes, snapshot: { pageBytes: number; lastPage: number; transaction: number }) {
    this.#file = file
    this.pageBytes = snapshot.pageBytes
    this.lastPage = snapshot.lastPage
    this.transaction = snapshot.transaction
    this.pagesInFile = Math.min(Math.floor(file.size_bytes / this.pageBytes), this.lastPage + 1)
  }

  /** The page of that number, checked for being it. `from` says in messages where the number stands. */
  read(number: number, into: PageBuffer, from: string): void {
    this.#checkRange(number, 1, from)
    into.number = number
    this.#file.read(number * this.pageBytes, into.bytes)
    this.#checkHeader(into)
  }

  /** Checks the first header of the overflow pages of a value. */
  checkOverflow(first: number, count: number, transaction: number, from: string): void {
    this.#checkRange(first, count, from)
    const header = this.#header
    header.number = first
    this.#file.read(first * this.pageBytes, header.bytes)
    this.#checkHeader(header)
    if (header.flags !== OVERFLOW_PAGE) {
      throw damaged(
        `page ${first}, to which ${from} refers, has flags ${header.flags}; an overflow page has ${OVERFLOW_PAGE}`,
      )
    }
    if (header.overflowPages !== count) {
      throw damaged(`page ${first} is the first of ${header.overflowPages} overflow pages; ${from} says ${count}`)
    }
    // A compacted copy says 1 in the reference, and keeps the page as it was.
    if (header.transaction !== transaction && transaction !== 1) {
      throw damaged(`page ${first} was written by transaction ${header.transaction}; ${from} says ${transaction}`)
    }
  }

  /** A value on overflow pages that were checked. */
  readOverflow(first: number, into: Uint8Array): void {
    this.#file.read(first * this.pageBytes + HEADER_BYTES, into)
  }

  #checkRange(first: number, count: number, from: string): void {
    const { lastPage, pagesInFile } = this
    if (first < FIRST_PAGE || count < 1 || first + count - 1 > lastPage) {
      const which = count === 1 ? `page ${first}` : `${count} pages from ${first}`
      throw damaged(`${from} refers to ${which}; pages ${FIRST_PAGE} to ${lastPage} exist`)
    }
    if (first + count > pagesInFile) {
      throw damaged(`${from} refers to page ${first + count - 1}; the file ends within or before page ${pagesInFile}`)
    }
  }

  #checkHeader(page: PageBuffer): void {
    if (page.ownNumber !== page.number) throw damaged(`page ${page.number} says that it is page ${page.ownNumber}`)
    if (page.transaction > this.transaction) {
      throw damaged(
        `page ${page.number} was written by transaction ${page.transaction}; the last one is ${this.transaction}`,
      )
    }
  }
}

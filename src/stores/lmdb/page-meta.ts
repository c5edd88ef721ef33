import { damaged, foreign, type PageError } from './page-error.js'
import { FIRST_PAGE, HEADER_BYTES, META_BYTES, META_PAGE, readTree, TREE_BYTES, type Tree } from './page-layout.js'
import type { FileBytes } from './page-source.js'

const MAGIC = 0xbeefc0de
const DATA_VERSION = 2
export const PAGE_BYTES_MIN = 256
export const PAGE_BYTES_MAX = 65_536
/** Page headers of data version 1 and of 32-bit machines are shorter. */
const OTHER_HEADER_BYTES = 16

/** Keys of the free list are integers. */
const INTEGER_KEYS = 0x08
const ENCRYPTED = 0x2000
/**
 * How the environment was opened that made the file: metrics, safe restore, overlapping sync, no subfolder. LMDB keeps these
 * among the flags of the free list, and reads none of them.
 */
const OPENED_WITH = 0x400 | 0x800 | 0x1000 | 0x4000

/** What the newest commit left. */
export interface Snapshot {
  readonly pageBytes: number
  readonly lastPage: number
  readonly transaction: number
  readonly freeList: Tree
  readonly main: Tree
}

/** A meta page: the roots of a snapshot. Transaction N writes page N mod 2, so the other one keeps the snapshot before. */
interface Meta {
  readonly number: 0 | 1
  readonly mapBytes: bigint
  readonly freeList: Tree
  readonly main: Tree
  readonly lastPage: bigint
  readonly transaction: bigint
}

/**
 * Reads both meta pages and picks the one that LMDB picks: that of the higher transaction. LMDB trusts it blindly, and of the
 * other one it reads nothing but flags; so what it can't notice is checked here.
 * @throws PageError
 */
export function readSnapshot(file: FileBytes): Snapshot {
  if (file.size_bytes < HEADER_BYTES + META_BYTES) {
    throw damaged(`the file has ${file.size_bytes} bytes; a data file starts with two meta pages`)
  }
  // Both at once: whoever writes the file meanwhile is slower than that.
  const bytes = new Uint8Array(Math.min(file.size_bytes, 2 * PAGE_BYTES_MAX))
  file.read(0, bytes)
  const view = new DataView(bytes.buffer)
  checkIdentity(view)
  const pageBytes = readTree(view, HEADER_BYTES + 24).pad
  if (!isPageSize(pageBytes)) {
    throw damaged(`page 0 says that a page has ${pageBytes} bytes; it is a power of two from 256 to 65536`)
  }
  if (file.size_bytes < 2 * pageBytes) {
    throw damaged(`the file has ${file.size_bytes} bytes; its two meta pages are ${2 * pageBytes}`)
  }
  const problem = identityProblem(view, pageBytes)
  if (problem !== undefined) throw damaged(`page 1: ${problem}`)
  const first = readMeta(view, 0, 0)
  const second = readMeta(view, 1, pageBytes)
  checkFlags(first, second)
  if (second.freeList.pad !== pageBytes) {
    throw damaged(`page 0 says that a page has ${pageBytes} bytes, page 1 says ${second.freeList.pad}`)
  }
  checkTransactions(first, second)
  const newest = first.transaction >= second.transaction ? first : second
  checkSizes(newest, pageBytes)
  return {
    pageBytes,
    lastPage: Number(newest.lastPage),
    transaction: Number(newest.transaction),
    freeList: newest.freeList,
    main: newest.main,
  }
}

/** Whether this is LMDB's at all. One bit must not make a file a stranger, so a whole second meta page counts as well. */
function checkIdentity(view: DataView): void {
  const problem = identityProblem(view, 0)
  if (problem === undefined) return
  for (let at = PAGE_BYTES_MIN; at <= PAGE_BYTES_MAX; at *= 2) {
    if (identityProblem(view, at) === undefined) throw damaged(`page 0: ${problem}`)
  }
  throw foreignFile(view, problem)
}

function foreignFile(view: DataView, problem: string): PageError {
  if (view.getUint32(HEADER_BYTES, false) === MAGIC) return foreign('a data file of LMDB with another byte order')
  if (view.getUint32(OTHER_HEADER_BYTES, true) === MAGIC) {
    const version = view.getUint32(OTHER_HEADER_BYTES + 4, true)
    return foreign(
      `a data file of LMDB with other pages: data version ${version} or of a 32-bit machine; version 2 of 64 bit is read`,
    )
  }
  return foreign(
    view.getUint32(HEADER_BYTES, true) === MAGIC ? `a data file of LMDB: ${problem}` : 'no data file of LMDB',
  )
}

/** What tells a meta page at that place from none, as a sentence if it is wrong. */
export function identityProblem(view: DataView, at: number): string | undefined {
  if (at + HEADER_BYTES + META_BYTES > view.byteLength) return 'is not there'
  const flags = view.getUint16(at + 18, true)
  const magic = view.getUint32(at + HEADER_BYTES, true)
  const version = view.getUint32(at + HEADER_BYTES + 4, true)
  if (magic !== MAGIC) return `its magic number is 0x${magic.toString(16)}; 0x${MAGIC.toString(16)} is right`
  if (version !== DATA_VERSION) return `its data version is ${version}; ${DATA_VERSION} is read`
  if (flags !== META_PAGE) return `its flags are ${flags}; a meta page has ${META_PAGE}`
  return undefined
}

export function readMeta(view: DataView, number: 0 | 1, at: number): Meta {
  const meta = at + HEADER_BYTES
  const ownNumber = view.getBigUint64(at, true)
  if (ownNumber !== BigInt(number)) throw damaged(`page ${number} says that it is page ${ownNumber}`)
  const address = view.getBigUint64(meta + 8, true)
  if (address !== 0n) throw damaged(`page ${number} asks for a map at address 0x${address.toString(16)}; it has none`)
  const after = meta + 24 + 2 * TREE_BYTES
  return {
    number,
    mapBytes: view.getBigUint64(meta + 16, true),
    freeList: readTree(view, meta + 24),
    main: readTree(view, meta + 24 + TREE_BYTES),
    lastPage: view.getBigUint64(after, true),
    transaction: view.getBigUint64(after + 8, true),
  }
}

function checkFlags(first: Meta, second: Meta): void {
  if (first.freeList.flags & second.freeList.flags & ENCRYPTED) throw foreign('an encrypted data file of LMDB')
  for (const { number, freeList, main } of [first, second]) {
    if ((freeList.flags & ~OPENED_WITH) !== INTEGER_KEYS) {
      throw damaged(`page ${number}: the flags of the free list are 0x${freeList.flags.toString(16)}; 0x8 is right`)
    }
    if (main.flags !== 0) {
      throw damaged(`page ${number}: the flags of the main database are 0x${main.flags.toString(16)}; 0 is right`)
    }
  }
}

/**
 * LMDB takes the higher number, and then looks for that transaction in page N mod 2. A wrong number would make it take the
 * snapshot before, as if the last commit had never been, so the two have to be neighbours.
 */
function checkTransactions(first: Meta, second: Meta): void {
  const [even, odd] = [first.transaction, second.transaction]
  const isNew = even === 0n && odd === 0n
  // Such a copy has an empty page 0, and what was copied in page 1.
  const isCompacted = even === 0n && odd % 2n === 1n && first.lastPage === BigInt(FIRST_PAGE - 1)
  const areNeighbours = even % 2n === 0n && (odd === even + 1n || odd === even - 1n)
  if (!isNew && !isCompacted && !areNeighbours) {
    throw damaged(
      `page 0 is of transaction ${even} and page 1 of ${odd}; they are neighbours, and page 0 has the even one`,
    )
  }
}

export function checkSizes(meta: Meta, pageBytes: number): void {
  const { number, lastPage, transaction, mapBytes } = meta
  const bytes = (lastPage + 1n) * BigInt(pageBytes)
  if (lastPage < BigInt(FIRST_PAGE - 1) || bytes > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw damaged(`page ${number} says that page ${lastPage} is the last`)
  }
  if (transaction > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw damaged(`page ${number} says that it is of transaction ${transaction}`)
  }
  if (mapBytes < bytes) {
    throw damaged(`page ${number} says that the map has ${mapBytes} bytes; pages to ${lastPage} are ${bytes}`)
  }
}

function isPageSize(bytes: number): boolean {
  return bytes >= PAGE_BYTES_MIN && bytes <= PAGE_BYTES_MAX && (bytes & (bytes - 1)) === 0
}

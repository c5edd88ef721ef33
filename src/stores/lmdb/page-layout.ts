/**
 * Where things stand in a data file, as `mdb.c` of the npm package `lmdb` defines them: data version 2, 64 bit, little endian.
 *
 * A page starts with a header: its own number (8 bytes), the transaction that wrote it (8), padding (2), flags (2), and for a
 * branch or leaf two bounds, `lower` (2) and `upper` (2), for the first of some overflow pages how many they are (4). Behind
 * the header of a branch or leaf come the offsets of its nodes in the order of their keys, 2 bytes each, up to `lower`; from
 * `upper` to the end the nodes lie without a gap in any order. Offsets and bounds count from the end of the header.
 */
export const HEADER_BYTES = 24
export const META_BYTES = 144
/** A node: 6 bytes of a child's number or 4 of the size of a value and 2 of flags, then the size of its key (2), key, value. */
export const NODE_BYTES = 8
/** What a leaf holds instead of a value on overflow pages: their first number, transaction and how many, 8 bytes each. */
export const OVERFLOW_BYTES = 24
/** What the main database holds of a named one. */
export const TREE_BYTES = 48

export const BRANCH_PAGE = 0x01
export const LEAF_PAGE = 0x02
export const OVERFLOW_PAGE = 0x04
export const META_PAGE = 0x08

/** Flag of a leaf's node: its value lies on overflow pages. */
export const OVERFLOW_VALUE = 0x01
/** Flag of a leaf's node: its value is the tree of a named database. */
export const TREE_VALUE = 0x02

/** The root of a tree without entries. */
export const NO_PAGE = 2n ** 64n - 1n

/** Pages 0 and 1 are the meta pages. */
export const FIRST_PAGE = 2

/** A tree has two children a branch at least, so this holds 2^32 leaves; LMDB's cursors go no deeper. */
export const DEPTH_MAX = 32

/** A page in memory. Getters read what its header says, methods what its nodes say. */
export class PageBuffer {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** The number that it was read by. */
  number = 0

  constructor(size_bytes: number) {
    this.bytes = new Uint8Array(size_bytes)
    this.view = new DataView(this.bytes.buffer)
  }

  get ownNumber(): number {
    return numberAt(this.view, 0)
  }

  get transaction(): number {
    return numberAt(this.view, 8)
  }

  get flags(): number {
    return this.view.getUint16(18, true)
  }

  get lower(): number {
    return this.view.getUint16(20, true)
  }

  get upper(): number {
    return this.view.getUint16(22, true)
  }

  /** Of the first of some overflow pages: how many they are. */
  get overflowPages(): number {
    return this.view.getUint32(20, true)
  }

  /** Number of nodes. */
  get count(): number {
    return this.lower >> 1
  }

  /** Where the node of an index starts. */
  node(index: number): number {
    return HEADER_BYTES + this.view.getUint16(HEADER_BYTES + 2 * index, true)
  }

  keyBytes(node: number): number {
    return this.view.getUint16(node + 6, true)
  }

  /** Of a branch. */
  child(node: number): number {
    return this.view.getUint32(node, true) + this.view.getUint16(node + 4, true) * 2 ** 32
  }

  /** Of a leaf. */
  nodeFlags(node: number): number {
    return this.view.getUint16(node + 4, true)
  }

  /** Of a leaf; on this page or on overflow pages. */
  valueBytes(node: number): number {
    return this.view.getUint32(node, true)
  }
}

/** The record of one tree, and of the database that it is. */
export interface Tree {
  /** Only in the free list's: the size of a page. */
  readonly pad: number
  readonly flags: number
  /** Levels from root to leaf; 0 without entries. */
  readonly depth: number
  readonly branchPages: bigint
  readonly leafPages: bigint
  readonly overflowPages: bigint
  readonly entries: bigint
  readonly root: bigint
}

export function readTree(view: DataView, at: number): Tree {
  return {
    pad: view.getUint32(at, true),
    flags: view.getUint16(at + 4, true),
    depth: view.getUint16(at + 6, true),
    branchPages: view.getBigUint64(at + 8, true),
    leafPages: view.getBigUint64(at + 16, true),
    overflowPages: view.getBigUint64(at + 24, true),
    entries: view.getBigUint64(at + 32, true),
    root: view.getBigUint64(at + 40, true),
  }
}

/**
 * 64 bits as a number. From 2^53 on it is rounded, which is as good: no page and no transaction has such a number, and
 * rounding makes none smaller.
 */
export function numberAt(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32
}

/** The same with a sign. */
export function signedNumberAt(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getInt32(at + 4, true) * 2 ** 32
}

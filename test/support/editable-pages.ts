import { readFileSync, writeFileSync } from 'node:fs'
import {
  NODE_BYTES,
  OVERFLOW_BYTES,
  OVERFLOW_VALUE,
  PageBuffer,
  readTree,
  type Tree,
} from '../../src/stores/lmdb/page-layout.js'

/** Offsets of a tree's record. */
export const TREE_FIELDS = { pad: 0, flags: 4, depth: 6, branch: 8, leaf: 16, overflow: 24, entries: 32, root: 40 }
/** Offsets in a meta page. */
export const META_FIELDS = {
  magic: 24,
  version: 28,
  address: 32,
  map: 40,
  free: 48,
  main: 96,
  last: 144,
  transaction: 152,
}

/** A page and a node on it, or an index of one. */
export interface Place {
  readonly page: number
  readonly index: number
}

/** A data file with pages of 4096 bytes in memory, to be damaged by hand. */
export class EditablePages {
  static readonly pageBytes = 4096
  bytes: Buffer

  constructor(path: string) {
    this.bytes = readFileSync(path)
  }

  save(path: string): void {
    writeFileSync(path, this.bytes)
  }

  get view(): DataView {
    return new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length)
  }

  /** Where page `number` starts. */
  at(number: number): number {
    return number * EditablePages.pageBytes
  }

  /** Where the newest meta page starts. */
  get meta(): number {
    const [first, second] = [0, this.at(1)].map((at) => this.view.getBigUint64(at + META_FIELDS.transaction, true))
    return (first ?? 0n) >= (second ?? 0n) ? 0 : this.at(1)
  }

  get lastPage(): number {
    return Number(this.view.getBigUint64(this.meta + META_FIELDS.last, true))
  }

  /** Where the record of a tree starts: `free`, `main`, or the name of a database. */
  treeAt(name: string): number {
    if (name === 'free' || name === 'main') return this.meta + META_FIELDS[name]
    for (const page of this.leaves('main')) {
      for (let index = 0; index < this.read(page).count; index += 1) {
        const node = this.read(page).node(index)
        const value = this.at(page) + node + NODE_BYTES + this.read(page).keyBytes(node)
        if (this.bytes.toString('latin1', this.at(page) + node + NODE_BYTES, value) === `${name}\0`) return value
      }
    }
    throw new Error(`no database ${name}`)
  }

  tree(name: string): Tree {
    return readTree(this.view, this.treeAt(name))
  }

  root(name: string): number {
    return Number(this.tree(name).root)
  }

  setTree(name: string, field: keyof typeof TREE_FIELDS, change: (value: bigint) => bigint): void {
    const at = this.treeAt(name) + TREE_FIELDS[field]
    if (field === 'pad') this.view.setUint32(at, Number(change(0n)), true)
    else if (field === 'flags' || field === 'depth') {
      this.view.setUint16(at, Number(change(BigInt(this.view.getUint16(at, true)))), true)
    } else this.view.setBigUint64(at, BigInt.asUintN(64, change(this.view.getBigUint64(at, true))), true)
  }

  setMeta(field: keyof typeof META_FIELDS, change: (value: bigint) => bigint, at = this.meta): void {
    const where = at + META_FIELDS[field]
    const old = this.view.getBigUint64(where, true)
    this.view.setBigUint64(where, BigInt.asUintN(64, change(old)), true)
  }

  /** A copy of a page. */
  read(number: number): PageBuffer {
    const page = new PageBuffer(EditablePages.pageBytes)
    page.number = number
    page.bytes.set(this.bytes.subarray(this.at(number), this.at(number + 1)))
    return page
  }

  edit(number: number, change: (page: PageBuffer) => void): void {
    const page = this.read(number)
    change(page)
    this.bytes.set(page.bytes, this.at(number))
  }

  /** Numbers of a tree's leaves in order. */
  leaves(name: string): number[] {
    let level = [this.root(name)]
    for (let depth = 1; depth < this.tree(name).depth; depth += 1) {
      level = level.flatMap((number) => {
        const page = this.read(number)
        return Array.from({ length: page.count }, (_, index) => page.child(page.node(index)))
      })
    }
    return level
  }

  /** The first node of a leaf of which something holds. */
  find(name: string, holds: (page: PageBuffer, node: number) => boolean): Place {
    for (const number of this.leaves(name)) {
      const page = this.read(number)
      for (let index = 0; index < page.count; index += 1)
        if (holds(page, page.node(index))) return { page: number, index }
    }
    throw new Error(`no such node in ${name}`)
  }

  /** What a node of a leaf has for a value on its page, to be changed. */
  value({ page, index }: Place): DataView {
    const buffer = this.read(page)
    const node = buffer.node(index)
    const at = this.bytes.byteOffset + this.at(page) + node + NODE_BYTES + buffer.keyBytes(node)
    const onPage = (buffer.nodeFlags(node) & OVERFLOW_VALUE) === 0
    return new DataView(this.bytes.buffer, at, onPage ? buffer.valueBytes(node) : OVERFLOW_BYTES)
  }
}

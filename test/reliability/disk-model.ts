import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { SeededRandom } from '../support/seeded-random.js'
import { DiskFile, type Pending } from './disk-file.js'
import {
  descriptorOf,
  type FileCall,
  type FileCallEnd,
  lastNumberOf,
  pathOf,
  type TraceEvent,
  textsOf,
} from './strace-calls.js'

interface Entry {
  readonly name: string
  /** Undefined: the name goes. */
  readonly node: Node | undefined
}

/** One change of a directory: all of its entries change at once. */
interface Change {
  readonly entries: readonly Entry[]
}

type Node = DiskFile | Directory

class Directory {
  readonly durable = new Map<string, Node>()
  readonly pending: Change[] = []

  find(name: string): Node | undefined {
    for (const { entries } of this.pending.toReversed()) {
      const entry = entries.find((entry) => entry.name === name)
      if (entry !== undefined) return entry.node
    }
    return this.durable.get(name)
  }
}

interface Descriptor {
  readonly file: DiskFile
  /** Opened with O_DSYNC: what is written is on disk when the call ends. */
  readonly syncs: boolean
  position: number
}

/**
 * A folder and what is in it, on a disk that keeps only what was synced: what was written is there for certain once a sync that
 * began afterwards has ended, and names once their directory was synced. All else may be there or not when the power fails.
 */
export class DiskModel {
  readonly #root: string
  readonly #top = new Directory()
  readonly #descriptors = new Map<number, Descriptor>()
  readonly #begun = new Map<
    FileCall,
    { readonly pending?: Pending; readonly sync?: () => void; readonly failed?: () => void }
  >()

  /** @param root the folder; it is there, and empty. */
  constructor(root: string) {
    this.#root = root
  }

  /** Whether it may change what is on disk. */
  concerns(event: TraceEvent): boolean {
    const { name, args } = event.call
    if (name === 'close' || name === 'lseek') return false
    if (name === 'openat') return event.kind === 'end' && this.#isInside(event.end.path)
    // Everything that is traced and has a descriptor names it; the rest names paths.
    return args.startsWith('AT_FDCWD') || args.startsWith('"')
      ? this.#pathsIn(args).some((path) => this.#isInside(path))
      : this.#isInside(pathOf(args))
  }

  begin(call: FileCall): void {
    const { name, args } = call
    const open = this.#descriptors.get(descriptorOf(args))
    switch (name) {
      case 'write':
      case 'writev':
      case 'pwrite64':
      case 'pwritev':
      case 'pwritev2': {
        if (open === undefined || !this.#isInside(pathOf(args))) return
        const at = name.startsWith('p') ? lastNumberOf(args) : open.position
        this.#begun.set(call, { pending: open.file.write(at, Buffer.concat(textsOf(args))) })
        return
      }
      case 'fdatasync':
      case 'fsync': {
        if (!this.#isInside(pathOf(args))) return
        const node = open?.file ?? this.#directory(pathOf(args))
        if (node instanceof DiskFile) {
          const written = node.unsynced()
          this.#begun.set(call, { sync: () => node.sync(written), failed: () => node.lose(written) })
        } else if (node !== undefined) {
          const count = node.pending.length
          this.#begun.set(call, { sync: () => syncDirectory(node, count) })
        }
        return
      }
    }
  }

  end(call: FileCall, { result, path }: FileCallEnd): void {
    const begun = this.#begun.get(call)
    this.#begun.delete(call)
    const { name, args } = call
    const number = descriptorOf(args)
    const open = this.#descriptors.get(number)
    if (result < 0) {
      begun?.failed?.()
      if (begun?.pending !== undefined) open?.file.undo(begun.pending)
      return
    }
    if (begun?.pending !== undefined && open !== undefined) {
      open.file.written(begun.pending, result)
      if (!name.startsWith('p')) open.position += result
      if (open.syncs) open.file.sync([begun.pending])
      return
    }
    begun?.sync?.()
    if (name === 'openat') this.#open(path, result, args)
    else if (name === 'close') this.#descriptors.delete(number)
    else if (open === undefined) this.#changeNames(name, args)
    else if (name === 'lseek') open.position = result
    else if (name === 'ftruncate') open.file.truncate(lastNumberOf(args))
    else if (name === 'fallocate') throw new Error('fallocate is not modelled')
  }

  /** Whether the program sees these bytes in a file now. A write that has not ended may have been done. */
  reads(path: string, bytes: Buffer): boolean {
    const node = this.#node(resolve(this.#root, path))
    return node instanceof DiskFile && (node.content().equals(bytes) || node.content(true).equals(bytes))
  }

  /** Writes into a folder what is there after the power failed now. */
  cut(into: string, random: SeededRandom): void {
    writeDirectory(this.#top, into, random)
  }

  #open(path: string, descriptor: number, args: string): void {
    this.#descriptors.delete(descriptor)
    if (!this.#isInside(path) || /O_DIRECTORY|O_PATH/.test(args)) return
    let node = this.#node(path)
    if (node === undefined && args.includes('O_CREAT')) {
      node = new DiskFile()
      this.#change(path, node)
    }
    if (!(node instanceof DiskFile)) return
    if (args.includes('O_TRUNC')) node.truncate(0)
    const position = args.includes('O_APPEND') ? node.content().length : 0
    this.#descriptors.set(descriptor, { file: node, syncs: /O_D?SYNC/.test(args), position })
  }

  #changeNames(name: string, args: string): void {
    const [from = '', to = ''] = this.#pathsIn(args)
    switch (name.replace(/at2?$/, '')) {
      case 'mkdir':
        this.#change(from, new Directory())
        break
      case 'link':
        this.#change(to, this.#node(from))
        break
      case 'rename':
        if (dirname(from) !== dirname(to)) throw new Error('a rename to another folder is not modelled')
        this.#change(to, this.#node(from), from)
        break
      case 'unlink':
        this.#change(from, undefined)
    }
  }

  #pathsIn(args: string): string[] {
    return textsOf(args).map((text) => resolve(this.#root, String(text)))
  }

  #change(path: string, node: Node | undefined, goes?: string): void {
    if (!this.#isInside(path)) return
    const entries = [
      { name: nameOf(path), node },
      ...(goes === undefined ? [] : [{ name: nameOf(goes), node: undefined }]),
    ]
    this.#directory(dirname(path))?.pending.push({ entries })
  }

  #directory(path: string): Directory | undefined {
    const node = this.#node(path)
    return node instanceof Directory ? node : undefined
  }

  #node(path: string): Node | undefined {
    let node: Node | undefined = this.#top
    const way = relative(this.#root, path)
    if (way.startsWith('..')) return undefined
    for (const name of way.split('/')) {
      if (name === '') continue
      node = node instanceof Directory ? node.find(name) : undefined
    }
    return node
  }

  #isInside(path: string): boolean {
    return path === this.#root || path.startsWith(`${this.#root}/`)
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function syncDirectory(directory: Directory, count: number): void {
  for (const { entries } of directory.pending.splice(0, count)) apply(directory.durable, entries)
}

/** Changes of one directory come to disk in their order, as file systems write them; how many of them is chance. */
function writeDirectory(directory: Directory, into: string, random: SeededRandom): void {
  mkdirSync(into, { recursive: true })
  const names = new Map(directory.durable)
  for (const { entries } of directory.pending.slice(0, random.below(directory.pending.length + 1)))
    apply(names, entries)
  for (const [name, node] of names) {
    if (node instanceof Directory) writeDirectory(node, join(into, name), random)
    else writeFileSync(join(into, name), node.afterCut(random))
  }
}

function apply(names: Map<string, Node>, entries: readonly Entry[]): void {
  for (const { name, node } of entries) {
    if (node === undefined) names.delete(name)
    else names.set(name, node)
  }
}

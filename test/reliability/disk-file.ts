import type { SeededRandom } from '../support/seeded-random.js'

/** A disk writes so many bytes whole or not at all. */
const SECTOR_BYTES = 512
/** What is lost is lost by pages of the system's cache. */
const PAGE_BYTES = 4096

/** A write, or a change of the length, that need not be on disk. */
export interface Pending {
  readonly at: number
  /** Undefined: the file was cut or made longer, to `at`. */
  bytes: Buffer | undefined
  /** The call has ended. */
  isDone: boolean
  /** A sync of it failed: the system takes it for written, and no later sync writes it. */
  isLost: boolean
}

/** The content of a file: what is on disk for certain, and what came since. */
export class DiskFile {
  readonly #durable = new Image()
  #pending: Pending[] = []

  write(at: number, bytes: Buffer): Pending {
    const pending = { at, bytes, isDone: false, isLost: false }
    this.#pending.push(pending)
    return pending
  }

  truncate(length: number): void {
    this.#pending.push({ at: length, bytes: undefined, isDone: true, isLost: false })
  }

  /** The call has ended; so many bytes of it were written. */
  written(pending: Pending, count: number): void {
    pending.bytes = pending.bytes?.subarray(0, count)
    pending.isDone = true
  }

  /** The call has failed. */
  undo(pending: Pending): void {
    this.#pending = this.#pending.filter((other) => other !== pending)
  }

  /** What a sync that begins now puts on disk. */
  unsynced(): readonly Pending[] {
    return this.#pending.filter(({ isDone, isLost }) => isDone && !isLost)
  }

  /** They are on disk. */
  sync(written: readonly Pending[]): void {
    for (const pending of written) this.#durable.apply(pending)
    // What was lost there lies below.
    this.#pending = this.#pending.filter(
      (pending) => !written.includes(pending) && !(pending.isLost && written.some((above) => overlap(above, pending))),
    )
  }

  /** Their sync failed. */
  lose(written: readonly Pending[]): void {
    this.#pending = this.#pending.flatMap((pending) => (written.includes(pending) ? lostPages(pending) : [pending]))
  }

  /** As whoever reads it sees it; with or without the writes that have not ended. */
  content(underWay = false): Buffer {
    const image = this.#durable.copy()
    for (const pending of this.#pending) if (pending.isDone || underWay) image.apply(pending)
    return image.content()
  }

  /** After the power failed: each write that was not synced is there, is not, or is torn at sectors. */
  afterCut(random: SeededRandom): Buffer {
    const image = this.#durable.copy()
    for (const pending of this.#pending) survive(image, pending, random)
    return image.content()
  }
}

/** Bytes that grow in place. */
class Image {
  #bytes = Buffer.alloc(PAGE_BYTES)
  #length = 0

  apply({ at, bytes }: Pick<Pending, 'at' | 'bytes'>): void {
    if (bytes === undefined) {
      this.#bytes.fill(0, at)
      this.lengthen(at)
      this.#length = at
      return
    }
    this.lengthen(at + bytes.length)
    this.#bytes.set(bytes, at)
  }

  lengthen(length: number): void {
    if (length > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * length)
    this.#length = Math.max(this.#length, length)
  }

  content(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  copy(): Image {
    const copy = new Image()
    copy.#bytes = Buffer.from(this.#bytes)
    copy.#length = this.#length
    return copy
  }
}

function survive(image: Image, pending: Pending, random: SeededRandom): void {
  const { at, bytes } = pending
  const fate = random.below(4)
  if (fate === 0) image.apply(pending)
  // The file has become longer, and what should be there has not come to disk.
  if (fate === 1) image.lengthen(at + (bytes?.length ?? 0))
  if (fate !== 2 || bytes === undefined) return
  for (const [from, to] of pieces(at, bytes.length, SECTOR_BYTES)) {
    if (random.below(2) === 0) image.apply({ at: from, bytes: bytes.subarray(from - at, to - at) })
  }
}

function lostPages(pending: Pending): Pending[] {
  const { at, bytes } = pending
  if (bytes === undefined) return [{ ...pending, isLost: true }]
  return [...pieces(at, bytes.length, PAGE_BYTES)].map(([from, to]) => ({
    ...pending,
    at: from,
    bytes: bytes.subarray(from - at, to - at),
    isLost: true,
  }))
}

/** The parts of a range that lie between multiples of `size`. */
function* pieces(at: number, length: number, size: number): Generator<readonly [from: number, to: number]> {
  for (let from = at; from < at + length; ) {
    const to = Math.min(at + length, from + size - (from % size))
    yield [from, to]
    from = to
  }
}

function overlap(a: Pending, b: Pending): boolean {
  return a.at < b.at + (b.bytes?.length ?? 0) && b.at < a.at + (a.bytes?.length ?? 0)
}

import { LineError } from './line-error.js'

const CHUNK_BYTES = 64 * 1024
/** A scope may take as much as the message that brought it, twice where it is hex: this is hundreds of times what clients send. */
const LINE_BYTES_MAX = 64 * 1024 * 1024

const NEWLINE = 0x0a

export interface RawLine {
  /** The first is 1. */
  readonly number: number
  /** With the end of the line, if it has one. */
  readonly bytes: Uint8Array
}

/**
 * Fills the bytes and tells how many it had; 0 at the end. Not a stream: what is read goes into one transaction of the store,
 * which waits for nothing.
 */
export type ReadBytes = (into: Uint8Array) => number

/** @throws LineError for a line that is too long */
export function* readLines(read: ReadBytes): Generator<RawLine, void> {
  const chunk = new Uint8Array(CHUNK_BYTES)
  let pieces: Uint8Array[] = []
  let size = 0
  let number = 1
  const take = (piece: Uint8Array): void => {
    pieces.push(piece)
    size += piece.length
    if (size > LINE_BYTES_MAX)
      throw new LineError(number, `has more than ${LINE_BYTES_MAX} bytes: no export has such a line`)
  }
  for (let count = read(chunk); count > 0; count = read(chunk)) {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0 && end < count; end = chunk.indexOf(NEWLINE, from)) {
      take(chunk.slice(from, end + 1))
      yield { number, bytes: Buffer.concat(pieces) }
      pieces = []
      size = 0
      number += 1
      from = end + 1
    }
    if (from < count) take(chunk.slice(from, count))
  }
  if (size > 0) yield { number, bytes: Buffer.concat(pieces) }
}

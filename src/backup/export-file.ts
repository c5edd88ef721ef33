import { createHash } from 'node:crypto'
import { LineError } from './line-error.js'
import { type RawLine, type ReadBytes, readLines } from './line-reader.js'
import { parseLine } from './parse-line.js'
import type { HeaderLine, OtherPartitionsLine, PartitionLine, SessionLine } from './schema.js'

export interface ContentLine {
  /** The header is line 1. */
  readonly number: number
  readonly line: PartitionLine | OtherPartitionsLine | SessionLine
}

/** An export, read once from its beginning to its end. Every line is checked, and with the last one that they are all. */
export class ExportFile {
  readonly header: HeaderLine
  readonly #lines: Iterator<RawLine, void>
  readonly #hash = createHash('sha256')

  private constructor(header: RawLine, lines: Iterator<RawLine, void>) {
    this.header = headerOf(header)
    this.#lines = lines
    this.#hash.update(header.bytes)
  }

  /** Reads the header. @throws LineError */
  static open(read: ReadBytes): ExportFile {
    const lines = readLines(read)
    const first = lines.next()
    if (first.done === true) throw new LineError(1, 'is missing: the file is empty')
    return new ExportFile(first.value, lines)
  }

  /** What comes behind the header, up to the footer. @throws LineError, the last one where lines are missing or changed */
  *lines(): Generator<ContentLine, void> {
    let last = 1
    for (let next = this.#lines.next(); next.done !== true; next = this.#lines.next()) {
      const { number, bytes } = next.value
      const line = parseLine(bytes, number)
      if (line.kind === 'header') throw new LineError(number, 'kind: got a second header')
      if (line.kind === 'footer') return this.#end(number, line)
      this.#hash.update(bytes)
      last = number
      yield { number, line }
    }
    throw new LineError(last + 1, `is missing: the file ends behind line ${last} without a footer, so it was cut`)
  }

  #end(number: number, { lines, sha256 }: { lines: number; sha256: string }): void {
    if (lines !== number - 1) {
      throw new LineError(
        number,
        `lines: got ${lines}, and there are ${number - 1} before it: lines are missing or were added`,
      )
    }
    if (this.#hash.digest('hex') !== sha256) {
      throw new LineError(
        number,
        'sha256: the lines before are not those that were written: something in them was changed',
      )
    }
    const after = this.#lines.next()
    if (after.done !== true)
      throw new LineError(after.value.number, 'comes behind the footer: two exports in one file?')
  }
}

function headerOf({ bytes, number }: RawLine): HeaderLine {
  const line = parseLine(bytes, number)
  if (line.kind === 'header') return line
  throw new LineError(number, `kind: got '${line.kind}', takes 'header'`)
}

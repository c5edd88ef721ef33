import { closeSync, fstatSync, openSync, writeSync } from 'node:fs'
import type { AuditLine } from '../admin/audit-log.js'
import { ConfigError } from '../config/error.js'
import { codeOf } from './secret-file.js'

/** It names sessions, which logs do not. */
const OWNER_ALONE = 0o600
const LINE_END = 0x0a

/** The audit log: a file that lines are appended to, also by other processes. */
export class AuditFile {
  readonly #path: string
  readonly #append: (file: number, bytes: Uint8Array) => number
  #file: number
  /** The last line has no end, because a disk was full: the next one must not be taken for the rest of it. */
  #isTorn = false

  /** @throws ConfigError if it can't be opened */
  constructor(path: string, append: (file: number, bytes: Uint8Array) => number = writeSync) {
    this.#path = path
    this.#append = append
    this.#file = open(path)
  }

  /** One write for each line, so that lines of several processes do not mix. Throws what the file system says. */
  write(line: AuditLine): void {
    const text = Buffer.from(`${this.#isTorn ? '\n' : ''}${JSON.stringify(line)}\n`)
    const written = this.#append(this.#file, text)
    if (written > 0) this.#isTorn = text[written - 1] !== LINE_END
    if (written < text.length) throw new Error(`only ${written} of ${text.length} bytes were written`)
  }

  /** After somebody has moved it away. @throws ConfigError, and goes on with the one before */
  reopen(): void {
    const file = open(this.#path)
    closeSync(this.#file)
    this.#file = file
    // It may be the same one.
    this.#isTorn &&= fstatSync(file).size > 0
  }

  close(): void {
    closeSync(this.#file)
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'a', OWNER_ALONE)
  } catch (cause) {
    throw new ConfigError(`admin.audit: ${path} cannot be opened (${codeOf(cause)})`, { cause })
  }
}

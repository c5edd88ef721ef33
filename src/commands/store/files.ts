import { randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs'
import { ConfigError, oneLine, shown } from '../../config/error.js'
import { codeOf, syncDirectoryOf } from '../../gateway/secret-file.js'

const STDIN = 0
const STDOUT = 1
const OWNER_ALONE = 0o600
const WAIT_MS = 5

export interface Input {
  /** Fills the bytes and tells how many it had; 0 at the end. */
  read(into: Uint8Array): number
  close(): void
}

/** A file, or standard input for `-`. @throws ConfigError if it can't be read */
export function openInput(path: string): Input {
  if (path === '-') return { read: (into) => patiently(() => readSync(STDIN, into)), close() {} }
  try {
    const file = openSync(path, 'r')
    return { read: (into) => readSync(file, into), close: () => closeSync(file) }
  } catch (error) {
    throw new ConfigError(`FILE: got ${shown(path)} (${codeOf(error)}), takes an export that can be read, or -`)
  }
}

export interface Output {
  write(bytes: Uint8Array): void
  /** Everything is written: the file gets its name. */
  finish(): void
  /** Does away with what was written, unless it was finished. */
  close(): void
}

/**
 * Standard output for `-`, else a file for its owner alone. It gets its name once it is complete and on disk, so that a command
 * that is cut short leaves what was there before.
 * @throws ConfigError if it can't be made
 */
export function openOutput(path: string): Output {
  if (path === '-') return { write: (bytes) => writeAll(STDOUT, bytes), finish() {}, close() {} }
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) {
    throw new ConfigError(`FILE: got ${shown(path)}, which is no file; takes the path of one, or -`)
  }
  const unfinished = `${path}.${randomUUID()}.new`
  let file: number
  try {
    file = openSync(unfinished, 'wx', OWNER_ALONE)
  } catch (error) {
    throw new ConfigError(`FILE: got ${shown(path)} (${codeOf(error)}), takes a path where a file can be made, or -`)
  }
  let finished = false
  return {
    write: (bytes) => writeAll(file, bytes),
    finish() {
      fsyncSync(file)
      renameSync(unfinished, path)
      finished = true
      syncDirectoryOf(path)
    },
    close() {
      closeSync(file)
      if (!finished) unlinkSync(unfinished)
    },
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  try {
    for (let at = 0; at < bytes.length; ) at += patiently(() => writeSync(file, bytes, at))
  } catch (error) {
    const why = error instanceof Error ? oneLine(error.message) : codeOf(error)
    throw new Error(`the export could not be written: ${why}`, { cause: error })
  }
}

/** A pipe that the other side opened as one that never waits says so. */
function patiently(run: () => number): number {
  for (;;) {
    try {
      return run()
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error
      Atomics.wait(pause, 0, 0, WAIT_MS)
    }
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4))

import { randomUUID } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'

/** A file that holds a key: made once, never overwritten, for its owner alone. */

const OWNER_ALONE = 0o600
const OTHERS = 0o077

/** The path of a file that belongs to a data directory and is not in it: `/srv/data` and `.key` make `/srv/data.key`. */
export function pathBeside(dataDirectory: string, ending: string): string {
  return `${resolve(dataDirectory)}${ending}`
}

/** True if a copy of the directory would have the file in it, by its name or by where its name leads. */
export function isInside(directory: string, path: string): boolean {
  const from = realPathOf(resolve(directory))
  const file = resolve(path)
  return [realPathOf(file), join(realPathOf(dirname(file)), basename(file))].some((to) => {
    const way = relative(from, to)
    return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
  })
}

/** With all links followed, as far as the path exists. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(realPathOf(parent), basename(path))
  }
}

export interface SecretFile {
  /** The caller wipes it. */
  readonly content: Uint8Array
  /** Its mode lets others than its owner do something with it. */
  readonly isOpenToOthers: boolean
}

/** Undefined if there is no such file. Throws what the file system says. */
export function readSecretFile(path: string): SecretFile | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    return { content: readFileSync(file), isOpenToOthers: (fstatSync(file).mode & OTHERS) !== 0 }
  } finally {
    closeSync(file)
  }
}

/**
 * Makes a file with this content unless one of that name is there, and the directory it lies in. The name appears only once the
 * content is on disk, so of processes that make it at the same time one wins and all of them read the same; and a process that
 * is killed leaves no empty key behind. `syncDirectoryOf` makes the name last.
 */
export function makeSecretFile(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true })
  const unfinished = `${path}.${randomUUID()}.new`
  const file = openSync(unfinished, 'wx', OWNER_ALONE)
  try {
    try {
      writeFileSync(file, content)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    linkSync(unfinished, path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    unlinkSync(unfinished)
  }
}

/** Puts the name of a file on disk, whoever made it. */
export function syncDirectoryOf(path: string): void {
  const directory = openSync(dirname(path), 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

/** `ENOENT` and the like. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
}

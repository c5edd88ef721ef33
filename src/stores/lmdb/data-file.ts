import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { v4 as uuid } from 'uuid'
import { DATA_FILE, LOCK_FILE, openEnvironment, READERS_MAX } from './environment.js'
import { PageFile } from './page-file.js'

/** A file that is not whole yet. One that is left is of no use to anybody, and does no harm. */
const UNFINISHED = /^(data|lock)\.mdb\.[0-9a-f-]{36}\.new(-lock)?$/
/** Of LMDB's lock of a data file that has another name. */
const LOCK_ENDING = '-lock'
/** At least what LMDB asks for on any machine; what is more is room for more readers. */
const LOCK_BYTES = 4096 + 128 * READERS_MAX
/** What an empty store takes, and more: of a disk that has less lmdb would die. */
const ROOM_BYTES = 256 * 1024

/** Whether it is left of a store that was being made when its process or the machine went down. */
export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name)
}

/**
 * Makes the files of a store, those that are not there: its tables with nothing in them, and LMDB's lock. Throws what the
 * system says of a file that can't be made or opened, of which lmdb would die.
 */
export async function makeFiles(directory: string): Promise<void> {
  const data = join(directory, DATA_FILE)
  const lock = join(directory, LOCK_FILE)
  if (!existsSync(lock)) await appear(lock, makeLock)
  if (PageFile.isNew(data)) await appear(data, makeData)
  // Whoever made it may not have come to this yet.
  syncPath(directory)
  for (const path of [data, lock]) closeSync(openSync(path, 'r+'))
}

/**
 * LMDB writes a new data file bit by bit and syncs no directory: after a power cut a file would be there that is none, or none
 * at all in spite of commits.
 */
async function makeData(path: string): Promise<void> {
  makeLock(`${path}${LOCK_ENDING}`)
  writeFileSync(path, new Uint8Array(ROOM_BYTES), { mode: 0o600 })
  truncateSync(path)
  await openEnvironment(path, { isFile: true }).root.close()
  syncPath(path)
}

/** LMDB would make a file of holes and map it: on a full disk the system kills whoever writes to one. */
function makeLock(path: string): void {
  writeFileSync(path, new Uint8Array(LOCK_BYTES), { mode: 0o600 })
}

/** The name appears once the file is whole; of processes that make one at the same time one wins. */
async function appear(path: string, make: (unfinished: string) => void | Promise<void>): Promise<void> {
  const unfinished = `${path}.${uuid()}.new`
  try {
    await make(unfinished)
    linkSync(unfinished, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    for (const ending of ['', LOCK_ENDING]) rmSync(`${unfinished}${ending}`, { force: true })
  }
}

/** Puts the names of directories that were made on disk, from `first` down to `last`. */
export function syncNames(first: string, last: string): void {
  for (let directory = resolve(last); ; directory = dirname(directory)) {
    syncPath(dirname(directory))
    if (directory === resolve(first)) return
  }
}

function syncPath(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

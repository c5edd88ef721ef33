import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { isAsLeft, MARK_FILE } from './clean-mark.js'
import { DamageError, StoreRefusedError } from './damage.js'
import { isUnfinished, syncNames } from './data-file.js'
import { DATA_FILE, LOCK_FILE, TABLES } from './environment.js'
import { type MetaRows, readMetaRows } from './meta-rows.js'
import { PageError } from './page-error.js'
import { PageFile } from './page-file.js'
import { living, type Machine } from './processes.js'

/** The format that this version writes. 2: sessions that have ended and are not settled. */
export const FORMAT_VERSION = 2
/** The oldest that it reads. It becomes the newest when the store is opened, so that no older version opens it any more. */
const OLDEST_FORMAT_VERSION = 1

const OURS = new Set([DATA_FILE, LOCK_FILE, MARK_FILE, `${MARK_FILE}.new`])

export interface Inspection {
  /** What the store says of itself; undefined if there is none. */
  readonly meta: MetaRows | undefined
  /** Nobody has it open, and it is not as the last process left it: it has to be checked before LMDB opens it. */
  readonly needsCheck: boolean
}

/** Makes the directory if it is not there. @throws StoreRefusedError */
export function prepareDirectory(directory: string): void {
  let names: string[]
  try {
    const made = mkdirSync(directory, { recursive: true, mode: 0o700 })
    if (made !== undefined) syncNames(made, directory)
    names = readdirSync(directory)
  } catch (cause) {
    throw new StoreRefusedError(`${directory} can't be used as a directory: ${textOf(cause)}`, cause)
  }
  const foreign = names.find((name) => !OURS.has(name) && !isUnfinished(name))
  if (foreign !== undefined && !names.includes(DATA_FILE)) {
    throw new StoreRefusedError(
      `${directory} has no store in it, but something else (${foreign}): name a directory that is empty or does not exist`,
    )
  }
}

/** For a command that works on a store that is there. @throws StoreRefusedError */
export function requireStore(directory: string): void {
  if (!PageFile.isNew(join(directory, DATA_FILE))) return
  throw new StoreRefusedError(`there is no store in ${directory}: name its directory by --store lmdb:PATH`)
}

/** Looks at a store without LMDB, which a damaged file would crash. Nothing is changed. @throws StoreRefusedError */
export function inspect(directory: string, machine: Machine): Inspection {
  const path = join(directory, DATA_FILE)
  if (PageFile.isNew(path)) return { meta: undefined, needsCheck: false }
  const meta = refusing(directory, () => readMeta(path))
  if (meta === undefined) return { meta, needsCheck: false }
  const version = meta.format?.version ?? 0
  if (version < OLDEST_FORMAT_VERSION || version > FORMAT_VERSION) {
    throw new StoreRefusedError(
      `the store in ${directory} has format ${version}, made by a newer version; this one reads formats up to ${FORMAT_VERSION}: ` +
        'run the newer version, or export the sessions with it and import them into a new store',
    )
  }
  return { meta, needsCheck: living(meta.processes, machine).length === 0 && !isAsLeft(directory) }
}

/** Looks at everything in it, in a thread of its own. @throws StoreRefusedError */
export async function checkWhole(directory: string): Promise<void> {
  const worker = new Worker(new URL('./check-worker.js', import.meta.url), { workerData: join(directory, DATA_FILE) })
  try {
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  } catch (cause) {
    throw damagedStore(directory, cause)
  }
}

/** Undefined if LMDB's file is there, and nobody has come to write anything into it. */
function readMeta(path: string): MetaRows | undefined {
  // Those who have it open may commit meanwhile.
  return PageFile.read(path, (file) => {
    const databases = file.databases()
    const unknown = databases.find((name) => !TABLES.some((table) => table === name))
    if (unknown !== undefined) throw new PageError('foreign', `it has a database ${JSON.stringify(unknown)}`)
    const meta = databases.includes('meta') ? readMetaRows(file.entries('meta')) : undefined
    if (meta?.format !== undefined) return meta
    const filled = databases.find((name) => file.entries(name).next().done !== true)
    if (filled !== undefined) throw new PageError('foreign', `it has entries in ${filled}, and does not say its format`)
    return undefined
  })
}

function refusing<T>(directory: string, look: () => T): T {
  try {
    return look()
  } catch (cause) {
    if (cause instanceof PageError && cause.kind === 'foreign') {
      throw new StoreRefusedError(
        `${join(directory, DATA_FILE)} is no store of this gateway (${cause.message}): name another directory`,
        cause,
      )
    }
    if (cause instanceof PageError || cause instanceof DamageError) throw damagedStore(directory, cause)
    throw new StoreRefusedError(`the store in ${directory} can't be read: ${textOf(cause)}`, cause)
  }
}

export function damagedStore(directory: string, cause: unknown): StoreRefusedError {
  return new StoreRefusedError(
    `the store in ${directory} is damaged (${textOf(cause)}); nothing was changed: keep a copy of it, and go on with a backup, or with ` +
      'a new directory; session-gateway store export --salvage reads what can still be read',
    cause,
  )
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

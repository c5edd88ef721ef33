import { sameBytes } from '../../core/bytes.js'
import { Format } from '../../generated/store/store.js'
import { type AloneOptions, StoreAlone } from './alone.js'
import { StoreRefusedError } from './damage.js'
import { makeFiles } from './data-file.js'
import { type Environment, openEnvironment } from './environment.js'
import { fromRow, toRow } from './frame.js'
import { checkWhole, FORMAT_VERSION, inspect, prepareDirectory } from './inspect.js'
import { metaKey } from './keys.js'
import { living, type Machine, readProcesses } from './processes.js'
import { LmdbStore, type LmdbStoreOptions } from './store.js'

/** The keys that session keys are sealed with, as the store keeps them: bytes that it does not understand. */
export interface Secrets {
  /** For a new store. */
  make(): Uint8Array
  /** Of a store that is there. Throws what to tell the user if they can't be opened; undefined if it lost them. */
  open(kept: Uint8Array | undefined): void
}

/** What opening takes, whoever opens. */
export interface Opening {
  readonly secrets: Secrets
  /** A process that had it open did not end cleanly, or somebody changed it: all of it is read before it is used. */
  readonly onCheck: () => void
  /** When a new store counts as made. */
  readonly wallTime: () => number
}

export interface OpenOptions extends LmdbStoreOptions, Opening {}

export interface OpenedStore {
  readonly store: LmdbStore
  /** Wall-clock milliseconds at which it was made. */
  readonly madeAt_ms: number
}

export interface OpenedAlone {
  readonly store: StoreAlone
  readonly madeAt_ms: number
  /** It was made now. */
  readonly isNew: boolean
}

/** Opens or makes the store of a directory. @throws StoreRefusedError, what `secrets` throws; then nothing was changed */
export async function openStore(options: OpenOptions): Promise<OpenedStore> {
  const { store, madeAt_ms } = await open(options, (environment, prepare) =>
    LmdbStore.join(environment, options, prepare),
  )
  return { store, madeAt_ms }
}

/** The same for a command that needs the store to itself. */
export function openAlone(options: AloneOptions & Opening): Promise<OpenedAlone> {
  return open(options, (environment, prepare) => StoreAlone.join(environment, options, prepare))
}

type Prepare = (put: (key: Buffer, row: Uint8Array) => void) => void

async function open<T extends { close(): Promise<void> }>(
  options: Opening & Pick<LmdbStoreOptions, 'directory' | 'machine'>,
  join: (environment: Environment, prepare: Prepare) => Promise<T>,
): Promise<{ readonly store: T; readonly madeAt_ms: number; readonly isNew: boolean }> {
  const { directory, secrets, machine, onCheck } = options
  prepareDirectory(directory)
  const { meta, needsCheck } = inspect(directory, machine)
  const made = meta === undefined ? secrets.make() : undefined
  if (meta !== undefined) {
    refuseOlderUsers(directory, meta.format, living(meta.processes, machine).length)
    secrets.open(meta.keyring)
  }
  if (needsCheck) {
    onCheck()
    await checkUnlessUsed(directory, machine)
  }
  const environment = await openOrRefuse(directory)
  let madeAt_ms = Math.trunc(options.wallTime())
  let isNew = false
  let kept: Uint8Array | undefined
  const store = await join(environment, (put) => {
    const { meta } = environment.tables
    const row = meta.getBinary(metaKey.format)
    if (row !== undefined) {
      const format = fromRow(Format, metaKey.format, row)
      refuseOlderUsers(directory, format, living(readProcesses(meta), machine).length)
      if (format.version < FORMAT_VERSION) putFormat(put, { ...format, version: FORMAT_VERSION })
      madeAt_ms = Number(format.madeAtMs)
      kept = meta.getBinary(metaKey.keyring)
    } else if (made !== undefined) {
      isNew = true
      putFormat(put, Format.create({ version: FORMAT_VERSION, madeAtMs: BigInt(madeAt_ms) }))
      put(metaKey.keyring, made)
    } else {
      throw new StoreRefusedError(
        `the store in ${directory} went while it was opened, as one does whose import failed: try again`,
      )
    }
  }).catch((error: unknown) => {
    throw refusal(directory, error)
  })
  // Meanwhile another process may have made the store, or given it other keys.
  if (kept !== undefined && !sameBytes(meta?.keyring, kept)) await unlock(store, secrets, kept)
  return { store, madeAt_ms, isNew }
}

function putFormat(put: Parameters<Prepare>[0], format: Format): void {
  put(metaKey.format, toRow(Format, metaKey.format, format))
}

/** Whoever has a store of an older format open is an older version, which can't read what this one writes. @throws StoreRefusedError */
function refuseOlderUsers(directory: string, format: Format | undefined, users: number): void {
  if (format === undefined || format.version >= FORMAT_VERSION || users === 0) return
  throw new StoreRefusedError(
    `an older version has the store in ${directory} open, with format ${format.version}: stop it, then this one makes it format ${FORMAT_VERSION}`,
  )
}

/** Another process may have opened it meanwhile, after a check of its own; what it commits looks like damage to this one. */
async function checkUnlessUsed(directory: string, machine: Machine): Promise<void> {
  try {
    await checkWhole(directory)
  } catch (error) {
    if (inspect(directory, machine).needsCheck) throw error
  }
}

async function unlock(store: { close(): Promise<void> }, secrets: Secrets, kept: Uint8Array): Promise<void> {
  try {
    secrets.open(kept)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function openOrRefuse(directory: string): Promise<Environment> {
  try {
    await makeFiles(directory)
    return openEnvironment(directory)
  } catch (cause) {
    throw refusal(directory, cause)
  }
}

/** Says what the system said, which lies deepest. */
function refusal(directory: string, cause: unknown): StoreRefusedError {
  if (cause instanceof StoreRefusedError) return cause
  let deepest = cause
  while (deepest instanceof Error && deepest.cause !== undefined) deepest = deepest.cause
  const reason = deepest instanceof Error ? deepest.message : String(deepest)
  return new StoreRefusedError(`the store in ${directory} can't be opened: ${reason}`, cause)
}

import { type Database, open, type RootDatabase } from 'lmdb'

/** Bytes to bytes; nothing of lmdb's own encodings. */
export type Table = Database<Buffer, Uint8Array>

export interface Tables {
  /** What the directory is, counters, who has it open, leases. */
  readonly meta: Table
  /** Sequence → SessionRecord, open and ended: the order of insertion. */
  readonly sessions: Table
  /** Id, partition and number, account → sequence. */
  readonly names: Table
  /** Sequence → Timer, of open sessions with a timeout. */
  readonly timers: Table
  /** Deadline → nothing, of open sessions. */
  readonly deadlines: Table
  /** Sequence → UnsettledEnd, of sessions that have ended while their other rows are those of an open one. */
  readonly unsettled: Table
  /** Sequence of the end → sequence of the session. */
  readonly ends: Table
  /** Owner → how many are open; owner and sequence → nothing. */
  readonly owners: Table
  /** Partition → its last number. */
  readonly numbers: Table
}

export const TABLES = [
  'meta',
  'sessions',
  'names',
  'timers',
  'deadlines',
  'unsettled',
  'ends',
  'owners',
  'numbers',
] as const

export const DATA_FILE = 'data.mdb'
export const LOCK_FILE = 'lock.mdb'

export interface Environment {
  readonly root: RootDatabase<Buffer, Uint8Array>
  readonly tables: Tables
}

export interface EnvironmentOptions {
  readonly readOnly?: boolean
  /** The path is that of the data file, and not of its directory. */
  readonly isFile?: boolean
}

/** More than one process has with two readers each. */
export const READERS_MAX = 512

/**
 * Opens LMDB. A commit is there when its data is synced, and only then: with `overlappingSync` its promise would come before.
 * An unsuitable or damaged file may crash the process here; `inspect` comes first.
 */
export function openEnvironment(
  path: string,
  { readOnly = false, isFile = false }: EnvironmentOptions = {},
): Environment {
  const bytes = { encoding: 'binary', keyEncoding: 'binary', cache: false } as const
  const root = open<Buffer, Uint8Array>({
    ...bytes,
    path,
    noSubdir: isFile,
    overlappingSync: false,
    eventTurnBatching: false,
    maxDbs: TABLES.length,
    maxReaders: READERS_MAX,
    readOnly,
  })
  const table = (name: (typeof TABLES)[number]): Table => root.openDB<Buffer, Uint8Array>({ ...bytes, name })
  try {
    return { root, tables: tablesOf(table) }
  } catch (error) {
    void root.close().catch(() => {})
    throw error
  }
}

function tablesOf(table: (name: (typeof TABLES)[number]) => Table): Tables {
  return {
    meta: table('meta'),
    sessions: table('sessions'),
    names: table('names'),
    timers: table('timers'),
    deadlines: table('deadlines'),
    unsettled: table('unsettled'),
    ends: table('ends'),
    owners: table('owners'),
    numbers: table('numbers'),
  }
}

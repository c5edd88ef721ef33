import { join } from 'node:path'
import type { Session } from '../../src/core/session.js'
import { checkStore } from '../../src/stores/lmdb/check.js'
import { sessionsOf } from '../../src/stores/lmdb/file-sessions.js'
import { PageFile } from '../../src/stores/lmdb/page-file.js'
import { type Ledger, type LedgerEntry, mayBe, type StoredState } from './ledger.js'

/** What is in the data file of a store that nobody has open, by the names that a ledger uses. */
export type StoredNames = ReadonlyMap<string, StoredState>

/** Reads it without LMDB. @throws what is wrong with it: the pages, a row, or rows that don't fit each other */
export function readStoreFile(directory: string): StoredNames {
  const file = PageFile.open(join(directory, 'data.mdb'))
  try {
    checkStore(file)
    const names = new Map<string, StoredState>()
    for (const { stored } of sessionsOf(file)) names.set(nameOf(stored.session), stored.end?.reason ?? 'open')
    return names
  } finally {
    file.close()
  }
}

/** As a ledger calls it: hex of the id, or `partition:number`. */
export function nameOf({ id, partition, number }: Session): string {
  return number === undefined ? id.replaceAll('-', '') : `${partition}:${number}`
}

/** Acknowledgements that a store does not keep, as of that moment: what it should be and is not, in words. */
export function brokenPromises(entries: Iterable<LedgerEntry>, stored: StoredNames, at_ms?: number): string[] {
  const broken: string[] = []
  for (const entry of entries) {
    const may = mayBe(entry, at_ms)
    const state = stored.get(entry.name)
    if (may.length === 0 || (state !== undefined && may.includes(state))) continue
    broken.push(`${entry.name} is ${state ?? 'lost'}, and its client knows it as ${may.join(' or ')}`)
  }
  return broken
}

/** Sessions that a store has, and that no client was ever told of. */
export function untold(ledger: Ledger, stored: StoredNames): number {
  let count = 0
  for (const name of stored.keys()) if (!ledger.has(name)) count += 1
  return count
}

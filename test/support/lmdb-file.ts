import { join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'

/** Bytes to bytes. */
export type LmdbTable = Database<Buffer, Uint8Array>

/** LMDB itself in a folder, opened as the store opens it. */
export class LmdbFile {
  readonly path: string
  readonly root: RootDatabase<Buffer, Uint8Array>

  constructor(folder: string, options: { readonly pageSize?: number } = {}) {
    this.path = join(folder, 'data.mdb')
    this.root = open<Buffer, Uint8Array>({
      path: folder,
      noSubdir: false,
      overlappingSync: false,
      encoding: 'binary',
      keyEncoding: 'binary',
      maxDbs: 16,
      cache: false,
      ...options,
    })
  }

  table(name: string): LmdbTable {
    return this.root.openDB<Buffer, Uint8Array>({ name, encoding: 'binary', keyEncoding: 'binary', cache: false })
  }

  /** One transaction. */
  change(work: () => void): void {
    this.root.transactionSync(work)
  }

  close(): Promise<void> {
    return this.root.close()
  }
}

/** All entries of a database as LMDB reads them, in a form that can be compared. */
export function lmdbEntries(table: LmdbTable): string[] {
  return [...table.getRange({})].map(({ key, value }) => entryText(Buffer.from(key), value))
}

export function entryText(key: Uint8Array, value: Uint8Array): string {
  return `${Buffer.from(key).toString('hex')} ${value.length} ${Buffer.from(value).toString('latin1')}`
}

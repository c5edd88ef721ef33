import { join } from 'node:path'
import type { Test } from 'tap'
import { PageError, PageFile } from '../../src/stores/lmdb/page-file.js'
import { EditablePages } from './editable-pages.js'
import { LmdbFile } from './lmdb-file.js'
import { tempFolder } from './temp-folder.js'

/** What is damaged, how, and what is said about it; `foreign` where the file as a whole is none of ours. */
export type Damage = readonly [
  what: string,
  damage: (pages: EditablePages) => void,
  message: RegExp,
  kind?: 'foreign' | undefined,
]

/** A store with a tree of three levels, values on overflow pages, an empty database, and a free list with single pages. */
async function makeStore(t: Test): Promise<string> {
  const file = new LmdbFile(tempFolder(t))
  const sessions = file.table('sessions')
  const big = file.table('big')
  file.table('ends')
  file.change(() => {
    for (let n = 0; n < 500; n += 1) sessions.putSync(key(n), Buffer.alloc(400, n))
    for (let n = 0; n < 10; n += 1) big.putSync(key(n), Buffer.alloc(3_000 * (n + 1), n))
  })
  // Commit by commit, so that the free list gets entries of several transactions.
  for (let n = 300; n < 340; n += 1) sessions.putSync(key(n), Buffer.alloc(400, 1))
  for (let n = 400; n < 440; n += 1) sessions.removeSync(key(n))
  await file.close()
  return file.path
}

/** Long, so that branches hold few of them. */
function key(n: number): Buffer {
  return Buffer.from(`${String(n).padStart(6, '0')}${'k'.repeat(294)}`)
}

/** Each damage of a table is told as it says there. */
export function tellsDamage(t: Test, group: string, table: readonly Damage[]): void {
  t.test(`damage is told: ${group}`, async (t) => {
    const path = await makeStore(t)
    const damagedPath = join(path, '..', 'damaged.mdb')
    const verify = (file: PageFile) => file.verify()
    t.equal(new EditablePages(path).tree('sessions').depth, 3)
    t.equal(looking(path, verify).leaked, 0)
    for (const [what, damage, message, kind = 'damaged'] of table) {
      const pages = new EditablePages(path)
      damage(pages)
      pages.save(damagedPath)
      t.throws(() => looking(damagedPath, verify), { name: 'PageError', message, kind }, what)
      // Without the map of pages in use a walk finds less, but it ends.
      try {
        looking(damagedPath, (file) => file.databases().map((name) => [...file.entries(name)].length))
      } catch (error) {
        t.ok(error instanceof PageError, what)
      }
    }
  })
}

function looking<T>(path: string, look: (file: PageFile) => T): T {
  const file = PageFile.open(path)
  try {
    return look(file)
  } finally {
    file.close()
  }
}

export const add = (delta: bigint) => (value: bigint) => value + delta
export const set = (value: bigint) => () => value
export const flip = (bit: number) => (value: bigint) => value ^ (1n << BigInt(bit))

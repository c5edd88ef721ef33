import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { PageError, PageFile, type Verified } from '../../../src/stores/lmdb/page-file.js'
import { EditablePages } from '../../support/editable-pages.js'
import { entryText, LmdbFile, type LmdbTable, lmdbEntries } from '../../support/lmdb-file.js'
import { SeededRandom } from '../../support/seeded-random.js'
import { tempFolder } from '../../support/temp-folder.js'

const NAMES = ['sessions', 'names', 'ends']

/** Some keys again and again, so that entries are replaced; values of any size, one in ten on pages of its own. */
class Filler {
  readonly #random: SeededRandom

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
  }

  below(count: number): number {
    return this.#random.below(count)
  }

  key(): Buffer {
    const sizes = [1, 2, 8, 16, 17, 40, 511, 1978]
    const size = sizes[this.below(sizes.length)] ?? 1
    const key = Buffer.alloc(size, this.below(3))
    key.set(this.#random.bytes(Math.min(size, 2)))
    return key
  }

  value(): Buffer {
    const size = this.below(10) === 0 ? this.below(20_000) : this.below(300)
    return Buffer.alloc(size, this.below(256))
  }

  put(table: LmdbTable, count: number): void {
    for (let n = 0; n < count; n += 1) table.putSync(this.key(), this.value())
  }

  remove(table: LmdbTable, share: number): void {
    for (const key of [...table.getKeys({})]) if (this.below(100) < share) table.removeSync(Buffer.from(key))
  }
}

/** All that LMDB wrote is right, and reads as LMDB reads it. */
function reads(t: Test, path: string, tables: ReadonlyMap<string, LmdbTable>): Verified {
  const file = PageFile.open(path)
  try {
    const visited = new Map([...tables.keys()].map((name) => [name, [] as string[]]))
    const verified = file.verify((database, key, value) => visited.get(database)?.push(entryText(key, value)))
    t.same(file.databases(), [...tables.keys()].sort())
    for (const [name, table] of tables) {
      const entries = lmdbEntries(table)
      t.same([...file.entries(name)].length, entries.length)
      t.same(
        Array.from(file.entries(name), ({ key, value }) => entryText(key, value)),
        entries,
      )
      t.same(visited.get(name), entries)
      t.equal(verified.entries.get(name), entries.length)
    }
    t.equal(verified.used + verified.free + verified.leaked, verified.pages)
    t.same(file.verify(), verified)
    return verified
  } finally {
    file.close()
  }
}

const stores: [what: string, fill: (file: LmdbFile, tables: LmdbTable[], filler: Filler) => void][] = [
  ['empty databases', () => {}],
  ['one entry', (_, [table]) => table?.putSync(Buffer.from('k'), Buffer.from('v'))],
  ['an empty value', (_, [table]) => table?.putSync(Buffer.from('k'), Buffer.alloc(0))],
  ['one value on many pages', (_, [table]) => table?.putSync(Buffer.from('k'), Buffer.alloc(1_000_000, 7))],
  [
    'values around the size that goes to pages of their own',
    (_, [table]) => {
      for (let size = 1_990; size < 2_050; size += 1) table?.putSync(Buffer.from(`k${size}`), Buffer.alloc(size, size))
      for (let size = 4_060; size < 4_110; size += 1) table?.putSync(Buffer.from(`k${size}`), Buffer.alloc(size, size))
    },
  ],
  ['many transactions', (file, tables, filler) => manyTransactions(file, tables, filler, 60)],
  [
    'a free list that needs pages of its own',
    (file, [table], filler) => {
      if (table === undefined) return
      file.change(() => {
        for (let n = 0; n < 3_000; n += 1) table.putSync(Buffer.from(`key ${n}`), Buffer.alloc(1_500, n))
      })
      file.change(() => filler.remove(table, 95))
    },
  ],
  [
    'a database that was emptied',
    (file, tables, filler) => {
      manyTransactions(file, tables, filler, 10)
      tables[0]?.clearSync()
    },
  ],
  [
    'transactions that were given up',
    (file, tables, filler) => {
      for (let n = 0; n < 10; n += 1) {
        manyTransactions(file, tables, filler, 2)
        const giveUp = () =>
          file.change(() => {
            for (const table of tables) filler.put(table, 100)
            throw new Error('given up')
          })
        try {
          giveUp()
        } catch {}
      }
    },
  ],
]

function manyTransactions(file: LmdbFile, tables: LmdbTable[], filler: Filler, count: number): void {
  for (let n = 0; n < count; n += 1) {
    file.change(() => {
      for (const table of tables) {
        filler.put(table, filler.below(200))
        if (filler.below(3) === 0) filler.remove(table, filler.below(100))
      }
    })
  }
}

for (const [what, fill] of stores) {
  t.test(`it reads ${what}, also after reopening and from copies`, async (t) => {
    const folder = tempFolder(t)
    const open = () => {
      const file = new LmdbFile(folder)
      return { file, tables: new Map(NAMES.map((name) => [name, file.table(name)])) }
    }
    const filler = new Filler(what.length)
    const first = open()
    fill(first.file, [...first.tables.values()], filler)
    reads(t, first.file.path, first.tables)
    await first.file.close()
    const { file, tables } = open()
    t.teardown(() => file.close())
    const before = reads(t, file.path, tables)
    manyTransactions(file, [...tables.values()], filler, 3)
    reads(t, file.path, tables)
    for (const compact of [false, true]) {
      const copy = join(folder, `copy-${compact}`)
      mkdirSync(copy)
      await file.root.backup(copy, compact)
      const verified = reads(t, join(copy, 'data.mdb'), tables)
      if (compact) t.equal(verified.free, 0)
    }
    t.ok(before.pages > 2)
  })
}

for (const pageSize of [512, 8_192, 65_536]) {
  t.test(`pages of ${pageSize} bytes`, async (t) => {
    const file = new LmdbFile(tempFolder(t), { pageSize })
    t.teardown(() => file.close())
    const table = file.table('sessions')
    // The longest key of a page of 512 bytes.
    const key = (n: number) => Buffer.alloc(n % 10 === 0 ? 186 : 12, `key ${n} `)
    for (let n = 0; n < 20; n += 1) {
      file.change(() => {
        for (let entry = 0; entry < 100; entry += 1) table.putSync(key(n * entry), Buffer.alloc(n * entry, n))
      })
    }
    reads(t, file.path, new Map([['sessions', table]]))
  })
}

t.test('a compacted copy goes on as any other', async (t) => {
  const folder = tempFolder(t)
  const first = new LmdbFile(folder)
  const filler = new Filler(1)
  manyTransactions(first, [first.table('sessions')], filler, 20)
  mkdirSync(join(folder, 'copy'))
  await first.root.backup(join(folder, 'copy'), true)
  await first.close()
  const file = new LmdbFile(join(folder, 'copy'))
  t.teardown(() => file.close())
  const tables = new Map([['sessions', file.table('sessions')]])
  for (let n = 0; n < 20; n += 1) {
    manyTransactions(file, [...tables.values()], filler, 1)
    reads(t, file.path, tables)
  }
})

t.test('a file that is missing or empty is new', (t) => {
  const path = join(tempFolder(t), 'data.mdb')
  t.equal(PageFile.isNew(path), true)
  t.throws(() => PageFile.open(path), { code: 'ENOENT' })
  writeFileSync(path, '')
  t.equal(PageFile.isNew(path), true)
  t.throws(() => PageFile.open(path), { name: 'PageError', kind: 'damaged' })
  writeFileSync(path, 'x')
  t.equal(PageFile.isNew(path), false)
  t.end()
})

t.test('the snapshot is that which LMDB takes, also if the last commit did not reach its meta page', async (t) => {
  const folder = tempFolder(t)
  const file = new LmdbFile(folder)
  const table = file.table('sessions')
  const snapshots: { readonly bytes: Buffer; readonly entries: string[] }[] = []
  for (let n = 0; n < 6; n += 1) {
    table.putSync(Buffer.from(`key ${n}`), Buffer.alloc(100 * n, n))
    snapshots.push({ bytes: readFileSync(file.path), entries: lmdbEntries(table) })
  }
  await file.close()
  for (const [n, { bytes }] of snapshots.entries()) {
    const before = snapshots[n - 1]
    if (before === undefined) continue
    const copy = join(folder, `${n}`)
    mkdirSync(copy)
    // The pages of the commit are there, its meta page is as it was.
    const old = new EditablePages(file.path)
    old.bytes = Buffer.from(bytes)
    old.bytes.set(before.bytes.subarray(old.meta, old.meta + 4096), old.meta)
    old.save(join(copy, 'data.mdb'))
    const read = PageFile.open(join(copy, 'data.mdb'))
    t.same(
      Array.from(read.entries('sessions'), ({ key, value }) => entryText(key, value)),
      before.entries,
    )
    read.verify()
    read.close()
    const again = new LmdbFile(copy)
    t.same(lmdbEntries(again.table('sessions')), before.entries)
    await again.close()
  }
})

t.test('the file may end before its last page if all behind are free', async (t) => {
  const folder = tempFolder(t)
  const file = new LmdbFile(folder)
  const table = file.table('sessions')
  table.putSync(Buffer.from('small'), Buffer.alloc(10, 1))
  table.putSync(Buffer.from('big'), Buffer.alloc(400_000, 2))
  table.removeSync(Buffer.from('big'))
  // These come to lie where the value was.
  for (let n = 0; n < 10; n += 1) table.putSync(Buffer.from('small'), Buffer.alloc(10, n))
  const before = reads(t, file.path, new Map([['sessions', table]]))
  await file.close()
  const pages = new EditablePages(file.path)
  const lastUsed = Math.max(...['main', 'free', 'sessions'].map((name) => pages.root(name)))
  t.ok(lastUsed < before.pages - 20)
  truncateSync(file.path, (lastUsed + 1) * 4096)
  const again = new LmdbFile(folder)
  t.teardown(() => again.close())
  const tables = new Map([['sessions', again.table('sessions')]])
  t.same(reads(t, file.path, tables), before)
  tables.get('sessions')?.putSync(Buffer.from('bigger'), Buffer.alloc(600_000, 3))
  reads(t, file.path, tables)
})

t.test('whoever holds a read transaction can read while others write', async (t) => {
  const file = new LmdbFile(tempFolder(t))
  t.teardown(() => file.close())
  const table = file.table('sessions')
  const filler = new Filler(3)
  file.change(() => filler.put(table, 500))
  const reader = file.root.useReadTransaction()
  const read = PageFile.open(file.path)
  const verified = read.verify()
  for (let n = 0; n < 30; n += 1) {
    file.change(() => filler.put(table, 50))
    t.same(read.verify(), verified)
  }
  read.close()
  reader.done()
})

t.test('a short look may come in between the commits of others', async (t) => {
  const file = new LmdbFile(tempFolder(t))
  t.teardown(() => file.close())
  const table = file.table('sessions')
  let looks = 0
  for (let n = 0; n < 200; n += 1) {
    const written = table.put(Buffer.from(`key ${n % 50}`), Buffer.alloc(500, n))
    looks += PageFile.read(file.path, (read) => [...read.entries('sessions')].length > 0 || n === 0) ? 1 : 0
    await written
  }
  t.equal(looks, 200)
})

t.test('a look that ends in damage is tried again, others are not', async (t) => {
  const file = new LmdbFile(tempFolder(t))
  await file.close()
  for (const [error, attempts] of [
    [new PageError('damaged', 'as if'), 5],
    [new PageError('foreign', 'as if'), 1],
    [new TypeError('as if'), 1],
  ] as const) {
    let tried = 0
    const look = () => {
      tried += 1
      throw error
    }
    t.throws(() => PageFile.read(file.path, look), error)
    t.equal(tried, attempts)
  }
  let tried = 0
  const once = () => {
    tried += 1
    if (tried < 3) throw new PageError('damaged', 'as if')
    return 'read'
  }
  t.equal(PageFile.read(file.path, once), 'read')
})

t.test('what is not damaged can be saved', async (t) => {
  const folder = tempFolder(t)
  const file = new LmdbFile(folder)
  const table = file.table('sessions')
  file.change(() => {
    for (let n = 0; n < 2_000; n += 1) table.putSync(Buffer.from(`key ${n}`), Buffer.alloc(100, n))
  })
  const entries = lmdbEntries(table)
  await file.close()
  const pages = new EditablePages(file.path)
  const leaves = pages.leaves('sessions')
  const lost = [leaves[0], leaves[10], leaves.at(-1)]
  for (const number of lost) pages.edit(number ?? 0, (page) => page.bytes.fill(0xff))
  pages.save(file.path)
  const read = PageFile.open(file.path)
  t.throws(() => [...read.entries('sessions')], { name: 'PageError', kind: 'damaged' })
  const errors: string[] = []
  const saved = Array.from(
    read.entries('sessions', (error) => void errors.push(error.message)),
    ({ key, value }) => entryText(key, value),
  )
  t.match(errors, [
    ...lost.map((number) => new RegExp(`^page ${number} `)),
    /entries; its record says 2000$/,
    /leaf pages/,
  ])
  t.equal(errors.length, 5)
  t.ok(saved.length > 1_800 && saved.length < 2_000)
  t.same(
    saved,
    entries.filter((entry) => saved.includes(entry)),
  )
  read.close()
})

t.test('it can be read ahead', async (t) => {
  const file = new LmdbFile(tempFolder(t))
  await file.close()
  const read = PageFile.open(file.path)
  read.prefetch()
  t.equal(read.transaction, 0n)
  read.close()
})

import { closeSync, copyFileSync, ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { PageError, PageFile } from '../../../src/stores/lmdb/page-file.js'
import { EditablePages } from '../../support/editable-pages.js'
import { entryText, LmdbFile } from '../../support/lmdb-file.js'
import { SeededRandom } from '../../support/seeded-random.js'
import { tempFolder } from '../../support/temp-folder.js'

const PAGE = EditablePages.pageBytes
const NAMES = ['sessions', 'names', 'ends', 'big']

/** A store of a few hundred KB with trees of two levels, values on overflow pages, and a free list; as it was after each commit. */
async function makeStore(t: Test): Promise<{ path: string; history: Buffer[] }> {
  const random = new SeededRandom(7)
  const file = new LmdbFile(tempFolder(t))
  const [sessions, names, ends, big] = NAMES.map((name) => file.table(name))
  const history: Buffer[] = []
  for (let n = 0; n < 24; n += 1) {
    file.change(() => {
      for (let entry = 0; entry < 30; entry += 1) {
        const key = Buffer.from([random.below(256), random.below(4), ...random.bytes(14).fill(random.below(2))])
        sessions?.putSync(key, Buffer.from(random.bytes(random.below(400))))
        names?.putSync(Buffer.concat([key, key.subarray(0, random.below(16))]), Buffer.alloc(8, n))
        if (entry % 2 === 0) sessions?.removeSync(Buffer.from([random.below(256), 1, ...new Array(14).fill(0)]))
        if (entry === 0)
          big?.putSync(Buffer.from([random.below(8)]), Buffer.from(random.bytes(3_000 * (1 + random.below(4)))))
      }
      ends?.putSync(Buffer.from('last'), Buffer.alloc(8, n))
    })
    history.push(readFileSync(file.path))
  }
  await file.close()
  return { path: file.path, history }
}

/** All entries, with the index of their database before each. Undefined if the file is refused. Raises what is no PageError. */
function readVerified(t: Test, path: string, limit: number): string[] | undefined {
  const entries: string[] = []
  let file: PageFile | undefined
  try {
    file = PageFile.open(path)
    const names = file.databases()
    file.verify((name, key, value) => void entries.push(`${names.indexOf(name)} ${entryText(key, value)}`))
    return entries
  } catch (error) {
    if (!(error instanceof PageError)) throw error
    if (/a moment ago/.test(error.message)) t.fail(`read behind the end: ${error.message}`)
    return undefined
  } finally {
    if (entries.length > limit) t.fail(`${entries.length} entries were visited; ${limit} are in the file`)
    file?.close()
  }
}

function differences(a: readonly string[], b: readonly string[]): number {
  return a.filter((entry, index) => entry !== b[index]).length + Math.abs(a.length - b.length)
}

t.test('one bit anywhere is found, or changes one entry at most', async (t) => {
  const { path } = await makeStore(t)
  const bytes = readFileSync(path)
  const entries = readVerified(t, path, Number.POSITIVE_INFINITY) ?? []
  t.ok(bytes.length > 300_000 && entries.length > 1_000)
  const random = new SeededRandom(1)
  const file = openSync(path, 'r+')
  let found = 0
  let changed = 0
  for (let n = 0; n < 2_000; n += 1) {
    const at = random.below(bytes.length)
    const byte = bytes[at] ?? 0
    writeSync(file, Buffer.of(byte ^ (1 << random.below(8))), 0, 1, at)
    const read = readVerified(t, path, entries.length + 1)
    writeSync(file, Buffer.of(byte), 0, 1, at)
    if (read === undefined) found += 1
    else {
      const difference = differences(entries, read)
      if (difference > 1 || read.length !== entries.length) t.fail(`byte ${at}: ${difference} entries are different`)
      changed += difference
    }
  }
  closeSync(file)
  t.comment(`2000 bits: ${found} refused, ${changed} in a key or value, the others where nothing is`)
  t.ok(found > 20 && changed > 100)
  t.same(readVerified(t, path, entries.length), entries)
})

t.test('one bit of what is not an entry is found or changes nothing', async (t) => {
  const { path } = await makeStore(t)
  const bytes = readFileSync(path)
  const entries = readVerified(t, path, Number.POSITIVE_INFINITY) ?? []
  const pages = new EditablePages(path)
  const places = [0, 1].flatMap((number) => range(pages.at(number), 24 + 144))
  for (const name of ['main', 'free', ...NAMES]) {
    for (const number of new Set([pages.root(name), ...pages.leaves(name).slice(0, 2)])) {
      const page = pages.read(number)
      places.push(...range(pages.at(number), 24 + 2 * page.count))
      for (let index = 0; index < page.count; index += 1) places.push(...range(pages.at(number) + page.node(index), 8))
    }
  }
  const random = new SeededRandom(2)
  const file = openSync(path, 'r+')
  let shifted = 0
  for (let n = 0; n < 2_000; n += 1) {
    const at = places[random.below(places.length)] ?? 0
    const byte = bytes[at] ?? 0
    writeSync(file, Buffer.of(byte ^ (1 << random.below(8))), 0, 1, at)
    const read = readVerified(t, path, entries.length + 1)
    writeSync(file, Buffer.of(byte), 0, 1, at)
    // A size of an odd number of bytes may be one more or less: a node takes an even number, so it fits as before.
    const difference = read === undefined ? 0 : differences(entries, read)
    if (difference > 1 || (read !== undefined && read.length !== entries.length))
      t.fail(`byte ${at}: ${difference} entries`)
    shifted += difference
  }
  closeSync(file)
  t.comment(`2000 bits of headers and nodes: ${shifted} moved the end of a key or value by a byte`)
  t.ok(shifted < 200)
})

function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index)
}

t.test('a file that was cut anywhere is refused, or misses only what is free', async (t) => {
  const { path } = await makeStore(t)
  const size = readFileSync(path).length
  const entries = readVerified(t, path, Number.POSITIVE_INFINITY) ?? []
  const random = new SeededRandom(3)
  const cutPath = join(path, '..', 'cut.mdb')
  let refused = 0
  for (let n = 0; n < 500; n += 1) {
    copyFileSync(path, cutPath)
    const file = openSync(cutPath, 'r+')
    ftruncateSync(file, n < 10 ? size - n * PAGE : random.below(size))
    closeSync(file)
    const read = readVerified(t, cutPath, entries.length)
    if (read === undefined) refused += 1
    else if (differences(entries, read) > 0) t.fail('entries are different')
  }
  t.ok(refused > 400)
})

t.test('a page with anything else on it is refused, unless it is free or the inside of a value', async (t) => {
  const { path } = await makeStore(t)
  const entries = readVerified(t, path, Number.POSITIVE_INFINITY) ?? []
  const random = new SeededRandom(4)
  const damagedPath = join(path, '..', 'damaged.mdb')
  const pages = new EditablePages(path)
  const original = Buffer.from(pages.bytes)
  const other: [what: string, differing: number, overwrite: (page: number) => void][] = [
    ['random bytes', 1, (page) => void pages.bytes.set(random.bytes(PAGE), pages.at(page))],
    ['zeros', 1, (page) => void pages.bytes.fill(0, pages.at(page), pages.at(page + 1))],
    ['ones', 1, (page) => void pages.bytes.fill(0xff, pages.at(page), pages.at(page + 1))],
    ['half a page', 1, (page) => void pages.bytes.fill(0, pages.at(page) + PAGE / 2, pages.at(page + 1))],
    [
      'another page, and that with this one',
      2,
      (page) => {
        const with_ = random.below(original.length / PAGE)
        original.copy(pages.bytes, pages.at(page), pages.at(with_), pages.at(with_ + 1))
        original.copy(pages.bytes, pages.at(with_), pages.at(page), pages.at(page + 1))
      },
    ],
  ]
  for (const [what, differing, overwrite] of other) {
    let refused = 0
    for (let page = 0; page < original.length / PAGE; page += 1) {
      pages.bytes.set(original)
      overwrite(page)
      writeFileSync(damagedPath, pages.bytes)
      const read = readVerified(t, damagedPath, entries.length + 1)
      if (read === undefined) refused += 1
      else if (differences(entries, read) > differing) t.fail(`${what} on page ${page}: entries are different`)
    }
    t.ok(refused > 30, `${what}: ${refused} of ${original.length / PAGE} refused`)
  }
})

/** Writes the pages that differ from those of `before`, one at a time, over the file `after`. */
function* staleFiles(before: Buffer, after: Buffer): Generator<Buffer, void> {
  for (let at = 2 * PAGE; at < Math.min(before.length, after.length); at += PAGE) {
    const page = before.subarray(at, at + PAGE)
    if (page.equals(after.subarray(at, at + PAGE))) continue
    const stale = Buffer.from(after)
    page.copy(stale, at)
    yield stale
  }
}

t.test('a page as an earlier commit left it is refused, unless it fits into its place', async (t) => {
  const { path, history } = await makeStore(t)
  const entries = readVerified(t, path, Number.POSITIVE_INFINITY) ?? []
  const last = readFileSync(path)
  const stalePath = join(path, '..', 'stale.mdb')
  const seen = { refused: 0, unchanged: 0, changed: 0 }
  for (const before of history.slice(18)) {
    for (const stale of staleFiles(before, last)) {
      writeFileSync(stalePath, stale)
      const read = readVerified(t, stalePath, entries.length + 100)
      if (read === undefined) seen.refused += 1
      else if (differences(entries, read) === 0) seen.unchanged += 1
      else {
        seen.changed += 1
        // As many entries as on the page in its place, and between the same neighbours.
        if (read.length !== entries.length) t.fail(`${read.length} entries instead of ${entries.length}`)
      }
    }
  }
  t.comment(`stale pages: ${JSON.stringify(seen)}`)
  t.ok(seen.refused > 100)
  t.ok(seen.changed < seen.refused / 5)
})

t.test('a page that the last commit did not write, in a tree that has branches, is refused', async (t) => {
  const file = new LmdbFile(tempFolder(t))
  t.teardown(() => file.close())
  const random = new SeededRandom(5)
  const [sessions, names] = [file.table('sessions'), file.table('names')]
  const key = () => Buffer.from(`key ${random.below(2_000)}`)
  file.change(() => {
    for (let n = 0; n < 1_000; n += 1) {
      sessions.putSync(key(), Buffer.alloc(200, n))
      names.putSync(key(), Buffer.alloc(50, n))
    }
  })
  const stalePath = join(file.path, '..', 'stale.mdb')
  let before = readFileSync(file.path)
  let refused = 0
  for (let n = 0; n < 60; n += 1) {
    file.change(() => {
      if (n % 5 !== 0) sessions.putSync(key(), Buffer.alloc(200, n))
      else sessions.removeSync(key())
      names.putSync(key(), Buffer.alloc(50, n))
    })
    const after = readFileSync(file.path)
    const entries = readVerified(t, file.path, Number.POSITIVE_INFINITY) ?? []
    for (const stale of staleFiles(before, after)) {
      writeFileSync(stalePath, stale)
      const read = readVerified(t, stalePath, entries.length + 100)
      if (read === undefined) refused += 1
      else if (differences(entries, read) > 0) t.fail(`commit ${n}: entries are as they were before`)
    }
    before = after
  }
  t.ok(refused > 200, `${refused} refused`)
})

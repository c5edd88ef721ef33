import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { open as openWithLmdb } from 'lmdb'
import t from 'tap'
import { SessionError } from '../../../src/core/errors.js'
import { Format } from '../../../src/generated/store/store.js'
import { openEnvironment } from '../../../src/stores/lmdb/environment.js'
import { fromRow, toRow } from '../../../src/stores/lmdb/frame.js'
import { metaKey } from '../../../src/stores/lmdb/keys.js'
import { openLmdb } from '../../support/lmdb.js'
import { ManualMachine } from '../../support/machines.js'
import { byId, session } from '../../support/stored-sessions.js'
import { tempFolder } from '../../support/temp-folder.js'

const binary = { encoding: 'binary', keyEncoding: 'binary' } as const

/** Puts a row into the meta table with nothing but LMDB. */
async function putMeta(directory: string, key: Buffer, row: Uint8Array): Promise<void> {
  const { root, tables } = openEnvironment(directory)
  await tables.meta.put(key, Buffer.from(row))
  await root.close()
}

function contentOf(directory: string): Map<string, string> {
  // LMDB's lock file is none of the store's data.
  const names = readdirSync(directory).filter((name) => name !== 'lock.mdb')
  return new Map(names.map((name) => [name, readFileSync(join(directory, name), 'hex')]))
}

t.test('a directory is made, and says when', async (t) => {
  const directory = join(tempFolder(t), 'deep', 'data')
  const { store, madeAt_ms } = await openLmdb(directory, { wallTime: () => 1_700_000_000_123.7 })
  t.equal(madeAt_ms, 1_700_000_000_123)
  await store.close()
  const again = await openLmdb(directory, { wallTime: () => 1_800_000_000_000 })
  t.equal(again.madeAt_ms, 1_700_000_000_123, 'it stays')
  await again.store.close()
})

t.test(
  'a store of the format before is read as it is, and becomes one of this format unless an older version uses it',
  async (t) => {
    const machine = new ManualMachine()
    const directory = join(tempFolder(t), 'data')
    const older = machine.process()
    const { store: first } = await openLmdb(directory, { machine: older.machine })
    t.teardown(() => first.close())
    const one = session()
    await first.insert(one)
    const { root, tables } = openEnvironment(directory)
    const formatNow = (): Format =>
      fromRow(Format, metaKey.format, tables.meta.getBinary(metaKey.format) ?? Buffer.from(''))
    const before = Format.create({ ...formatNow(), version: 1 })
    await tables.meta.put(metaKey.format, Buffer.from(toRow(Format, metaKey.format, before)))
    t.teardown(() => root.close())

    const newer = machine.process()
    await t.rejects(openLmdb(directory, { machine: newer.machine }), {
      code: 'store_unavailable',
      message: /an older version has the store in .* open, with format 1: stop it/,
    })
    t.equal(formatNow().version, 1, 'nothing is changed')
    older.kill()
    const { store, madeAt_ms } = await openLmdb(directory, { machine: newer.machine })
    t.teardown(() => store.close())
    t.strictSame(store.get(byId(one.id)), one)
    t.match(formatNow(), { version: 2, madeAtMs: BigInt(madeAt_ms) })
  },
)

t.test('what is no store of this version is refused, and nothing is changed', async (t) => {
  const future = Format.create({ version: 3, madeAtMs: 1n })
  const table: readonly (readonly [what: string, make: (directory: string) => unknown, message: RegExp])[] = [
    [
      'a newer format',
      (directory) => putMeta(directory, metaKey.format, toRow(Format, metaKey.format, future)),
      /format 3.*newer/,
    ],
    ['a damaged format', (directory) => putMeta(directory, metaKey.format, Buffer.from('no row')), /damaged.*checksum/],
    [
      'a file of something else',
      (directory) => writeFileSync(join(directory, 'data.mdb'), randomBytes(20_000)),
      /no store/,
    ],
    ['a text', (directory) => writeFileSync(join(directory, 'data.mdb'), 'hello'), /no store|damaged/],
    [
      "somebody else's LMDB",
      async (directory) => {
        const root = openWithLmdb<Buffer, Uint8Array>({ path: directory, noSubdir: false, ...binary })
        await root.openDB<Buffer, Uint8Array>({ name: 'theirs', ...binary }).put(Buffer.from('k'), Buffer.from('v'))
        await root.close()
      },
      /no store.*theirs/,
    ],
    [
      'a directory of something else',
      (directory) => {
        rmSync(directory, { recursive: true })
        mkdirSync(directory)
        writeFileSync(join(directory, 'thesis.txt'), 'x')
      },
      /thesis\.txt/,
    ],
  ]
  for (const [what, make, message] of table) {
    const directory = join(tempFolder(t), 'data')
    await (await openLmdb(directory)).store.close()
    await make(directory)
    const before = contentOf(directory)
    const error: unknown = await openLmdb(directory).then(
      () => undefined,
      (error: unknown) => error,
    )
    t.ok(error instanceof SessionError && error.code === 'store_unavailable', what)
    t.match(error, { message }, what)
    t.strictSame(contentOf(directory), before, `${what}: nothing is changed`)
  }
})

t.test('a file where the directory belongs is refused', async (t) => {
  const path = join(tempFolder(t), 'data')
  writeFileSync(path, '')
  await t.rejects(openLmdb(path), { message: /can't be used as a directory/, code: 'store_unavailable' })
})

t.test(
  'secrets that do not open the store: refused, nothing changed, and it opens again with the right ones',
  async (t) => {
    const directory = join(tempFolder(t), 'data')
    const kept = Buffer.from('wrapped')
    const { store } = await openLmdb(directory, { secrets: { make: () => kept, open: () => {} } })
    await store.close()
    const before = contentOf(directory)
    const wrong = new SessionError('store_unavailable', 'another key')
    const secrets = {
      make: () => kept,
      open: () => {
        throw wrong
      },
    }
    await t.rejects(openLmdb(directory, { secrets }), wrong)
    t.strictSame(contentOf(directory), before)
    let opened: Uint8Array | undefined
    const keep = (bytes: Uint8Array | undefined): void => {
      opened = bytes
    }
    const again = await openLmdb(directory, { secrets: { make: () => kept, open: (bytes) => keep(bytes) } })
    t.equal(Buffer.from(opened ?? []).toString(), 'wrapped')
    await again.store.close()
  },
)

t.test('two processes that make a store at the same time end with the same keys', async (t) => {
  for (let round = 0; round < 5; round += 1) {
    const directory = join(tempFolder(t), 'data')
    const machine = new ManualMachine()
    const keyrings = await Promise.all(
      ['one', 'other'].map(async (name) => {
        let keyring = name
        const secrets = {
          make: () => Buffer.from(name),
          open: (kept: Uint8Array | undefined) => {
            keyring = Buffer.from(kept ?? []).toString()
          },
        }
        const { store } = await openLmdb(directory, { secrets, machine: machine.process().machine })
        t.teardown(() => store.close())
        return keyring
      }),
    )
    t.equal(keyrings[0], keyrings[1])
  }
})

t.test('all of it is checked unless it is as the last process left it', async (t) => {
  const directory = join(tempFolder(t), 'data')
  const machine = new ManualMachine()
  let checks = 0
  const count = (): void => {
    checks += 1
  }
  const open = () => openLmdb(directory, { machine: machine.process().machine, onCheck: () => count() })
  const first = await open()
  const stored = session()
  await first.store.insert(stored)
  const second = await open()
  t.equal(checks, 0, 'whoever joins finds it in use')
  await second.store.close()
  await first.store.close()

  const again = await open()
  t.equal(checks, 0, 'closed cleanly')
  await again.store.close()
  writeFileSync(join(directory, 'clean.mark'), 'something else')
  const checked = await open()
  t.equal(checks, 1)
  t.strictSame(checked.store.get(byId(stored.id)), stored)
  await checked.store.close()
  rmSync(join(directory, 'clean.mark'))
  await (await open()).store.close()
  t.equal(checks, 2)
})

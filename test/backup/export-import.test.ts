import { join } from 'node:path'
import t from 'tap'
import type { SessionLine } from '../../src/backup/schema.js'
import { exportOf, filled, idOf, linesOf, sessionLine, target, whole } from '../support/export-lines.js'
import { exportText, targetIn } from '../support/exported.js'
import { openLmdb } from '../support/lmdb.js'
import { contentsOf, MADE_AT_ms, SealedStore } from '../support/sealed-store.js'
import { byId, session, timeout } from '../support/stored-sessions.js'
import { tempFolder } from '../support/temp-folder.js'

t.test('what was exported comes back the same, sealed or in clear', async (t) => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const source = await filled(t, 200, seed)
    const before = await contentsOf(source.directory, source.keyring)
    for (const privateKeys of ['sealed', 'plain'] as const) {
      const { text, exported } = await exportText(source.directory, { privateKeys, keyring: source.keyring })
      const into = await target(t)
      const { filled, forgotten } = into.import(text, source)
      await into.store.close()
      t.match(filled, { open: exported.open, ended: exported.ended, partitions: exported.partitions, skipped: 0 })
      t.equal(forgotten, 0)
      const after = await contentsOf(into.directory, into.keyring)
      t.strictSame(after.sessions, before.sessions, `seed ${seed}, ${privateKeys}`)
      t.strictSame(after.numbers, before.numbers)
      whole(into.directory)
    }
  }
})

t.test('an export shows no key in clear unless asked, and none at all if asked', async (t) => {
  const source = await filled(t, 100)
  const { sessions } = await contentsOf(source.directory, source.keyring)
  const privateKeys = sessions.flatMap(({ privateKey }) => privateKey ?? [])
  t.ok(privateKeys.length > 10)
  const shows = (text: string): number => privateKeys.filter((key) => text.includes(key)).length
  t.equal(shows((await exportText(source.directory)).text), 0)
  const none = await exportText(source.directory, { privateKeys: 'none' })
  t.equal(shows(none.text), 0)
  t.notMatch(none.text, /sealedKey|keyring|privateKey"/)
  t.equal(none.exported.privateKeys, 0)
  const plain = await exportText(source.directory, { privateKeys: 'plain', keyring: source.keyring })
  t.equal(shows(plain.text), privateKeys.length)
  t.equal(plain.exported.privateKeys, privateKeys.length)
})

t.test('the form of an export', async (t) => {
  const source = await filled(t, 60)
  const lines = linesOf((await exportText(source.directory)).text).map(
    (line): Record<string, unknown> => JSON.parse(line),
  )
  const [header] = lines
  t.match(header, {
    kind: 'header',
    format: 'session-gateway export',
    version: 1,
    gateway: '1.2.3',
    storeFormat: 2,
    madeAt: new Date(MADE_AT_ms).toISOString(),
    privateKeys: 'sealed',
    keyring: /^([0-9a-f]{2})+$/,
    counts: { open: Number, ended: Number, partitions: 3 },
  })
  const kinds = lines.map(({ kind }) => kind)
  t.strictSame(kinds.slice(1, 4), ['partition', 'partition', 'partition'])
  t.strictSame(new Set(kinds.slice(4, -1)), new Set(['session']))
  t.match(lines.at(-1), { kind: 'footer', lines: lines.length - 1, sha256: /^[0-9a-f]{64}$/ })
})

t.test('an import behaves like a restart: a full timeout, from when the gateway starts', async (t) => {
  const second = 1_000_000_000n
  const source = new SealedStore(join(tempFolder(t), 'data'))
  const store = await source.open()
  const timed = session({ owner: undefined, partition: 1, number: 7n, lifetime: timeout(3600n * second) })
  await store.insert(timed)
  const used = await exportText(source.directory)
  t.match(used.text, /"remaining_ms":"-?\d+"/, 'while it is used the timeout runs')
  await store.close()
  const { text } = await exportText(source.directory)
  t.notMatch(text, /remaining_ms/, 'and it does not while nobody uses it')

  const into = await target(t)
  into.import(text, source)
  await into.store.close()
  const before = process.hrtime.bigint()
  const { store: gateway } = await openLmdb(into.directory)
  t.teardown(() => gateway.close())
  const lifetime = gateway.get(byId(timed.id))?.lifetime
  t.ok(lifetime?.kind === 'timeout' && lifetime.renewedAt >= before)
})

t.test('numbers never go back: each partition goes on behind the higher of both', async (t) => {
  const partition = (last: string): object => ({ kind: 'partition', partition: 5, last })
  const others = (last: string): object => ({ kind: 'otherPartitions', last })
  const ended = { reason: 'closed', by: 'client', at: '2026-01-01T00:00:00.000Z' } as const
  const table: readonly (readonly [
    what: string,
    here: number,
    lines: readonly object[],
    next: readonly (readonly [partition: number, number: bigint])[],
  ])[] = [
    ['new here', 0, [partition('10')], [[5, 11n]]],
    ['lower than here', 20, [partition('10')], [[5, 21n]]],
    ['higher than here', 20, [partition('100')], [[5, 101n]]],
    ['up to the last number', 20, [partition(String(2n ** 64n - 100n))], [[5, 2n ** 64n - 99n]]],
    [
      'not remembered there',
      20,
      [others('99')],
      [
        [5, 100n],
        [6, 100n],
      ],
    ],
    [
      'remembered there, and others not',
      20,
      [others('99'), partition('30')],
      [
        [5, 31n],
        [6, 100n],
      ],
    ],
    ['of a session alone', 20, [sessionLine({ partition: 5, number: '40' })], [[5, 41n]]],
    ['of a session that ended', 0, [sessionLine({ partition: 5, number: '40', end: ended })], [[5, 41n]]],
    ['of a session, others forgotten', 0, [others('99'), sessionLine({ partition: 5, number: '40' })], [[5, 100n]]],
  ]
  for (const [what, count, lines, next] of table) {
    const here = new SealedStore(join(tempFolder(t), 'data'))
    const before = await here.open()
    if (count > 0) await before.reserveNumbers(5, count)
    await before.close()
    const into = await targetIn(here.directory, { wrappingKey: here.wrappingKey })
    into.import(exportOf(lines), here)
    await into.store.close()
    whole(here.directory)
    const store = await here.open()
    for (const [number, wanted] of next) {
      t.equal((await store.reserveNumbers(number, 1)).first, wanted, `${what}: partition ${number}`)
    }
    await store.close()
  }
})

t.test('more partitions than are remembered: those without room go on behind all of them', async (t) => {
  const into = await target(t, { partitions: 2 })
  const lines = [1, 2, 3, 4].map((partition) => ({ kind: 'partition', partition, last: String(10 * partition) }))
  into.import(exportOf(lines), { wrappingKey: new Uint8Array(32) })
  await into.store.close()
  whole(into.directory)
  const { store } = await openLmdb(into.directory, { partitions: 2 })
  t.teardown(() => store.close())
  t.equal((await store.reserveNumbers(1, 1)).first, 11n)
  t.equal((await store.reserveNumbers(3, 1)).first, 41n)
})

t.test('more ends than are remembered: the oldest are forgotten, those that were here before first', async (t) => {
  const at = (second: number): string => new Date(MADE_AT_ms + 1000 * second).toISOString()
  const ended = (second: number): SessionLine =>
    sessionLine({ id: idOf(second), end: { reason: 'expired', by: 'expiry', at: at(second) } })
  const into = await target(t, { tombstones: 3 })
  const { forgotten } = into.import(exportOf([5, 3, 4, 1, 2].map(ended)), { wrappingKey: new Uint8Array(32) })
  t.equal(forgotten, 2)
  const more = into.import(exportOf([9].map(ended)), { wrappingKey: new Uint8Array(32) })
  t.equal(more.forgotten, 1)
  await into.store.close()
  whole(into.directory)
  const { store } = await openLmdb(into.directory)
  t.teardown(() => store.close())
  t.strictSame(
    store.list({}, 10).items.map(({ session: { id } }) => id),
    [5, 4, 9].map(idOf),
  )
})

t.test('what is there already: all is refused with the first conflict, or left as it is', async (t) => {
  const source = await filled(t, 100)
  const { text } = await exportText(source.directory)
  const before = await contentsOf(source.directory, source.keyring)
  const into = await target(t)
  into.import(text, source)
  const first = linesOf(text).findIndex((line) => line.includes('"kind":"session"')) + 1
  t.throws(() => into.import(text, source), {
    name: 'LineError',
    line: first,
    message: new RegExp(`^line ${first}: session [0-9a-f-]{36} is in the store already.*--skip-existing`),
  })
  const numbered = sessionLine({ partition: 1, number: '1' })
  t.throws(() => into.import(exportOf([numbered]), source), {
    message: /^line 2: a session with number 1 of partition 1 is in the store already/,
  })
  const twice = [sessionLine({ id: idOf(1) }), sessionLine({ id: idOf(1) })]
  t.throws(() => into.import(exportOf(twice), source), { line: 3, message: /or came before in this file/ })
  const { filled: skipped } = into.import(text, source, true)
  t.match(skipped, { open: 0, ended: 0, skipped: 100 })
  const { filled: one } = into.import(exportOf(twice), source, true)
  t.match(one, { open: 1, skipped: 1 })
  await into.store.close()
  const after = await contentsOf(into.directory, into.keyring)
  t.strictSame(after.sessions.slice(0, 100), before.sessions)
  t.equal(after.sessions.length, 101)
  whole(into.directory)
})

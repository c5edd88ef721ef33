import { createHash } from 'node:crypto'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { LineError } from '../../src/backup/line-error.js'
import type { SessionLine } from '../../src/backup/schema.js'
import { checkStore } from '../../src/stores/lmdb/check.js'
import { PageFile } from '../../src/stores/lmdb/page-file.js'
import { exportText, type Target, targetIn } from '../support/exported.js'
import { openLmdb } from '../support/lmdb.js'
import { contentsOf, MADE_AT_ms, SealedStore } from '../support/sealed-store.js'
import { SeededRandom } from '../support/seeded-random.js'
import { byId, session, timeout } from '../support/stored-sessions.js'
import { tempFolder } from '../support/temp-folder.js'

async function filled(t: Test, count: number, seed = 1): Promise<SealedStore> {
  const store = new SealedStore(join(tempFolder(t), 'data'), seed)
  await store.fill(count)
  return store
}

async function target(t: Test, limits: Parameters<typeof targetIn>[1] = {}): Promise<Target & { directory: string }> {
  const directory = join(tempFolder(t), 'data')
  return { ...(await targetIn(directory, limits)), directory }
}

function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1)
}

function whole(directory: string): void {
  const file = PageFile.open(join(directory, 'data.mdb'))
  try {
    checkStore(file)
  } finally {
    file.close()
  }
}

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
    storeFormat: 1,
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

t.test('keys that are not those of the session are refused', async (t) => {
  const source = await filled(t, 40)
  const sealed = linesOf((await exportText(source.directory)).text)
  const plain = linesOf((await exportText(source.directory, { privateKeys: 'plain', keyring: source.keyring })).text)
  const none = linesOf((await exportText(source.directory, { privateKeys: 'none' })).text)
  const at = sealed.findIndex((line) => line.includes('sealedKey'))
  const other = sealed.findLastIndex((line) => line.includes('sealedKey'))
  const field = (lines: readonly string[], index: number, name: string): string =>
    new RegExp(`"${name}":"([^"]+)"`).exec(lines[index] ?? '')?.[1] ?? ''
  const swap = (lines: readonly string[], name: string, value: string): string[] =>
    lines.with(at, (lines[at] ?? '').replace(new RegExp(`("${name}":)"[^"]+"`), `$1"${value}"`))
  const table: readonly (readonly [what: string, lines: readonly string[], message: RegExp])[] = [
    [
      'the sealed key of another session',
      swap(sealed, 'sealedKey', field(sealed, other, 'sealedKey')),
      /sealedKey: it does not open/,
    ],
    ['another id', swap(sealed, 'id', idOf(7)), /sealedKey: it does not open/],
    ['another expiration', swap(sealed, 'expiration', '77'), /sealedKey: it does not open/],
    ['another not before', swap(sealed, 'notBefore', '77'), /sealedKey: it does not open/],
    ['no sealed key', sealed.with(at, (sealed[at] ?? '').replace(/"sealedKey":"[^"]+",/, '')), /sealedKey is missing/],
    [
      'the private key of another',
      swap(plain, 'privateKey', field(plain, other, 'privateKey')),
      /privateKey: it is not the private half/,
    ],
    [
      'no private key',
      swap(plain, 'privateKey', '00'.repeat(32)),
      /privateKey: got a value that is not shown, takes a P-256/,
    ],
    [
      'the account of another',
      swap(plain, 'account', field(plain, other, 'account')),
      /account: got .*; that of the publicKey is/,
    ],
    ['no private keys at all', none, /the session has a key, and this export has no private keys/],
  ]
  for (const [what, lines, message] of table) {
    const into = await target(t)
    const changed = refooted(lines)
    const error = thrown(() => into.import(changed, source))
    t.match(error, { name: 'LineError', line: at + 1, message }, what)
    t.equal(into.store.sessions, 0)
    await into.store.close()
  }
  const keyless = await target(t)
  const withoutKeyring = refooted(sealed.with(0, (sealed[0] ?? '').replace(/"keyring":"[^"]+",/, '')))
  t.match(
    thrown(() => keyless.import(withoutKeyring, source)),
    { line: 1, message: /keyring is missing/ },
  )
  await keyless.store.close()
})

t.test('every line that is damaged is refused with its number, and nothing is imported', async (t) => {
  const source = await filled(t, 30)
  const lines = linesOf((await exportText(source.directory)).text)
  const into = await target(t)
  const damages: readonly (readonly [what: string, damage: (line: string) => string])[] = [
    ['cut', (line) => line.slice(0, line.length / 2)],
    ['empty', () => ''],
    ['an array', (line) => `[${line}]`],
    ['a field more', (line) => line.replace('{', '{"colour":"red",')],
    ['a field less', (line) => line.replace(/,"(last|sha256|scope|privateKeys)":("[^"]*"|\{[^}]*\})/, '')],
    ['of no kind', (line) => line.replace(/"kind":"\w+"/, '"kind":"thing"')],
    ['not UTF-8', (line) => line.replace('"kind"', '"\u0000"')],
  ]
  for (const [index, line] of lines.entries()) {
    for (const [what, damage] of damages) {
      const bytes = Buffer.from(`${lines.with(index, damage(line)).join('\n')}\n`)
      // A byte that UTF-8 has nowhere.
      if (what === 'not UTF-8') bytes[bytes.indexOf(0)] = 0xff
      const error = thrown(() => into.import(bytes, source))
      if (
        !(error instanceof LineError) ||
        error.line !== index + 1 ||
        !error.message.startsWith(`line ${index + 1}: `)
      ) {
        t.fail(`line ${index + 1}, ${what}: ${String(error)}`)
      }
    }
  }
  t.equal(into.store.sessions, 0)
  into.import(`${lines.join('\n')}\n`, source)
  t.equal(into.store.sessions, 30, 'and it is a good export without damage')
  await into.store.close()
})

t.test('lines that are missing, doubled, changed or added are noticed', async (t) => {
  const source = await filled(t, 30)
  const { text } = await exportText(source.directory)
  const lines = linesOf(text)
  const into = await target(t)
  const last = lines.length
  const joined = (changed: readonly string[]): string => `${changed.join('\n')}\n`
  const table: readonly (readonly [what: string, text: string, line: number, message: RegExp])[] = [
    ['nothing', '', 1, /the file is empty/],
    ['no header', joined(lines.slice(1)), 1, /kind: got 'partition', takes 'header'/],
    ['two headers', joined([lines[0] ?? '', ...lines]), 2, /second header/],
    ['a line less', joined(lines.toSpliced(10, 1)), last - 1, /lines are missing or were added/],
    ['cut behind a line', joined(lines.slice(0, 20)), 21, /without a footer, so it was cut/],
    ['two lines in another order', joined(lines.toSpliced(10, 2, lines[11] ?? '', lines[10] ?? '')), last, /sha256/],
    ['a scope changed', text.replace('"verb":"PUT"', '"verb":"GET"'), last, /sha256/],
    ['a line behind the footer', `${text}${lines[10]}\n`, last + 1, /behind the footer/],
    ['ends of lines changed', text.replaceAll('\n', '\r\n'), last, /sha256/],
    ['a newer version', text.replace('"version":1', '"version":2'), 1, /version: got 2.*newer gateway/],
  ]
  for (const [what, changed, line, message] of table) {
    t.match(
      thrown(() => into.import(changed, source)),
      { name: 'LineError', line, message },
      what,
    )
  }
  t.equal(into.store.sessions, 0)
  into.import(text.trimEnd(), source)
  t.equal(into.store.sessions, 30, 'the last end of a line does not count')
  await into.store.close()
})

t.test('2,000 random damages: each is refused, and nothing is imported', async (t) => {
  const source = await filled(t, 30)
  const bytes = Buffer.from((await exportText(source.directory)).text)
  const into = await target(t)
  const random = new SeededRandom(2)
  for (let round = 0; round < 2_000; round += 1) {
    const damaged = damage(bytes, random)
    if (isHarmless(damaged, bytes)) continue
    const error = thrown(() => into.import(damaged, source))
    const isRefusal =
      error instanceof LineError || (error instanceof Error && /wrapping key|keyring/.test(error.message))
    if (!isRefusal) t.fail(`round ${round}: ${String(error)}`)
  }
  t.equal(into.store.sessions, 0)
  await into.store.close()
  whole(into.directory)
})

/** One to eight bytes changed, taken out or put in; or the end cut off. */
function damage(bytes: Buffer, random: SeededRandom): Buffer {
  const at = random.below(bytes.length)
  const count = 1 + random.below(8)
  switch (random.below(4)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(count), bytes.subarray(at + count)])
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)])
    case 2:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(count), bytes.subarray(at)])
    default:
      return bytes.subarray(0, at)
  }
}

/** It says the same: white space at the end, or in the footer, which no checksum covers. */
function isHarmless(damaged: Buffer, bytes: Buffer): boolean {
  const [before, after] = [bytes, damaged].map((each) => each.toString('latin1').trimEnd().split('\n'))
  if (before === undefined || after === undefined) return false
  const footers = [before.pop(), after.pop()].map((footer) => footer?.replaceAll(/\s/g, ''))
  return before.join() === after.join() && footers[0] === footers[1]
}

function thrown(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}

function idOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
}

function sessionLine(changes: Partial<SessionLine> = {}): SessionLine {
  const line: SessionLine = {
    kind: 'session',
    id: idOf(42),
    generation: 'atomix',
    dialect: 'atomix',
    clientVersion: '',
    partition: 1,
    lifetime: { kind: 'timeout', edge: 'inclusive', timeout_ns: '30000000000', expiry: 'eager' },
    scope: {},
    createdAt: '2026-01-01T00:00:00.000Z',
  }
  return Object.assign(line, changes)
}

/** An export of lines that no store wrote. */
function exportOf(lines: readonly object[]): string {
  const time = '2026-01-01T00:00:00.000Z'
  const header = {
    kind: 'header',
    format: 'session-gateway export',
    version: 1,
    gateway: '1.2.3',
    storeFormat: 1,
    madeAt: time,
    exportedAt: time,
    privateKeys: 'none',
  }
  return refooted([header, ...lines, {}].map((line) => JSON.stringify(line)))
}

/** With another last line, which fits those before it. */
function refooted(lines: readonly string[]): string {
  const text = lines
    .slice(0, -1)
    .map((line) => `${line}\n`)
    .join('')
  const sha256 = createHash('sha256').update(text).digest('hex')
  return `${text}${JSON.stringify({ kind: 'footer', lines: lines.length - 1, sha256 })}\n`
}

import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { hex } from '../../src/core/bytes.js'
import { systemClock } from '../../src/core/clock.js'
import { openAlone } from '../../src/stores/lmdb/open.js'
import { thisMachine } from '../../src/stores/lmdb/processes.js'
import { GatewayProcess } from '../reliability/gateway-process.js'
import { runCli } from '../support/run-cli.js'
import { storePlace } from '../support/store-place.js'
import { tempFolder } from '../support/temp-folder.js'

t.test('every command has help, with examples', async (t) => {
  const cwd = tempFolder(t)
  t.match((await runCli(['store', '--help'], { cwd })).out, /stats[\s\S]*check[\s\S]*export[\s\S]*import[\s\S]*rekey/)
  await Promise.all(
    ['stats', 'check', 'export', 'import', 'rekey'].map(async (name) => {
      const { code, out, err } = await runCli(['store', name, '--help'], { cwd })
      t.match({ code, err }, { code: 0, err: '' })
      t.match(out, /--store <URL>[\s\S]*Examples:[\s\S]*Exit codes:/)
    }),
  )
})

t.test('wrong usage is one line and exit 2', async (t) => {
  const { store } = await storePlace(t, 0)
  const table: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [[], /name a command/],
    [['stat'], /unknown command 'stat'/],
    [
      ['stats', '--store', 'memory:'],
      /--store: got 'memory:', a store that is in the memory of its gateway; takes lmdb:PATH/,
    ],
    [['stats', '--listen', 'x'], /unknown option '--listen'/],
    [['export', '--plain-keys', '--no-private-keys'], /--plain-keys: it does not go with --no-private-keys/],
    [['export', './none/file'], /FILE: got '\.\/none\/file' \(ENOENT\), takes a path where a file can be made, or -/],
    [['export', '.'], /FILE: got '\.', which is no file/],
    [['import'], /missing required argument 'FILE'/],
    [['import', 'none.jsonl'], /FILE: got 'none\.jsonl' \(ENOENT\), takes an export that can be read, or -/],
    [['rekey', '--new-key', 'here'], /--new-key: takes file:PATH, env:NAME or credential:NAME/],
    [['rekey', '--new-key', 'file:./data/in.key'], /--new-key: \.\/data\/in\.key is in the data directory/],
    [['rekey', '--new-key', 'env:NOT_SET'], /--new-key: the variable NOT_SET is not set/],
  ]
  await Promise.all(
    table.map(async ([args, message]) => {
      const { code, out, err } = await store(...args)
      t.match({ code, out, err }, { code: 2, out: '', err: message }, args.join(' '))
      t.match(err, /^session-gateway: [^\n]+\n$/)
    }),
  )
})

t.test('a store that can not be opened is one line and exit 3, and nothing is changed', async (t) => {
  const { cwd, source, store } = await storePlace(t)
  const damaged = join(cwd, 'damaged')
  cpSync(source.directory, damaged, { recursive: true })
  const bytes = readFileSync(join(damaged, 'data.mdb'))
  // Every page but the two that name the others: any one of them may be free.
  writeFileSync(join(damaged, 'data.mdb'), bytes.fill(0xff, 2 * 4096))
  writeFileSync(join(cwd, 'other.key'), hex(new Uint8Array(32).fill(9)))
  writeFileSync(join(cwd, 'empty.jsonl'), '')
  const exported = join(cwd, 'good.jsonl')
  await store('export', exported)
  // Some commands have a store to themselves: every one gets its own.
  let copies = 0
  const copyOf = (directory: string, key: string): readonly string[] => {
    copies += 1
    cpSync(directory, join(cwd, `copy-${copies}`), { recursive: true })
    return ['--store', `lmdb:./copy-${copies}`, '--set', `store.key=file:${key}`]
  }
  const nowhere = ['--store', 'lmdb:./nowhere']
  const bad = (): readonly string[] => copyOf(damaged, 'data.key')
  const wrong = (): readonly string[] => copyOf(source.directory, 'other.key')
  const table: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [['stats', ...nowhere], /there is no store in \.\/nowhere: name its directory by --store lmdb:PATH/],
    [['check', ...nowhere], /there is no store/],
    [['export', 'x.jsonl', ...nowhere], /there is no store/],
    [['export', '--salvage', 'x.jsonl', ...nowhere], /there is no store/],
    [['rekey', ...nowhere], /there is no store/],
    [['stats', ...bad()], /the store in \.\/copy-1 is damaged \(page \d+.*nothing was changed.*--salvage/],
    [['check', ...bad()], /is damaged/],
    [['export', 'x.jsonl', ...bad()], /is damaged/],
    [['import', exported, ...bad()], /is damaged/],
    [['rekey', ...bad()], /is damaged/],
    [['check', ...wrong()], /the wrapping key is not the one this store was made with/],
    [['export', '--plain-keys', 'x.jsonl', ...wrong()], /the wrapping key is not the one/],
    [['import', exported, ...wrong()], /the wrapping key is not the one/],
    [['rekey', ...wrong()], /the wrapping key is not the one/],
  ]
  const contents = (): readonly Buffer[] =>
    Array.from({ length: copies }, (_, index) => readFileSync(join(cwd, `copy-${index + 1}`, 'data.mdb')))
  const before = contents()
  await Promise.all(
    table.map(async ([args, message]) => {
      const { code, out, err } = await store(...args)
      t.match({ code, out, err }, { code: 3, out: '', err: message }, args.join(' '))
      t.equal(err.trimEnd().split('\n').at(-1)?.startsWith('session-gateway: '), true)
    }),
  )
  t.ok(contents().every((bytes, index) => before[index]?.equals(bytes)))
  t.notOk(existsSync(join(cwd, 'nowhere')))
  t.strictSame(
    readdirSync(cwd).filter((name) => name.includes('x.jsonl')),
    [],
    'no half of an export',
  )
})

t.test('a gateway does not start while a command has the store to itself, and starts after it', async (t) => {
  const { cwd, source, store } = await storePlace(t)
  const { store: alone } = await openAlone({
    directory: source.directory,
    aloneFor: 'rekey',
    tombstones: 1_000,
    partitions: 1_000,
    machine: thisMachine,
    clock: systemClock,
    wallTime: Date.now,
    onCheck: () => {},
    secrets: { make: () => new Uint8Array(0), open: () => {} },
  })
  const serve = ['serve', '--listen', '127.0.0.1:0', '--admin', 'off', '--log-level', 'silent']
  t.match(await runCli(serve, { cwd }), {
    code: 3,
    out: '',
    err: new RegExp(`in use: store rekey has it to itself \\(process ${process.pid}\\); try again`),
  })
  t.match((await store('stats')).out, new RegExp(`^used by +process ${process.pid} \\(store rekey\\)$`, 'm'))
  await alone.close()
  const gateway = await GatewayProcess.start({ store: 'lmdb:./data', directory: cwd })
  t.teardown(() => gateway.dispose())
  gateway.kill('SIGTERM')
  t.match(await gateway.exited, { code: 0 })
})

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { checkStore } from '../../../src/stores/lmdb/check.js'
import { openEnvironment } from '../../../src/stores/lmdb/environment.js'
import { thisMachine } from '../../../src/stores/lmdb/processes.js'
import { StoreSnapshot } from '../../../src/stores/lmdb/snapshot.js'
import { statsOf } from '../../../src/stores/lmdb/stats.js'
import { openLmdb } from '../../support/lmdb.js'
import { byId, closed, epochs, session, timeout } from '../../support/stored-sessions.js'
import { tempFolder } from '../../support/temp-folder.js'

const BUSY = fileURLToPath(new URL('../../support/busy-writer.js', import.meta.url))

async function snapshotOf(directory: string, onCheck: () => void = () => {}): Promise<StoreSnapshot> {
  return StoreSnapshot.open({ directory, machine: thisMachine, onCheck })
}

async function busyWriter(t: Test, directory: string): Promise<ChildProcess> {
  const child = fork(BUSY, [directory])
  t.teardown(() => child.kill('SIGKILL'))
  await once(child, 'message')
  return child
}

t.test('while a process changes the store all the time, each snapshot is whole and stays as it is', async (t) => {
  const directory = tempFolder(t)
  const busy = await busyWriter(t, directory)
  const seen = new Set<bigint>()
  for (let round = 0; round < 60; round += 1) {
    const snapshot = await snapshotOf(directory)
    seen.add(snapshot.file.transaction)
    t.strictSame(
      snapshot.users.map(({ pid }) => pid),
      [busy.pid],
    )
    const first = checkStore(snapshot.file)
    // Long after it was opened, with hundreds of commits in between.
    if (round % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 300))
    t.strictSame(checkStore(snapshot.file), first)
    t.equal([...snapshot.sessions()].length, first.open + first.tombstones)
    await snapshot.close()
  }
  t.ok(seen.size > 20, `${seen.size} commits were seen`)
  t.equal(busy.exitCode, null)
})

t.test('a reader that was killed does not keep the file growing: the next look for old ends clears it', async (t) => {
  const directory = tempFolder(t)
  const { store } = await openLmdb(directory)
  t.teardown(() => store.close())
  await store.insert(session())
  const program = `
    const { openEnvironment } = await import(${JSON.stringify(new URL('../../../src/stores/lmdb/environment.js', import.meta.url).href)})
    globalThis.pin = openEnvironment(${JSON.stringify(directory)}, { readOnly: true }).root.useReadTransaction()
    process.send('reading')
    setInterval(() => {}, 1000)`
  const reader = fork('-e', [program], { execArgv: ['--input-type=module'] })
  t.teardown(() => reader.kill('SIGKILL'))
  await once(reader, 'message')
  const { root } = openEnvironment(directory)
  t.teardown(() => root.close())
  t.match(root.readerList(), new RegExp(`\\b${reader.pid}\\b`))
  reader.kill('SIGKILL')
  await once(reader, 'exit')
  t.match(root.readerList(), new RegExp(`\\b${reader.pid}\\b`))
  await store.forget(0)
  t.notMatch(root.readerList(), new RegExp(`\\b${reader.pid}\\b`))
})

t.test('what is in it: sessions open and ended, numbers, renewals', async (t) => {
  const directory = tempFolder(t)
  const { store } = await openLmdb(directory, { wallTime: () => 1_700_000_000_000 })
  const lifetime = timeout(10n ** 12n, { renewedAt: process.hrtime.bigint() })
  const timed = session({ owner: undefined, partition: 2, number: 1n, lifetime })
  const ended = session({ partition: 0 })
  for (const one of [timed, ended, session({ lifetime: epochs(4n) })]) await store.insert(one)
  await store.end(ended.id, closed)
  const { last } = await store.reserveNumbers(2, 3)
  const used = await snapshotOf(directory)
  t.equal(used.inUse, true)
  const all = Array.from(used.sessions(), (kept) => ({ ...kept }))
  t.match(all[0], {
    session: { id: timed.id },
    end: undefined,
    renewedAt: lifetime.kind === 'timeout' ? lifetime.renewedAt : 0n,
  })
  t.match(all[1], { session: { id: ended.id }, end: { reason: 'closed', endedBy: 'client' }, renewedAt: undefined })
  t.match(all[2], { end: undefined, renewedAt: undefined })
  const [number] = used.numbers()
  t.ok(number?.partition === 2 && number.last >= last)
  await used.close()
  t.ok(store.get(byId(timed.id)), 'the store that others have open stays open')
  await store.close()

  const unused = await snapshotOf(directory)
  t.teardown(() => unused.close())
  t.match(unused, {
    inUse: false,
    format: 2,
    madeAt_ms: 1_700_000_000_000,
    counts: { open: 2, ended: 1, partitions: 1 },
  })
  t.strictSame([...unused.numbers()], [{ partition: 2, last }], 'what nobody got was given back')
  t.match(
    statsOf(unused, () => 1),
    {
      open: new Map([['v2', 2]]),
      ended: 1,
      partitions: 1,
      incarnation: 1,
      users: [],
      keys: new Map(),
      oldest_ms: 1_600_000_000_000,
      newest_ms: 1_600_000_000_000,
      file_bytes: statSync(join(directory, 'data.mdb')).size,
    },
  )
})

t.test('nothing is changed by looking at a store', async (t) => {
  const directory = tempFolder(t)
  const { store } = await openLmdb(directory)
  for (let n = 0; n < 100; n += 1) await store.insert(session())
  await store.close()
  const before = readFileSync(join(directory, 'data.mdb'))
  const snapshot = await snapshotOf(directory)
  checkStore(snapshot.file)
  await snapshot.close()
  t.ok(before.equals(readFileSync(join(directory, 'data.mdb'))))
})

t.test('a store that can not be read is refused, and its pages are looked at before LMDB opens them', async (t) => {
  const directory = tempFolder(t)
  const { store } = await openLmdb(directory)
  for (let n = 0; n < 100; n += 1) await store.insert(session())
  await store.close()
  const file = join(directory, 'data.mdb')
  const whole = readFileSync(file)
  let checks = 0
  const refusal = async (): Promise<string> => {
    const opened = await snapshotOf(directory, () => {
      checks += 1
    }).catch((error: unknown) => error)
    if (opened instanceof StoreSnapshot) await opened.close()
    return opened instanceof Error ? opened.message : 'opened'
  }
  t.equal(await refusal(), 'opened')
  t.equal(checks, 0, 'it is as it was left')
  rmSync(join(directory, 'clean.mark'))
  t.equal(await refusal(), 'opened')
  t.equal(checks, 1, 'nobody knows how it was left')
  for (let page = 2; page * 4096 < whole.length; page += 1) {
    const damaged = Buffer.from(whole)
    damaged.fill(0xff, page * 4096, page * 4096 + 24)
    writeFileSync(file, damaged)
    // A page that is free is nobody's loss.
    t.match(await refusal(), /^opened$|is damaged \(.*page \d+.*--salvage/)
  }
  writeFileSync(file, whole.subarray(0, whole.length / 2))
  t.match(await refusal(), /is damaged/)
  writeFileSync(file, 'hello')
  t.match(await refusal(), /is damaged|is no store/)
  rmSync(file)
  t.match(await refusal(), /there is no store in .*--store lmdb:PATH/)
  const copy = tempFolder(t)
  cpSync(directory, copy, { recursive: true })
  t.match(await snapshotOf(join(copy, 'deeper')).catch((error: unknown) => String(error)), /there is no store in/)
})

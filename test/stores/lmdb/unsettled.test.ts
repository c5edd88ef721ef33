import { cpSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Session } from '../../../src/core/session.js'
import { checkStore } from '../../../src/stores/lmdb/check.js'
import { DATA_FILE, openEnvironment } from '../../../src/stores/lmdb/environment.js'
import { sessionsOf } from '../../../src/stores/lmdb/file-sessions.js'
import { sequenceKey } from '../../../src/stores/lmdb/keys.js'
import { readMetaRows } from '../../../src/stores/lmdb/meta-rows.js'
import { PageFile } from '../../../src/stores/lmdb/page-file.js'
import { Salvage } from '../../../src/stores/lmdb/salvage.js'
import { StoreSnapshot } from '../../../src/stores/lmdb/snapshot.js'
import type { LmdbStore } from '../../../src/stores/lmdb/store.js'
import { unsettledRow } from '../../../src/stores/lmdb/unsettled.js'
import { EditablePages } from '../../support/editable-pages.js'
import { eventually } from '../../support/eventually.js'
import { FakeKeyPairs } from '../../support/fake-key-pairs.js'
import { openLmdb } from '../../support/lmdb.js'
import { ManualMachine } from '../../support/machines.js'
import { ManualClock } from '../../support/manual-clock.js'
import {
  at,
  byId,
  closed,
  epochs,
  expired,
  NOW,
  OWNER_A,
  OWNER_B,
  session,
  timeout,
} from '../../support/stored-sessions.js'
import { tempFolder } from '../../support/temp-folder.js'

/** Sessions that a sweep has ended and that are not settled: everybody sees them as ended, in whatever way they look. */

const keys = new FakeKeyPairs()
const SECOND = 1_000_000_000n
const PATIENCE_ms = 30_000
const OVER = at(10n, NOW + SECOND)

interface Place {
  readonly directory: string
  readonly machine: ManualMachine
  readonly store: LmdbStore
  /** The process is gone: what it had on disk is found by the next, and nothing else. */
  readonly crash: () => string
}

async function placeOf(
  t: Test,
  directory = join(tempFolder(t), 'data'),
  machine = new ManualMachine(),
): Promise<Place> {
  const process = machine.process()
  const { store } = await openLmdb(directory, { machine: process.machine, clock: new ManualClock({ now: NOW }) })
  t.teardown(() => store.close())
  const crash = (): string => {
    process.kill()
    const copy = `${directory}+`
    cpSync(directory, copy, { recursive: true })
    return copy
  }
  return { directory, machine, store, crash }
}

function unsettledIn(directory: string): number {
  return PageFile.read(join(directory, DATA_FILE), (file) => {
    const { open, tombstones } = checkStore(file)
    t.equal(open + tombstones > 0, true, 'the check finds nothing wrong')
    return Number(readMetaRows(file.entries('meta')).counters.unsettled)
  })
}

/** Two of four that are over end, by a sweep that has more to end: so they stay unsettled. One more is not over. */
async function endedButUnsettled(t: Test, lifetime: Session['lifetime']) {
  const place = await placeOf(t)
  const { store, directory } = place
  const all = await Promise.all(
    [lifetime, lifetime, lifetime, lifetime, epochs(99n)].map(async (lifetime, n) => {
      const owner = n === 1 ? OWNER_B : OWNER_A
      const one = session({ lifetime, owner, key: await keys.take(), partition: 1, number: BigInt(n + 1) })
      await store.insert(one)
      return one
    }),
  )
  const due = await store.due(OVER, 2)
  t.ok(due.more)
  const { sessions } = await store.endAll(due.sessions, expired)
  t.strictSame(sessions, all.slice(0, 2))
  t.equal(unsettledIn(directory), 2)
  return { ...place, all }
}

const LIFETIMES = { epochs: epochs(5n), timeout: timeout(SECOND / 2n) }

for (const [kind, lifetime] of Object.entries(LIFETIMES)) {
  t.test(`${kind}: nobody finds them open`, async (t) => {
    const { store, all } = await endedButUnsettled(t, lifetime)
    const [first, second, third] = all
    if (first === undefined || second === undefined || third === undefined) throw new Error('no sessions')
    for (const one of [first, second]) {
      t.equal(store.get(byId(one.id)), undefined)
      t.equal(store.get({ by: 'number', partition: 1, number: one.number ?? 0n }), undefined)
      const tombstone = store.tombstone(byId(one.id))
      t.match(tombstone, { ...expired, session: { id: one.id, lifetime: one.lifetime } })
      t.equal(tombstone?.session.key?.sealed.length, 0, 'its key is shown to nobody')
      t.equal(await store.end(one.id, closed), undefined)
      store.renew(one.id, NOW + 5n * SECOND)
    }
    t.equal(store.countOf(OWNER_A), 3)
    t.equal(store.countOf(OWNER_B), 0)
    t.equal((await store.oldestOf(OWNER_A))?.id, third.id)
    t.equal(await store.oldestOf(OWNER_B), undefined)
    t.strictSame([...store.counts().open.values()], [3])
    t.equal(store.counts().tombstones, 2)
    const open = await store.list({ state: 'open' }, 10)
    t.strictSame(
      open.items.map(({ session }) => session.id),
      all.slice(2).map(({ id }) => id),
    )
    const again = await store.due(OVER, 10)
    t.strictSame(
      again.sessions.map(({ id }) => id),
      all.slice(2, 4).map(({ id }) => id),
    )
    t.strictSame((await store.endAll([first, second], expired)).sessions, [], 'ended once')
  })

  t.test(`${kind}: what was found before ends once`, async (t) => {
    const { store } = await placeOf(t)
    const one = session({ lifetime })
    await store.insert(one)
    await store.insert(session({ lifetime }))
    const [found, same] = [await store.due(OVER, 1), await store.due(OVER, 1)]
    t.strictSame((await store.endAll(found.sessions, expired)).sessions, [one])
    t.strictSame((await store.endAll(same.sessions, expired)).sessions, [])
  })

  t.test(`${kind}: a crash leaves them ended, and they are settled once somebody sweeps`, async (t) => {
    const { machine, crash, all } = await endedButUnsettled(t, lifetime)
    const directory = crash()
    const { store } = await placeOf(t, directory, machine)
    for (const { id, lifetime } of all.slice(0, 2)) {
      t.match(store.tombstone(byId(id)), { ...expired, session: { lifetime } })
    }
    t.equal((await store.list({ state: 'open' }, 10)).items.length, 3)
    await store.due(at(0n, 0n), 10)
    t.ok(await eventually(() => unsettledIn(directory) === 0, PATIENCE_ms))
    for (const { id, lifetime } of all.slice(0, 2)) {
      t.match(store.tombstone(byId(id)), { ...expired, session: { lifetime } }, 'as before')
    }
    t.equal(store.countOf(OWNER_A), 3)
    t.equal((await store.oldestOf(OWNER_A))?.id, all[2]?.id)
    await store.forget(Number.MAX_SAFE_INTEGER)
    t.equal(store.counts().tombstones, 0, 'and are forgotten as all others')
  })

  t.test(`${kind}: an export and a salvage have them as ended`, async (t) => {
    const { machine, crash, all } = await endedButUnsettled(t, lifetime)
    const directory = crash()
    const ended = all.slice(0, 2).map(({ id, lifetime }) => ({ id, lifetime, end: expired, sealed: 0 }))
    const endedIn = (contents: Pick<StoreSnapshot | Salvage, 'sessions'>) =>
      [...contents.sessions()].flatMap(({ session: { id, lifetime, key }, end }) =>
        end === undefined ? [] : [{ id, lifetime, end, sealed: key?.sealed.length }],
      )
    const { machine: reader } = machine.process()
    const salvage = Salvage.open(directory, reader, (error) => t.fail(error.message))
    t.strictSame(endedIn(salvage), ended)
    t.equal(salvage.expected, 5)
    salvage.close()
    const snapshot = await StoreSnapshot.open({ directory, machine: reader, onCheck: () => {} })
    t.strictSame(endedIn(snapshot), ended)
    t.equal(snapshot.counts.ended, 2)
    await snapshot.close()
  })
}

for (const [kind, lifetime] of Object.entries(LIFETIMES)) {
  t.test(
    `${kind}: an end whose page is lost makes no open session: the check refuses it, a salvage leaves it out`,
    async (t) => {
      const { crash, machine, all } = await endedButUnsettled(t, lifetime)
      const directory = crash()
      const path = join(directory, DATA_FILE)
      const pages = new EditablePages(path)
      const [leaf = 0] = pages.leaves('unsettled')
      pages.bytes.fill(0, pages.at(leaf), pages.at(leaf + 1))
      pages.save(path)
      t.throws(() => PageFile.read(path, checkStore), { name: 'PageError' })
      const told: string[] = []
      const { machine: reader } = machine.process()
      const salvage = Salvage.open(directory, reader, ({ message }) => void told.push(message))
      t.match(told, [/page/])
      t.strictSame(
        [...salvage.sessions()].map(({ session, end }) => [session.id, end]),
        all.slice(2).map(({ id }) => [id, undefined]),
      )
      salvage.close()
    },
  )
}

t.test('an end that belongs to no open session, and one that is missing, are damage', async (t) => {
  for (const damage of ['more', 'less'] as const) {
    const { crash, all } = await endedButUnsettled(t, LIFETIMES.timeout)
    const directory = crash()
    const { root, tables } = openEnvironment(directory)
    if (damage === 'less') await tables.unsettled.remove(sequenceKey(1))
    else await tables.unsettled.put(sequenceKey(77), Buffer.from(unsettledRow(77, all[0] ?? session(), expired)))
    await root.close()
    const path = join(directory, DATA_FILE)
    t.throws(() => PageFile.read(path, checkStore), { name: 'DamageError' }, damage)
    if (damage === 'more') t.throws(() => PageFile.read(path, (file) => [...sessionsOf(file)]), { name: 'DamageError' })
  }
})

t.test('one that can not be read keeps no other from being settled, and is told once', async (t) => {
  const directory = join(tempFolder(t), 'data')
  const faults: unknown[] = []
  const { store } = await openLmdb(directory, { onFault: (fault) => void faults.push(fault) })
  t.teardown(() => store.close())
  for (let n = 0; n < 20; n += 1) await store.insert(session({ lifetime: LIFETIMES.epochs }))
  await store.endAll((await store.due(OVER, 10)).sessions, expired)
  const { root, tables } = openEnvironment(directory)
  await tables.sessions.put(sequenceKey(1), Buffer.from('no session'))
  await root.close()
  await store.due(at(0n), 10)
  const unsettled = () => PageFile.read(join(directory, DATA_FILE), (file) => [...file.entries('unsettled')].length)
  t.ok(await eventually(() => unsettled() === 1, PATIENCE_ms))
  for (let n = 0; n < 5; n += 1) await store.due(at(0n), 10)
  await store.forget(Number.MAX_SAFE_INTEGER)
  t.equal(store.counts().tombstones, 1, 'the others are settled, and forgotten')
  t.match(faults, [{ name: 'DamageError' }])
})

t.test('whoever creates does not wait for what is not settled: counts of owners are exact at once', async (t) => {
  const { store } = await endedButUnsettled(t, LIFETIMES.epochs)
  t.equal(store.countOf(OWNER_B), 0)
  await store.insert(session({ owner: OWNER_B }))
  t.equal(store.countOf(OWNER_B), 1)
  t.match(await store.oldestOf(OWNER_B), { owner: OWNER_B })
})

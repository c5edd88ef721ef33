import t, { type Test } from 'tap'
import type { Instant } from '../../../src/core/clock.js'
import type { Session } from '../../../src/core/session.js'
import type { Lease } from '../../../src/core/store.js'
import type { Machine } from '../../../src/stores/lmdb/processes.js'
import type { LmdbStore } from '../../../src/stores/lmdb/store.js'
import { eventually } from '../../support/eventually.js'
import { openLmdb } from '../../support/lmdb.js'
import { ManualMachine } from '../../support/machines.js'
import { ManualClock } from '../../support/manual-clock.js'
import { at, byId, closed, expired, NOW, session, timeout } from '../../support/stored-sessions.js'
import { tempFolder } from '../../support/temp-folder.js'

const MILLISECOND = 1_000_000n

interface Opened {
  readonly store: LmdbStore
  readonly kill: () => void
}

/** Several processes that have one directory open, on one machine and with one clock. */
function processes(t: Test): { readonly clock: ManualClock; readonly open: () => Promise<Opened> } {
  const directory = tempFolder(t)
  const machine = new ManualMachine()
  const clock = new ManualClock({ now: NOW })
  return {
    clock,
    async open() {
      const { machine: seen, kill } = machine.process()
      const { store } = await openLmdb(directory, { machine: seen, clock })
      t.teardown(() => store.close())
      return { store, kill }
    },
  }
}

function renewalOf(store: LmdbStore, { id }: Session): Instant | undefined {
  const lifetime = store.get(byId(id))?.lifetime
  return lifetime?.kind === 'timeout' ? lifetime.renewedAt : undefined
}

t.test('what one does the others see: sessions, ends, counts', async (t) => {
  const { open } = processes(t)
  const [{ store: one }, { store: other }] = [await open(), await open()]
  const stored = session()
  await one.insert(stored)
  t.strictSame(other.get(byId(stored.id)), stored)
  t.equal(other.countOf(stored.owner ?? new Uint8Array(0)), 1)
  t.ok(await other.end(stored.id, closed))
  t.equal(one.get(byId(stored.id)), undefined)
  t.match(one.tombstone(byId(stored.id)), { reason: 'closed' })
  t.equal(await one.end(stored.id, closed), undefined, 'somebody else was faster')
  t.strictSame([one.counts().tombstones, other.counts().tombstones], [1, 1])
})

t.test('what one acknowledged the others see at once, whatever they read just before', async (t) => {
  const { open } = processes(t)
  const [{ store: one }, { store: other }] = [await open(), await open()]
  for (let n = 0; n < 100; n += 1) {
    const stored = session()
    other.get(byId(stored.id))
    await one.insert(stored)
    t.ok(other.get(byId(stored.id)), 'inserted')
    await one.end(stored.id, closed)
    t.equal(other.get(byId(stored.id)), undefined, 'ended')
  }
})

t.test('no number is given twice', async (t) => {
  const { open } = processes(t)
  const stores = [(await open()).store, (await open()).store, (await open()).store]
  const seen = new Set<bigint>()
  for (let n = 0; n < 300; n += 1) {
    const range = await stores[n % 3]?.reserveNumbers(1 + (n % 2), 1)
    seen.add((range?.first ?? 0n) * 2n + BigInt(n % 2))
  }
  t.equal(seen.size, 300)
})

t.test('a renewal is seen by the others within its 100 ms, and by its own process at once', async (t) => {
  const { clock, open } = processes(t)
  const [{ store: one }, { store: other }] = [await open(), await open()]
  const stored = session({ lifetime: timeout(1_000n * MILLISECOND) })
  await one.insert(stored)
  one.renew(stored.id, NOW + 500n)
  t.match(one.get(byId(stored.id)), { lifetime: { renewedAt: NOW + 500n } })
  t.match(other.get(byId(stored.id)), { lifetime: { renewedAt: NOW } })
  clock.advance(100)
  t.ok(await eventually(() => renewalOf(other, stored) === NOW + 500n))
})

t.test('nobody ends a session that another has renewed in time, and has not written down yet', async (t) => {
  const { clock, open } = processes(t)
  const [{ store: one }, { store: other }] = [await open(), await open()]
  const stored = session({ lifetime: timeout(1_000n * MILLISECOND) })
  await one.insert(stored)
  clock.advance(990)
  one.renew(stored.id, clock.now())
  clock.advance(15)
  const over = at(0n, clock.now())
  t.match(await other.due(over, 10), { sessions: [] }, 'not due yet: the grace is not over')
  const end = other.end(stored.id, { ...expired, ifRenewedAt: NOW })
  await clock.advanceAsync(100)
  // The renewal has to be on disk before the grace is over: here the disk decides how long that takes.
  t.ok(await eventually(() => renewalOf(other, stored) === NOW + 990n * MILLISECOND))
  await clock.advanceAsync(200)
  t.equal(await end, undefined, 'it was renewed')
  t.ok(other.get(byId(stored.id)))
})

t.test('who ends a session that was renewed since it was read is told so at once', async (t) => {
  const { clock, open } = processes(t)
  const { store } = await open()
  await open()
  const stored = session({ lifetime: timeout(60_000n * MILLISECOND) })
  await store.insert(stored)
  clock.advance(59_999)
  store.renew(stored.id, clock.now())
  clock.advance(2)
  t.equal(await store.end(stored.id, { ...expired, ifRenewedAt: NOW }), undefined, 'the clock stands still')
})

t.test('a process that is alone does not wait', async (t) => {
  const { clock, open } = processes(t)
  const { store } = await open()
  const { kill } = await open()
  const stored = session({ lifetime: timeout(1_000n * MILLISECOND) })
  await store.insert(stored)
  kill()
  clock.advance(1_001)
  t.match(await store.due(at(0n, clock.now()), 10), { sessions: [{ id: stored.id }] })
  t.ok(await store.end(stored.id, { ...expired, ifRenewedAt: NOW }), 'at once: the clock stands still')
})

t.test('a lease has one holder among all, and goes on when its holder is gone', async (t) => {
  const { clock, open } = processes(t)
  const one = await open()
  const other = await open()
  const held = await one.store.lease('expiry', 3_000)
  t.ok(held)
  t.equal(await other.store.lease('expiry', 3_000), undefined)
  clock.advance(2_000)
  t.equal(await held?.extend(3_000), true)
  clock.advance(2_000)
  t.equal(await other.store.lease('expiry', 3_000), undefined, 'it was extended')
  clock.advance(1_001)
  const taken = await other.store.lease('expiry', 3_000)
  t.ok(taken, 'it ran out')
  t.equal(await held?.extend(3_000), false, 'its holder learns of it')
  await held?.release()
  t.equal(await one.store.lease('expiry', 3_000), undefined, 'and releases nothing')
  other.kill()
  const back: Lease | undefined = await one.store.lease('expiry', 3_000)
  t.ok(back, 'a holder that vanished holds nothing')
  clock.advance(60_000)
  t.equal(await back?.extend(3_000), true, 'alone, it keeps it without writing')
})

t.test('a holder whose `extend` failed may take the lease again, also when it is alone by then', async (t) => {
  const directory = tempFolder(t)
  const machine = new ManualMachine()
  const clock = new ManualClock({ now: NOW })
  const own = machine.process()
  let fails = false
  const isAlive: Machine['isAlive'] = (instance) => {
    if (fails) throw new Error('nobody can tell')
    return own.machine.isAlive(instance)
  }
  const { store } = await openLmdb(directory, { machine: { ...own.machine, isAlive }, clock })
  t.teardown(() => store.close())
  const other = machine.process()
  const { store: gone } = await openLmdb(directory, { machine: other.machine, clock })
  const held = await store.lease('expiry', 3_000)
  fails = true
  await t.rejects(async () => held?.extend(3_000), { code: 'store_unavailable' })
  fails = false
  await gone.close()
  clock.advance(3_001)
  t.ok(await store.lease('expiry', 3_000))
  t.equal(await store.lease('expiry', 3_000), undefined, 'now it has it')
})

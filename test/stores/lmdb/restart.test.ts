import { cpSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Session } from '../../../src/core/session.js'
import type { LmdbStore } from '../../../src/stores/lmdb/store.js'
import { FakeKeyPairs } from '../../support/fake-key-pairs.js'
import { openLmdb } from '../../support/lmdb.js'
import { ManualMachine } from '../../support/machines.js'
import { ManualClock } from '../../support/manual-clock.js'
import { at, byId, closed, epochs, expired, NOW, session, timeout } from '../../support/stored-sessions.js'
import { tempFolder } from '../../support/temp-folder.js'

const SECOND = 1_000_000_000n
const keys = new FakeKeyPairs()

/** A store that a test opens again and again, on a machine and with a clock of its own. */
class Restarted {
  readonly machine = new ManualMachine()
  readonly #t: Test
  readonly #root: string
  #round = 0
  #kill = (): void => {}

  constructor(t: Test) {
    this.#t = t
    this.#root = tempFolder(t)
  }

  get directory(): string {
    return join(this.#root, String(this.#round))
  }

  async open(now = NOW): Promise<LmdbStore> {
    const { machine, kill } = this.machine.process()
    this.#kill = kill
    const { store } = await openLmdb(this.directory, { machine, clock: new ManualClock({ now }) })
    this.#t.teardown(() => store.close())
    return store
  }

  /** The process is gone: what it had on disk is found by the next, and nothing else. */
  crash(): void {
    this.#kill()
    const before = this.directory
    this.#round += 1
    cpSync(before, this.directory, { recursive: true })
  }
}

async function listed(store: LmdbStore): Promise<string[]> {
  return store.list({}, 100).items.map(({ session, end }) => `${session.id} ${end?.reason ?? 'open'}`)
}

for (const how of ['closed', 'crashed'] as const) {
  const stop = async (store: LmdbStore, restarted: Restarted): Promise<void> =>
    how === 'closed' ? store.close() : restarted.crash()

  t.test(`${how}: every session is as it was, open or ended, by each of its names`, async (t) => {
    const restarted = new Restarted(t)
    const store = await restarted.open()
    const key = await keys.take(new Uint8Array(0))
    const sessions: Session[] = [
      session({ key, scope: { verb: 'PUT', objects: ['a'] } }),
      session({ partition: 3, number: 2n ** 64n - 1n, owner: undefined, lifetime: timeout(-1n) }),
      session({ lifetime: epochs(2n ** 64n - 1n, 'exclusive') }),
      session({
        owner: undefined,
        lifetime: timeout(5n, { expiry: 'lazy', edge: 'exclusive' }),
        partition: 1,
        number: 1n,
      }),
    ]
    for (const one of sessions) await store.insert(one)
    const ended = [session(), session({ lifetime: timeout(9n), partition: 1, number: 2n })]
    for (const one of ended) await store.insert(one)
    await store.end(ended[0]?.id ?? '', closed)
    await store.end(ended[1]?.id ?? '', expired)
    const before = await listed(store)
    await stop(store, restarted)

    const again = await restarted.open()
    for (const one of sessions) t.strictSame(again.get(byId(one.id)), one)
    t.strictSame(again.get({ by: 'account', account: key.account }), sessions[0])
    t.strictSame(again.get({ by: 'number', partition: 3, number: 2n ** 64n - 1n }), sessions[1])
    t.match(again.tombstone(byId(ended[0]?.id ?? '')), { reason: 'closed', endedBy: 'client' })
    t.match(again.tombstone({ by: 'number', partition: 1, number: 2n }), { reason: 'expired' })
    t.strictSame(await listed(again), before)
    t.strictSame([...again.counts().open], [['v2', 4]])
    t.equal(again.counts().tombstones, 2)
    t.equal(again.countOf(new Uint8Array(25).fill(0xaa)), 2)
    for (const { id } of ended) t.equal(await again.end(id, closed), undefined, 'what ended stays ended')
  })

  t.test(`${how}: numbers go on behind those that were given`, async (t) => {
    const restarted = new Restarted(t)
    let highest = 0n
    for (let round = 0; round < 4; round += 1) {
      const store = await restarted.open()
      for (let n = 0; n < 3; n += 1) {
        const { first } = await store.reserveNumbers(7, 1)
        t.ok(first > highest, `${first} after ${highest}`)
        if (how === 'closed') t.equal(first, highest + 1n, 'no gap after a clean end')
        highest = first
      }
      await stop(store, restarted)
    }
  })

  t.test(`${how}: a session with a timeout has a full one from the moment the store is opened again`, async (t) => {
    const restarted = new Restarted(t)
    const store = await restarted.open()
    const one = session({ lifetime: timeout(10n * SECOND) })
    const renewed = session({ lifetime: timeout(10n * SECOND) })
    const byEpoch = session({ lifetime: epochs(5n) })
    for (const each of [one, renewed, byEpoch]) await store.insert(each)
    store.renew(renewed.id, NOW + 4n * SECOND)
    await stop(store, restarted)

    const opened = NOW + 100n * SECOND
    const again = await restarted.open(opened)
    t.match(again.get(byId(one.id)), { lifetime: { renewedAt: opened } })
    t.match(again.get(byId(renewed.id)), { lifetime: { renewedAt: opened } })
    const due = async (instant: bigint): Promise<string[]> => {
      let page = await again.due(at(5n, instant), 10)
      while (page.more && page.sessions.length === 0) page = await again.due(at(5n, instant), 10)
      return page.sessions.map(({ id }) => id)
    }
    t.strictSame(await due(opened + 10n * SECOND), [], 'not before it is over')
    t.strictSame((await due(opened + 10n * SECOND + 1n)).sort(), [one.id, renewed.id].sort())
    t.match(await again.due(at(6n, opened), 10), { sessions: [{ id: byEpoch.id }] })
  })
}

t.test('a machine that booted again: instants of before mean nothing', async (t) => {
  const restarted = new Restarted(t)
  const store = await restarted.open(NOW + 1_000_000n * SECOND)
  const sessions = Array.from({ length: 300 }, (_, n) =>
    session({
      owner: undefined,
      lifetime: timeout(10n * SECOND, { renewedAt: NOW + (1_000_000n + BigInt(n)) * SECOND }),
    }),
  )
  const lazy = session({
    partition: 2,
    number: 1n,
    lifetime: timeout(SECOND, { expiry: 'lazy', renewedAt: NOW + 1_000_000n * SECOND }),
  })
  await Promise.all([...sessions, lazy].map((one) => store.insert(one)))
  restarted.machine.reboot()
  restarted.crash()

  const again = await restarted.open(SECOND)
  const over = async (instant: bigint, partition?: number): Promise<number> => {
    let found = 0
    for (;;) {
      const { sessions, more } = await again.due(at(0n, instant), 50, partition)
      for (const { id } of sessions) if ((await again.end(id, expired)) !== undefined) found += 1
      if (!more) return found
    }
  }
  t.equal(await over(11n * SECOND), 0, 'a full timeout from the boot on')
  t.equal(await over(11n * SECOND + 1n), 300)
  t.equal(await over(2n * SECOND + 1n, 2), 1, 'lazy ones, too')
})

t.test('a process that joins a living one gives nothing', async (t) => {
  const restarted = new Restarted(t)
  const first = await restarted.open()
  const one = session({ lifetime: timeout(10n * SECOND) })
  await first.insert(one)
  const second = await restarted.open(NOW + 5n * SECOND)
  t.match(second.get(byId(one.id)), { lifetime: { renewedAt: NOW } })
  first.renew(one.id, NOW + 3n * SECOND)
  await first.close()
  t.match(second.get(byId(one.id)), { lifetime: { renewedAt: NOW + 3n * SECOND } }, 'and sees what the other renewed')
})

import type { SessionRef } from '../../../src/core/session.js'
import { FakeKeyPairs } from '../../support/fake-key-pairs.js'
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
  uuid,
} from '../../support/stored-sessions.js'
import { dueOf } from './due-of.js'
import type { ComplianceTest } from './test.js'

const keys = new FakeKeyPairs()
/** No store looks at what a key is bound to. */
const NO_BINDING = new Uint8Array(0)

/** Sessions that end, and what is remembered of them. */
export function ends(test: ComplianceTest): void {
  test('an ended session leaves a tombstone without the private key', async (t, store) => {
    const key = await keys.take(NO_BINDING)
    const stored = session({ key, partition: 1, number: 5n })
    await store.insert(stored)
    t.strictSame(await store.end(stored.id, closed), stored)
    const tombstone = { session: { ...stored, key: { ...key, sealed: new Uint8Array(0) } }, ...closed }
    const refs: SessionRef[] = [
      byId(stored.id),
      { by: 'id', id: stored.id, owner: OWNER_A },
      { by: 'number', partition: 1, number: 5n },
      { by: 'account', account: key.account },
    ]
    for (const ref of refs) {
      t.equal(await store.get(ref), undefined, ref.by)
      t.strictSame(await store.tombstone(ref), tombstone, ref.by)
    }
    t.equal(await store.tombstone({ by: 'id', id: stored.id, owner: OWNER_B }), undefined)
  })

  test('a session ends once, and a late renewal does not revive it', async (t, store) => {
    const stored = session({ lifetime: timeout(1_000n) })
    await store.insert(stored)
    const ends = await Promise.all([
      store.end(stored.id, closed),
      store.end(stored.id, expired),
      store.end(stored.id, { ...closed, endedBy: 'admin' }),
    ])
    t.equal(ends.filter((end) => end !== undefined).length, 1)
    const before = await store.tombstone(byId(stored.id))
    store.renew(stored.id, NOW + 10_000n)
    t.equal(await store.end(stored.id, closed), undefined)
    t.equal(await store.get(byId(stored.id)), undefined)
    t.strictSame(await store.tombstone(byId(stored.id)), before)
    t.equal(await store.end(uuid(), closed), undefined)
  })

  test('an end that names a renewal gives way to a later one', async (t, store) => {
    const stored = session({ lifetime: timeout(1_000n) })
    await store.insert(stored)
    store.renew(stored.id, NOW + 900n)
    t.equal(await store.end(stored.id, { ...expired, ifRenewedAt: NOW }), undefined)
    t.ok(await store.get(byId(stored.id)))
    t.ok(await store.end(stored.id, { ...expired, ifRenewedAt: NOW + 900n }))
  })

  test('many that are due end at once, those that were renewed since do not', async (t, store) => {
    const stored = [
      session({ lifetime: timeout(-1n), key: await keys.take(NO_BINDING) }),
      session({ lifetime: timeout(-2n) }),
      session({ lifetime: timeout(-3n) }),
      ...Array.from({ length: 40 }, (_, n) =>
        session({ lifetime: epochs(1n), owner: n % 2 === 0 ? OWNER_A : OWNER_B }),
      ),
    ]
    for (const one of stored) await store.insert(one)
    const due = await dueOf(store, at(10n), 100)
    t.equal(due.length, 43)
    const [ended, renewed, closedBefore] = stored
    store.renew(renewed?.id ?? '', NOW + 900n)
    await store.end(closedBefore?.id ?? '', closed)
    const { sessions, faults } = await store.endAll(due, expired)
    t.same(faults, [])
    const left = new Set([renewed?.id, closedBefore?.id])
    t.strictSame(
      sessions,
      due.filter(({ id }) => !left.has(id)),
      'each as it was, in that order',
    )
    t.strictSame(await store.tombstone(byId(ended?.id ?? '')), {
      session: { ...ended, key: ended?.key && { ...ended.key, sealed: new Uint8Array(0) } },
      ...expired,
    })
    t.match(await store.tombstone(byId(closedBefore?.id ?? '')), closed)
    t.match(await store.get(byId(renewed?.id ?? '')), { lifetime: { renewedAt: NOW + 900n } })
    t.equal(await store.countOf(OWNER_B), 0)
    t.equal(await store.countOf(OWNER_A), 1)
    t.same(await dueOf(store, at(10n), 100), [])
    t.same(await store.endAll(due, expired), { sessions: [], faults: [] }, 'once')
    t.equal(store.counts().tombstones, 42)
  })

  test('many may be ended by whoever found them otherwise', async (t, store) => {
    const stored = [session({ lifetime: timeout(1_000n) }), session(), session({ lifetime: timeout(1_000n) })]
    for (const one of stored) await store.insert(one)
    store.renew(stored[2]?.id ?? '', NOW + 1n)
    const { sessions } = await store.endAll([...stored, session()], expired)
    t.strictSame(sessions, stored.slice(0, 2))
  })

  test(
    'tombstones are bounded: the oldest end goes first',
    async (t, store) => {
      const stored = Array.from({ length: 12 }, () => session())
      for (const one of stored) await store.insert(one)
      const order = [...stored].reverse()
      for (const { id } of order) await store.end(id, closed)
      // They may go some time after the end that was one too many.
      await store.forget(Number.MIN_SAFE_INTEGER)
      t.equal(store.counts().tombstones, 5)
      for (const [index, { id }] of order.entries()) {
        t.equal((await store.tombstone(byId(id))) !== undefined, index >= 7, `end ${index}`)
      }
      t.equal((await store.list({}, 100)).items.length, 5)
    },
    { tombstones: 5 },
  )

  test('forget: tombstones from before that time', async (t, store) => {
    const stored = Array.from({ length: 4 }, () => session())
    for (const one of stored) await store.insert(one)
    for (const [index, { id }] of stored.slice(0, 3).entries())
      await store.end(id, { ...closed, endedAt_ms: 1_000 * index })
    await store.forget(1_000)
    const kept = await Promise.all(stored.map(async ({ id }) => (await store.tombstone(byId(id))) !== undefined))
    t.same(kept, [false, true, true, false])
    t.ok(await store.get(byId(stored[3]?.id ?? '')), 'open sessions stay')
    await store.forget(Number.MAX_SAFE_INTEGER)
    t.equal(store.counts().tombstones, 0)
    t.equal((await store.list({}, 100)).items.length, 1)
  })
}

import type { SessionRef } from '../../../src/core/session.js'
import { FakeKeyPairs } from '../../support/fake-key-pairs.js'
import { byId, closed, expired, NOW, OWNER_A, OWNER_B, session, timeout, uuid } from '../../support/stored-sessions.js'
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

  test(
    'tombstones are bounded: the oldest end goes first',
    async (t, store) => {
      const stored = Array.from({ length: 12 }, () => session())
      for (const one of stored) await store.insert(one)
      const order = [...stored].reverse()
      for (const { id } of order) await store.end(id, closed)
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

import t from 'tap'
import { eventually } from '../../support/eventually.js'
import { lmdbStore } from '../../support/lmdb.js'
import { at, byId, closed, epochs, expired, session } from '../../support/stored-sessions.js'

t.test('what is beyond the limit goes behind the ends, the oldest first, and is counted', async (t) => {
  const hits: string[] = []
  const { store } = await lmdbStore(t, { tombstones: 5, onLimit: (limit) => void hits.push(limit) })
  const stored = Array.from({ length: 40 }, () => session())
  await Promise.all(stored.map((one) => store.insert(one)))
  await Promise.all(stored.map(({ id }) => store.end(id, closed)))
  t.ok(await eventually(() => store.counts().tombstones === 5))
  for (const [index, { id }] of stored.entries()) t.equal(store.tombstone(byId(id)) !== undefined, index >= 35)
  t.ok(await eventually(() => hits.length === 35))
  t.same(new Set(hits), new Set(['limits.tombstones']))
})

t.test('what is old is not counted as forgotten for the limit', async (t) => {
  const hits: string[] = []
  const { store } = await lmdbStore(t, { tombstones: 5, onLimit: (limit) => void hits.push(limit) })
  const stored = Array.from({ length: 5 }, () => session())
  for (const one of stored) await store.insert(one)
  for (const { id } of stored) await store.end(id, closed)
  await store.forget(Number.MAX_SAFE_INTEGER)
  t.equal(store.counts().tombstones, 0)
  t.same(hits, [])
})

t.test('a sweep without an end leaves no more to be forgotten than it may, and then nothing', async (t) => {
  const [limit, slice] = [20, 100]
  const { store } = await lmdbStore(t, { tombstones: limit })
  const stored = Array.from({ length: 3_000 }, () => session({ lifetime: epochs(1n) }))
  await Promise.all(stored.map((one) => store.insert(one)))
  let most = 0
  for (let due = await store.due(at(10n), slice); due.more; due = await store.due(at(10n), slice)) {
    t.equal((await store.endAll(due.sessions, expired)).sessions.length, slice)
    most = Math.max(most, store.counts().tombstones)
  }
  t.ok(most <= limit + 10 * limit + slice, `${most} at most`)
  t.ok(await eventually(() => store.counts().tombstones === limit))
})

t.test('clients that open and close as fast as they can leave few to be forgotten', async (t) => {
  const limit = 50
  const { store } = await lmdbStore(t, { tombstones: limit })
  let most = 0
  const client = async (): Promise<void> => {
    for (let n = 0; n < 100; n += 1) {
      const one = session()
      await store.insert(one)
      await store.end(one.id, closed)
      most = Math.max(most, store.counts().tombstones)
    }
  }
  await Promise.all(Array.from({ length: 40 }, client))
  t.ok(most <= limit + 400, `${most} at most, of 4,000`)
  t.ok(await eventually(() => store.counts().tombstones === limit))
})

t.test('a limit of none', async (t) => {
  const { store } = await lmdbStore(t, { tombstones: 0 })
  const one = session()
  await store.insert(one)
  t.strictSame(await store.end(one.id, closed), one)
  t.ok(await eventually(() => store.counts().tombstones === 0))
  t.equal(store.tombstone(byId(one.id)), undefined)
})

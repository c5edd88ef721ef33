import t from 'tap'
import { MemoryStore } from '../../src/stores/memory.js'
import { epochSession, makeCore } from '../support/core.js'
import { LaterStore } from '../support/later-store.js'
import { storeCompliance } from './compliance.js'

storeCompliance(t, 'memory', (options) => new MemoryStore(options))

// The suite itself has to await everything: so that it can hold engines that answer later.
storeCompliance(t, 'memory, later', (options) => new LaterStore(new MemoryStore(options)))

t.test('its url says what it is', async (t) => {
  t.equal(new MemoryStore().url, 'memory:')
  t.equal(new MemoryStore({ url: 'memory:test' }).url, 'memory:test')
})

t.test('numbers stay unique when more partitions are used than it remembers', async (t) => {
  const store = new MemoryStore({ partitions: 3 })
  const seen = new Map<number, bigint>()
  for (let round = 0; round < 5; round += 1) {
    for (let partition = 1; partition <= 10; partition += 1) {
      const { first, last } = store.reserveNumbers(partition, 2)
      t.ok(first > (seen.get(partition) ?? 0n))
      seen.set(partition, last)
    }
  }
})

t.test('what is forgotten for a limit is told', async (t) => {
  const hits: string[] = []
  const store = new MemoryStore({ tombstones: 1, partitions: 1, onLimit: (limit) => void hits.push(limit) })
  const { sessions, clock } = makeCore({ store })
  const openAndClose = async () => {
    const { id } = await sessions.create(epochSession())
    await sessions.close({ by: 'id', id }, { endedBy: 'client' })
  }
  await openAndClose()
  store.forget(clock.wallTime() + 1)
  await openAndClose()
  t.same(hits, [], 'what is old goes without')
  await openAndClose()
  t.same(hits, ['limits.tombstones'])
  store.reserveNumbers(1, 1)
  t.equal(hits.length, 1)
  store.reserveNumbers(2, 1)
  t.same(hits.slice(1), ['limits.partitions'])
})

t.test('a store through which many sessions went holds none of them', async (t) => {
  const { sessions, store } = makeCore({ limits: { tombstones: 10 } })
  for (let n = 0; n < 2_000; n += 1) {
    const { id } = await sessions.create(epochSession({ expiration: 2n ** 64n - 1n }))
    await sessions.close({ by: 'id', id }, { endedBy: 'client' })
  }
  t.same((await store.list({}, 100)).items.length, 10)
  t.equal((await store.due({ epoch: 2n ** 65n, instant: 0n }, 10)).sessions.length, 0)
  t.equal(store.counts().tombstones, 10)
})

t.test('a page of a filter that matches little is short and goes on', async (t) => {
  const { sessions, store } = makeCore({ limits: { sessionsPerOwner: 200_000 } })
  for (let n = 0; n < 60_000; n += 1) await sessions.create(epochSession({ withKey: false }))
  const last = await sessions.create(epochSession({ origin: { generation: 'v1', dialect: 'C', clientVersion: '' } }))
  const first = await store.list({ generation: 'v1' }, 10)
  t.same(first.items, [])
  t.ok(first.cursor)
  const second = await store.list({ generation: 'v1' }, 10, first.cursor)
  t.same(
    second.items.map(({ session }) => session.id),
    [last.id],
  )
  t.equal(second.cursor, undefined)
})

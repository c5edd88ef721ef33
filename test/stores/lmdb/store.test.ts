import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { outcomeOf } from '../../support/core.js'
import { lmdbStore } from '../../support/lmdb.js'
import { byId, session } from '../../support/stored-sessions.js'
import { storeCompliance } from '../compliance.js'

storeCompliance(
  t,
  'lmdb',
  async ({ tombstones }) => (await lmdbStore(t, tombstones === undefined ? {} : { tombstones })).store,
)

t.test('whoever reads while it closes is refused, and nothing fails later', async (t) => {
  const { store } = await lmdbStore(t)
  const stored = session()
  await store.insert(stored)
  t.ok(store.get(byId(stored.id)))
  let isClosed = false
  const closing = store.close().finally(() => {
    isClosed = true
  })
  while (!isClosed) {
    t.match(await outcomeOf(() => store.get(byId(stored.id))), /^ok$|^store_unavailable$/)
    await sleep(0)
  }
  await closing
  t.equal(await outcomeOf(() => store.get(byId(stored.id))), 'store_unavailable')
  // lmdb would throw from a timer of its own.
  await sleep(20)
})

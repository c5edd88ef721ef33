import t from 'tap'
import { openEnvironment } from '../../../src/stores/lmdb/environment.js'
import { sequenceKey } from '../../../src/stores/lmdb/keys.js'
import { openLmdb } from '../../support/lmdb.js'
import { at, byId, epochs, expired, NOW, session, timeout } from '../../support/stored-sessions.js'
import { tempFolder } from '../../support/temp-folder.js'

t.test('a session that is damaged keeps no other from ending', async (t) => {
  const directory = tempFolder(t)
  const { store } = await openLmdb(directory)
  t.teardown(() => store.close())
  const stored = Array.from({ length: 30 }, () => session({ lifetime: timeout(-1n) }))
  for (const one of stored) await store.insert(one)
  const { sessions } = await store.due(at(0n), 100)
  const { root, tables } = openEnvironment(directory)
  await tables.timers.put(sequenceKey(15), Buffer.from('no timer'))
  const ended = await store.endAll(sessions, expired)
  await root.close()
  t.equal(ended.sessions.length, 29)
  t.notOk(ended.sessions.some(({ id }) => id === stored[14]?.id))
  t.match(ended.faults, [{ code: 'store_unavailable' }])
  t.equal(ended.faults.length, 1)
  t.equal(store.counts().tombstones, 29)
})

t.test('a session that can not be read keeps no other from being found', async (t) => {
  for (const lifetime of [timeout(-1n), epochs(1n)]) {
    const directory = tempFolder(t)
    const { store } = await openLmdb(directory)
    t.teardown(() => store.close())
    const stored = Array.from({ length: 30 }, () => session({ lifetime }))
    for (const one of stored) await store.insert(one)
    const { root, tables } = openEnvironment(directory)
    for (const sequence of [1, 15]) await tables.sessions.put(sequenceKey(sequence), Buffer.from('no session'))
    await root.close()
    const { sessions, more, faults } = await store.due(at(9n), 28)
    t.strictSame(
      sessions.map(({ id }) => id),
      stored.filter((_, index) => index !== 0 && index !== 14).map(({ id }) => id),
    )
    t.match(faults, [{ name: 'DamageError' }, { name: 'DamageError' }])
    t.equal(more, true)
    t.equal((await store.endAll(sessions, expired)).sessions.length, 28)
    t.match(await store.due(at(9n), 28), { sessions: [], more: false })
  }
})

t.test('what was renewed and found again, or moved in the index, ends by what it is now', async (t) => {
  const { store } = await openLmdb(tempFolder(t))
  t.teardown(() => store.close())
  const stored = session({ lifetime: timeout(1_000n) })
  await store.insert(stored)
  const before = await store.due(at(0n, NOW + 1_001n), 10)
  store.renew(stored.id, NOW + 500n)
  t.same(await store.due(at(0n, NOW + 1_001n), 10), { sessions: [], more: true, faults: [] }, 'moved')
  t.same((await store.endAll(before.sessions, expired)).sessions, [])
  t.ok(store.get(byId(stored.id)))
  const after = await store.due(at(0n, NOW + 1_501n), 10)
  t.strictSame((await store.endAll(after.sessions, expired)).sessions, [
    { ...stored, lifetime: timeout(1_000n, { renewedAt: NOW + 500n }) },
  ])
})

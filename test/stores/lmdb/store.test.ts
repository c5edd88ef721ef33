import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { outcomeOf } from '../../support/core.js'
import { lmdbStore, openLmdb } from '../../support/lmdb.js'
import { ManualClock } from '../../support/manual-clock.js'
import { byId, closed, session } from '../../support/stored-sessions.js'
import { tempFolder } from '../../support/temp-folder.js'
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

t.test('a renewal that comes after the end is of no use to anybody, and is not tried again and again', async (t) => {
  const faults: unknown[] = []
  const clock = new ManualClock()
  const { store } = await lmdbStore(t, { clock, onFault: (fault) => void faults.push(fault) })
  const stored = session()
  await store.insert(stored)
  await store.close()
  store.renew(stored.id, clock.now())
  t.equal(clock.waiting, 0)
  await clock.advanceAsync(1_000)
  t.same(faults, [])
})

t.test('a store that closes does not wait until all that is old is forgotten', async (t) => {
  const directory = tempFolder(t)
  const { store } = await openLmdb(directory)
  const many = Array.from({ length: 2_000 }, () => session())
  await Promise.all(many.map((each) => store.insert(each)))
  await Promise.all(many.map(({ id }) => store.end(id, closed)))
  const forgetting = store.forget(Number.MAX_SAFE_INTEGER)
  await store.close()
  await forgetting
  const { store: next } = await openLmdb(directory)
  t.ok(next.counts().tombstones > 0)
  await next.forget(Number.MAX_SAFE_INTEGER)
  t.equal(next.counts().tombstones, 0, 'the next one goes on')
  await next.close()
})

t.test('a close under steady writes ends, and who comes later is refused without alarm', async (t) => {
  const alarms: unknown[] = []
  const onBroken = (fault: unknown): void => void alarms.push(fault)
  const { store } = await openLmdb(tempFolder(t), { onBroken, onFault: onBroken })
  let writing = true
  const writers = Array.from({ length: 20 }, async () => {
    let written = 0
    while (writing) {
      const failed = await store.insert(session()).then(
        () => false,
        () => true,
      )
      if (failed) return written
      written += 1
    }
    return written
  })
  await sleep(50)
  await store.close()
  await t.rejects(store.insert(session()), { code: 'store_unavailable' })
  writing = false
  t.ok((await Promise.all(writers)).every((written) => written > 0))
  t.strictSame(alarms, [])
})

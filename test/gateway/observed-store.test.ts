import t from 'tap'
import { SessionError } from '../../src/core/errors.js'
import type { Session } from '../../src/core/session.js'
import { ObservedStore } from '../../src/gateway/observed-store.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { makeCore, outcomeOf, timeoutSession } from '../support/core.js'
import { ManualClock } from '../support/manual-clock.js'

/** A store in memory that fails on demand. */
class FailingStore extends MemoryStore {
  fault: unknown

  override get(...args: Parameters<MemoryStore['get']>) {
    if (this.fault !== undefined) throw this.fault
    return super.get(...args)
  }
}

function observedStore<S extends MemoryStore>(inner: S) {
  const told: string[] = []
  const expired: Session[] = []
  const clock = new ManualClock()
  const store = new ObservedStore(inner, clock, {
    failed: () => void told.push('failed'),
    expired: (session) => void expired.push(session),
    health: (failing) => void told.push(failing ? 'fails' : 'works'),
  })
  return { inner, store, clock, told, expired }
}

t.test('faults are counted, their first and the recovery are told', async (t) => {
  const { inner, store, clock, told } = observedStore(new FailingStore())
  const ref = { by: 'id', id: 'x' } as const
  await store.get(ref)
  t.strictSame(told, [])
  inner.fault = new SessionError('store_unavailable', 'the disk is full')
  t.equal(await outcomeOf(() => store.get(ref)), 'store_unavailable')
  t.equal(store.failing, true)
  inner.fault = new TypeError('broken')
  t.throws(() => store.get(ref), TypeError)
  t.strictSame(told, ['failed', 'fails', 'failed'])
  inner.fault = undefined
  await store.get(ref)
  t.equal(store.failing, true, 'one success says little')
  clock.advance(5_000)
  t.equal(store.failing, true, 'time alone says nothing')
  await store.get(ref)
  t.strictSame(told, ['failed', 'fails', 'failed', 'works'])
  t.equal(store.failing, false)
})

t.test('what keeps one of many from ending is a fault of the store', async (t) => {
  const fault = new SessionError('store_unavailable', 'one is damaged')
  class DamagedStore extends MemoryStore {
    override endAll(...[sessions, how]: Parameters<MemoryStore['endAll']>) {
      return { ...super.endAll(sessions.slice(1), how), faults: [fault] }
    }
  }
  const { store, told, expired } = observedStore(new DamagedStore())
  const { sessions, clock } = makeCore({ store })
  const all = [await sessions.create(timeoutSession()), await sessions.create(timeoutSession())]
  const end = { reason: 'expired', endedBy: 'expiry', endedAt_ms: clock.wallTime() } as const
  t.match(await store.endAll(all, end), { sessions: [{ id: all[1]?.id }], faults: [fault] })
  t.strictSame(told, ['failed', 'fails'])
  t.strictSame(
    expired.map(({ id }) => id),
    [all[1]?.id],
  )
})

t.test('a mistake of the caller is no fault of the store', async (t) => {
  const { store, told } = observedStore(new FailingStore())
  t.equal(await outcomeOf(() => store.list({}, 10, '!')), 'invalid')
  t.strictSame(told, [])
})

t.test('sessions that expire are told, whoever finds them', async (t) => {
  const { store, expired } = observedStore(new FailingStore())
  const { sessions, clock, engine } = makeCore({ store })
  const read = await sessions.create(timeoutSession())
  const swept = await sessions.create(timeoutSession())
  const closed = await sessions.create(timeoutSession())
  await sessions.close({ by: 'id', id: closed.id }, { endedBy: 'client' })
  clock.advance(2_000)
  await sessions.find({ by: 'id', id: read.id })
  t.strictSame(
    expired.map(({ id }) => id),
    [read.id],
  )
  engine.start()
  clock.advance(1_000)
  t.strictSame(
    expired.map(({ id }) => id),
    [read.id, swept.id],
  )
  await engine.stop()
})

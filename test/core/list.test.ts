import t from 'tap'
import { SessionError } from '../../src/core/errors.js'
import type { SessionFilter } from '../../src/core/store.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { epochSession, makeCore, timeoutSession } from '../support/core.js'

/** Lists what it had when `freeze` was called, as a process does that has not seen yet what another one wrote. */
class LateStore extends MemoryStore {
  #frozen: ReturnType<MemoryStore['list']> | undefined
  fails = false

  freeze(): void {
    this.#frozen = super.list({}, 100)
  }

  override list(...args: Parameters<MemoryStore['list']>): ReturnType<MemoryStore['list']> {
    return this.#frozen ?? super.list(...args)
  }

  override due(...args: Parameters<MemoryStore['due']>): ReturnType<MemoryStore['due']> {
    return this.#frozen === undefined ? super.due(...args) : { sessions: [], more: false }
  }

  override end(...args: Parameters<MemoryStore['end']>): ReturnType<MemoryStore['end']> {
    if (this.fails) throw new SessionError('store_unavailable', 'the store fails')
    return super.end(...args)
  }
}

async function late() {
  const store = new LateStore({ tombstones: 100 })
  const core = makeCore({ store })
  await core.sessions.create(timeoutSession({ timeout_ms: 1_000 }))
  store.freeze()
  const seen = async (filter: SessionFilter = {}) =>
    (await core.sessions.list(filter, 10)).items.map(({ end }) =>
      end === undefined ? 'open' : `${end.reason} by ${end.endedBy}`,
    )
  return { ...core, store, seen }
}

t.test('what was renewed where this process has not seen it yet is listed as open', async (t) => {
  const { sessions, clock, seen } = await late()
  clock.advance(900)
  await sessions.keepAlive({ by: 'number', partition: 1, number: 1n }, {})
  clock.advance(900)
  t.same(await seen(), ['open'])
  t.same(await seen({ state: 'open' }), ['open'])
  t.same(await seen({ state: 'expired' }), [])
})

t.test('what was over, or was closed meanwhile, is listed as what it is', async (t) => {
  const expired = await late()
  expired.clock.advance(1_100)
  t.same(await expired.seen(), ['expired by expiry'])
  t.same(await expired.seen({ state: 'open' }), [])
  const closed = await late()
  await closed.sessions.close({ by: 'number', partition: 1, number: 1n }, { endedBy: 'client' })
  closed.clock.advance(1_100)
  t.same(await closed.seen(), ['closed by client'])
  t.same(await closed.seen({ state: 'expired' }), [])
})

t.test('what the store can not end is listed as expired all the same', async (t) => {
  const { sessions, clock, seen, store } = await late()
  await sessions.create(epochSession())
  store.fails = true
  clock.advance(1_100)
  t.same(await seen(), ['expired by expiry'])
})

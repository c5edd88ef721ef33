import t from 'tap'
import { SessionError } from '../../src/core/errors.js'
import type { Session, SessionRef } from '../../src/core/session.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { epochSession, makeCore, outcomeOf, timeoutSession } from '../support/core.js'
import { LaterStore } from '../support/later-store.js'
import { settled } from '../support/manual-clock.js'
import { SeededRandom } from '../support/seeded-random.js'

const by = { generation: 'atomix' }
const byId = ({ id }: Session): SessionRef => ({ by: 'id', id })

t.test('never early, and within a tick', async (t) => {
  for (const store of [new MemoryStore(), new LaterStore(new MemoryStore())]) {
    const { sessions, clock, engine, limits, reports } = makeCore({ store })
    const random = new SeededRandom(3)
    engine.start()
    for (let n = 0; n < 200; n += 1) {
      await sessions.create(timeoutSession({ timeout_ms: 1 + random.below(5_000) }))
      await clock.advanceAsync(random.below(30))
    }
    let earliest = Number.POSITIVE_INFINITY
    for (let waited = 0; waited <= 6_000; waited += 50) {
      await clock.advanceAsync(50)
      for (const { session, lag_ms } of reports.ended.splice(0)) {
        if (session.lifetime.kind !== 'timeout') continue
        const { renewedAt, timeout_ns } = session.lifetime
        earliest = Math.min(earliest, Number(clock.now() - renewedAt - timeout_ns))
        t.ok(lag_ms >= 0 && lag_ms <= limits.expiryTick_ms, `lag ${lag_ms}`)
      }
    }
    t.ok(earliest > 0)
    t.equal(sessions.counts().open.get('atomix'), 0)
    t.same(reports.faults, [])
    await engine.stop()
  }
})

t.test('a session kept alive through ten timeouts ends within a second after the last', async (t) => {
  const { sessions, clock, engine, store, reports } = makeCore()
  engine.start()
  const session = await sessions.create(timeoutSession({ timeout_ms: 1_000 }))
  for (let n = 0; n < 20; n += 1) {
    clock.advance(500)
    t.equal(await outcomeOf(() => sessions.keepAlive(byId(session), by)), 'ok')
  }
  clock.advance(1_000)
  t.ok(await store.get(byId(session)), 'alive at exactly the timeout')
  t.same(reports.ended, [])
  clock.advance(100)
  t.equal(await store.get(byId(session)), undefined, 'reclaimed, though nobody asked')
  t.match(await store.tombstone(byId(session)), { reason: 'expired', endedBy: 'expiry' })
  await engine.stop()
})

t.test('a change of the epoch is acted upon at once', async (t) => {
  const { sessions, epochs, engine, reports, clock } = makeCore()
  engine.start()
  const inclusive = await sessions.create(epochSession({ expiration: 20n }))
  const exclusive = await sessions.create(epochSession({ expiration: 20n, edge: 'exclusive' }))
  clock.advance(60_000)
  t.same(reports.ended, [])
  epochs.set(20n)
  t.same(
    reports.ended.map(({ session }) => session.id),
    [exclusive.id],
  )
  clock.advance(60_000)
  epochs.set(21n)
  t.same(
    reports.ended.map(({ session, lag_ms }) => [session.id, lag_ms]),
    [
      [exclusive.id, 0],
      [inclusive.id, 0],
    ],
  )
  await engine.stop()
})

t.test('100,000 sessions that end together end in slices, and others live on meanwhile', async (t) => {
  const { sessions, epochs, clock, engine, limits, reports, store } = makeCore()
  engine.start()
  const first = await sessions.create(epochSession({ withKey: false }))
  // Straight into the store: making 100,000 is not what is tested.
  for (let n = 1; n < 100_000; n += 1) await store.insert({ ...first, id: `session ${n}` })
  const kept = await sessions.create(timeoutSession({ timeout_ms: 60_000 }))
  const short = await sessions.create(timeoutSession({ timeout_ms: 50 }))
  epochs.set(21n)
  t.equal(reports.ended.length, limits.expiryBatch, 'one slice in the call that changed the epoch')
  const left = (await store.list({ state: 'open' }, 1)).items[0]?.session
  t.equal(left?.origin.generation, 'v2')
  t.equal(left && (await sessions.find(byId(left))), undefined, 'expired for readers before it is reclaimed')
  let slices = 1
  for (let before = reports.ended.length; clock.runNext(); before = reports.ended.length) {
    slices += 1
    t.ok(reports.ended.length - before <= limits.expiryBatch)
    if (slices === 50) t.equal(await outcomeOf(() => sessions.keepAlive(byId(kept), by)), 'ok')
    if (slices === 100) clock.stall(60)
    if (slices > 1_000) break
  }
  t.ok(slices >= 200 && slices <= 202, `${slices} slices`)
  t.same(
    sessions.counts().open,
    new Map([
      ['v2', 0],
      ['atomix', 1],
    ]),
  )
  t.ok(await sessions.find(byId(kept)))
  t.equal(await sessions.find(byId(short)), undefined)
  t.equal(sessions.counts().tombstones, limits.tombstones)
  await engine.stop()
})

t.test('a stall is given back: whoever was alive before it can still renew', async (t) => {
  const { sessions, clock, engine, reports } = makeCore({ limits: { expiryTick_ms: 100 } })
  engine.start()
  const short = await sessions.create(timeoutSession({ timeout_ms: 1_000 }))
  const long = await sessions.create(timeoutSession({ timeout_ms: 30_000 }))
  const lost = await sessions.create(timeoutSession({ timeout_ms: 1_000 }))
  clock.advance(500)
  clock.stall(40_000)
  // Before the late tick has run.
  t.ok(await sessions.find(byId(short)))
  t.equal(await outcomeOf(() => sessions.keepAlive(byId(long), by)), 'ok')
  clock.advance(0)
  t.same(reports.stalls_ms, [39_900])
  t.equal(reports.ended.length, 0)
  clock.advance(900)
  t.equal(await outcomeOf(() => sessions.keepAlive(byId(short), by)), 'ok')
  clock.advance(100)
  t.ok(await sessions.find(byId(lost)), 'a full timeout of its own, to its edge')
  clock.advance(100)
  t.same(
    reports.ended.map(({ session }) => session.id),
    [lost.id],
    'and no longer',
  )
  await engine.stop()
})

t.test('a stall shorter than the timeout is given back as what it was', async (t) => {
  const { sessions, clock, engine } = makeCore()
  engine.start()
  const session = await sessions.create(timeoutSession({ timeout_ms: 10_000 }))
  clock.advance(9_900)
  clock.stall(2_100)
  clock.advance(0)
  clock.advance(1_900)
  t.ok(await sessions.find(byId(session)))
  clock.advance(200)
  t.equal(await sessions.find(byId(session)), undefined)
  await engine.stop()
})

t.test('what was over before a stall, and what lives by epochs, gets nothing back', async (t) => {
  const core = makeCore({
    store: new LaterStore(new MemoryStore(), async (operation, run) => {
      if (operation === 'due') throw new SessionError('store_unavailable', 'the engine gets nothing to do')
      return run()
    }),
  })
  const { sessions, clock, epochs, engine } = core
  engine.start()
  const over = await sessions.create(timeoutSession({ timeout_ms: 100 }))
  const byEpochs = await sessions.create(epochSession({ expiration: 11n }))
  await clock.advanceAsync(1_000)
  clock.stall(60_000)
  epochs.set(12n)
  t.equal(await sessions.find(byId(over)), undefined)
  t.equal(await sessions.find(byId(byEpochs)), undefined)
  await engine.stop()
})

t.test('one stall after the other: nobody is forgotten, nobody comes back', async (t) => {
  const { sessions, clock, engine, reports } = makeCore({ limits: { expiryBatch: 1 } })
  engine.start()
  const all: Session[] = []
  for (let n = 0; n < 20; n += 1) all.push(await sessions.create(timeoutSession({ timeout_ms: 1_000 })))
  const alive = async () =>
    (await Promise.all(all.map((s) => sessions.find(byId(s))))).filter((s) => s !== undefined).length
  clock.advance(100)
  for (let n = 0; n < 12; n += 1) {
    clock.stall(1_500)
    clock.runNext()
    t.equal(await alive(), 20, `stall ${n}`)
  }
  t.same(reports.ended, [])
  clock.advance(1_200)
  t.equal(await alive(), 0)
  clock.stall(30_000)
  t.equal(await alive(), 0)
  await engine.stop()
})

t.test('a pause that is no stall, and an engine that does not run, give nothing', async (t) => {
  const { sessions, clock, engine, reports } = makeCore({ limits: { expiryTick_ms: 100 } })
  engine.start()
  const session = await sessions.create(timeoutSession({ timeout_ms: 250 }))
  clock.stall(300)
  t.equal(await sessions.find(byId(session)), undefined)
  clock.advance(0)
  t.same(reports.stalls_ms, [])
  await engine.stop()
  const other = await sessions.create(timeoutSession({ timeout_ms: 250 }))
  clock.stall(60_000)
  t.equal(await sessions.find(byId(other)), undefined)
})

t.test(
  'a stall while the last slice waits for the store is given back, though the engine is being stopped',
  async (t) => {
    const [held, holding] = [new Map<string, () => void>(), new Set(['due'])]
    const store = new LaterStore(new MemoryStore(), async (operation, run) => {
      if (holding.has(operation)) await new Promise<void>((resolve) => held.set(operation, resolve))
      return run()
    })
    const { sessions, clock, engine, reports } = makeCore({ store })
    await sessions.create(timeoutSession())
    engine.start()
    await settled()
    const stopped = engine.stop()
    clock.stall(60_000)
    held.get('due')?.()
    await stopped
    t.same(reports.ended, [])
    t.same(reports.faults, [])
  },
)

t.test('only the holder of the lease sweeps, and the next one takes over', async (t) => {
  const store = new MemoryStore()
  const first = makeCore({ store })
  const second = makeCore({ store, clock: first.clock, epochs: first.epochs, random: new SeededRandom(2) })
  first.engine.start()
  second.engine.start()
  await first.sessions.create(timeoutSession({ timeout_ms: 10 }))
  first.clock.advance(10_000)
  t.same([first.reports.ended.length, second.reports.ended.length], [1, 0])
  await first.engine.stop()
  await first.sessions.create(timeoutSession({ timeout_ms: 10 }))
  first.clock.advance(3_000)
  t.same([first.reports.ended.length, second.reports.ended.length], [1, 1])
  await second.engine.stop()
})

t.test('a store that fails is reported and tried again; the faulty session does not stop the others', async (t) => {
  const broken = new Set<string>()
  const core = makeCore({
    store: new LaterStore(new MemoryStore(), async (operation, run) => {
      if (broken.has(operation)) throw new SessionError('store_unavailable', operation)
      return run()
    }),
  })
  const { sessions, clock, engine, reports } = core
  broken.add('lease')
  engine.start()
  await sessions.create(timeoutSession({ timeout_ms: 10 }))
  for (const operation of ['lease', 'due', 'endAll', 'forget']) {
    broken.clear()
    broken.add(operation)
    reports.faults.length = 0
    await clock.advanceAsync(12_000)
    t.ok(reports.faults.length > 0, operation)
    t.match(reports.faults[0], { code: 'store_unavailable', message: operation })
  }
  broken.clear()
  await clock.advanceAsync(12_000)
  t.equal(reports.ended.length, 1)
  await engine.stop()
})

t.test('a store that can end nothing is not asked without pause', async (t) => {
  let asked = 0
  const core = makeCore({
    limits: { expiryBatch: 2, expiryTick_ms: 100 },
    store: new LaterStore(new MemoryStore(), async (operation, run) => {
      if (operation === 'due') asked += 1
      if (operation === 'endAll') throw new SessionError('store_unavailable', 'no')
      return run()
    }),
  })
  for (let n = 0; n < 10; n += 1) await core.sessions.create(timeoutSession({ timeout_ms: 10 }))
  core.engine.start()
  await core.clock.advanceAsync(1_000)
  t.ok(asked <= 11, `${asked} times in 10 ticks`)
  await core.engine.stop()
})

t.test('old tombstones are forgotten', async (t) => {
  const { sessions, clock, engine } = makeCore({ limits: { history_ms: 60_000 } })
  engine.start()
  const session = await sessions.create(timeoutSession())
  await sessions.close(byId(session), { endedBy: 'client' })
  clock.advance(59_000)
  t.ok(await sessions.ended(byId(session)))
  clock.advance(12_000)
  t.equal(await sessions.ended(byId(session)), undefined)
  t.equal(await outcomeOf(() => sessions.keepAlive(byId(session), by)), 'not_found')
  await engine.stop()
})

t.test('who ends does not wait until all that is old is forgotten', async (t) => {
  let goOn = (): void => {}
  const forgotten = new Promise<void>((resolve) => {
    goOn = resolve
  })
  let asked = 0
  const store = new LaterStore(new MemoryStore(), async (operation, run) => {
    if (operation === 'forget') {
      asked += 1
      await forgotten
    }
    return run()
  })
  const { sessions, clock, engine, reports } = makeCore({ store })
  engine.start()
  await sessions.create(timeoutSession({ timeout_ms: 15_000 }))
  await clock.advanceAsync(30_000)
  t.equal(reports.ended.length, 1)
  t.equal(asked, 1, 'once at a time')
  await engine.stop()
  goOn()
})

t.test('stopped means stopped: no timer, no listener, no lease; it can start again', async (t) => {
  for (const store of [new MemoryStore(), new LaterStore(new MemoryStore())]) {
    const { sessions, clock, epochs, engine, reports } = makeCore({ store, limits: { expiryBatch: 1 } })
    engine.start()
    engine.start()
    await settled()
    for (let n = 0; n < 5; n += 1) await sessions.create(epochSession({ expiration: 11n }))
    epochs.set(12n)
    await engine.stop()
    await engine.stop()
    const ended = reports.ended.length
    t.ok(ended <= 2)
    t.equal(clock.waiting, 0)
    t.equal(epochs.listeners, 0)
    epochs.set(13n)
    await clock.advanceAsync(10_000)
    t.equal(reports.ended.length, ended)
    const lease = await store.lease('expiry', 1_000)
    t.ok(lease)
    await lease?.release()
    engine.start()
    await clock.advanceAsync(200)
    t.equal(reports.ended.length, 5)
    await engine.stop()
  }
})

import fc from 'fast-check'
import t from 'tap'
import { UINT64_MAX } from '../../src/core/integers.js'
import { type Edge, endOf } from '../../src/core/lifetime.js'
import type { Session, SessionRef } from '../../src/core/session.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { epochSession, makeCore, recordEvents } from '../support/core.js'
import { LaterStore } from '../support/later-store.js'
import { settled } from '../support/manual-clock.js'
import { SeededRandom } from '../support/seeded-random.js'

/** Epochs that jump, stand still and go back, and what becomes of the sessions. */

const byId = ({ id }: Session): SessionRef => ({ by: 'id', id })

const STORES = [
  ['a store that answers at once', () => new MemoryStore()],
  ['a store that answers later', () => new LaterStore(new MemoryStore())],
] as const

for (const [name, makeStore] of STORES) {
  t.test(`a jump over many deadlines: all that are over end, and no other: ${name}`, async (t) => {
    const { sessions, epochs, clock, engine, reports, events } = makeCore({
      store: makeStore(),
      limits: { expiryBatch: 50 },
    })
    const seen = recordEvents(events)
    engine.start()
    epochs.set(0n)
    const random = new SeededRandom(11)
    const all: Session[] = []
    for (let n = 0; n < 1_000; n += 1) {
      const edge: Edge = random.below(2) === 0 ? 'inclusive' : 'exclusive'
      const expiration = BigInt(1 + random.below(4_000_000))
      // Of nobody, so that no limit per owner comes into it.
      all.push(await sessions.create(epochSession({ expiration, edge, owner: undefined })))
    }
    for (const epoch of [1n, 1n, 1_000n, 2_000_000n, 1_999_999n, 3n, 2_000_001n, 5_000_000n]) {
      const endedBefore = reports.ended.length
      epochs.set(epoch)
      await clock.advanceAsync(1_000)
      const ended = reports.ended.slice(endedBefore).map(({ session }) => session)
      t.same(
        ended.filter(({ lifetime }) => endOf(lifetime) > epoch),
        [],
        `none early at ${epoch}`,
      )
      const gone = new Set(reports.ended.map(({ session }) => session.id))
      const left = all.filter(({ id }) => !gone.has(id))
      t.same(
        left.filter(({ lifetime }) => endOf(lifetime) <= epoch),
        [],
        `none left over at ${epoch}`,
      )
      t.equal(sessions.counts().open.get('v2'), left.length)
    }
    t.equal(reports.ended.length, all.length, 'each once')
    await settled()
    t.equal(seen.filter(({ kind }) => kind === 'expired').length, all.length, 'and told once')
    t.same(reports.faults, [])
    await engine.stop()
  })

  t.test(`what has ended stays ended, what has not is judged by the epoch of now: ${name}`, async () => {
    const epoch = fc.oneof(fc.bigInt(0n, 12n), fc.constantFrom(UINT64_MAX - 1n, UINT64_MAX))
    const lifetime = fc.record({ expiration: epoch, edge: fc.constantFrom<Edge>('inclusive', 'exclusive') })
    const step = fc.oneof(
      fc.record({ do: fc.constant('set' as const), epoch }),
      fc.record({ do: fc.constant('read' as const), index: fc.nat(7) }),
      fc.record({ do: fc.constant('sweep' as const) }),
    )
    const history = fc.record({
      lifetimes: fc.array(lifetime, { minLength: 1, maxLength: 8 }),
      steps: fc.array(step, { maxLength: 30 }),
    })
    await fc.assert(
      fc.asyncProperty(history, async ({ lifetimes, steps }) => {
        const { sessions, epochs } = makeCore({ store: makeStore() })
        epochs.set(0n)
        const all: Session[] = []
        for (const wish of lifetimes) all.push(await sessions.create(epochSession(wish)))
        const ended = new Set<Session>()
        const isOver = (session: Session) => epochs.current() >= endOf(session.lifetime)
        for (const step of steps) {
          if (step.do === 'set') {
            epochs.set(step.epoch)
          } else if (step.do === 'sweep') {
            await sessions.reaper.slice({ now: sessions.reaper.now(), limit: 100 })
            for (const session of all.filter(isOver)) ended.add(session)
          } else {
            const session = all[step.index % all.length]
            if (session === undefined) continue
            if (isOver(session)) ended.add(session)
            const found = (await sessions.find(byId(session))) !== undefined
            if (found === ended.has(session)) return false
          }
        }
        for (const session of all) {
          const tombstone = await sessions.ended(byId(session))
          const wanted = ended.has(session) || isOver(session)
          if ((tombstone !== undefined) !== wanted) return false
        }
        return true
      }),
      { numRuns: 200, seed: 5 },
    )
  })
}

t.test('an epoch that goes back while a sweep is under way saves those that it has not come to', async (t) => {
  const { sessions, epochs, clock, engine, reports, limits } = makeCore({ limits: { expiryBatch: 10 } })
  engine.start()
  const all: Session[] = []
  for (let n = 0; n < 25; n += 1) all.push(await sessions.create(epochSession({ expiration: 20n })))
  epochs.set(21n)
  t.equal(reports.ended.length, limits.expiryBatch, 'one slice in the call that changed the epoch')
  epochs.set(20n)
  clock.advance(1_000)
  t.equal(reports.ended.length, limits.expiryBatch)
  const alive = all.filter((session) => sessions.find(byId(session)) !== undefined)
  t.equal(alive.length, 15)
  epochs.set(21n)
  clock.advance(1_000)
  t.equal(reports.ended.length, 25)
  await engine.stop()
})

t.test('and so it does while the store looks for what is due', async (t) => {
  let answer = () => {}
  const store = new LaterStore(new MemoryStore(), async (operation, run) => {
    const result = await run()
    if (operation === 'due') {
      await new Promise<void>((resolve) => {
        answer = resolve
      })
    }
    return result
  })
  const { sessions, epochs } = makeCore({ store })
  const session = await sessions.create(epochSession({ expiration: 20n }))
  epochs.set(21n)
  const slice = sessions.reaper.slice({ now: sessions.reaper.now(), limit: 10 })
  await settled()
  epochs.set(20n)
  answer()
  t.same(await slice, { more: false, faults: [] })
  t.ok(await sessions.find(byId(session)))
})

t.test(
  'an epoch that moves before anybody is told is acted upon with the next tick, and the lag counts from there',
  async (t) => {
    const { sessions, epochs, clock, engine, reports } = makeCore()
    engine.start()
    await sessions.create(epochSession({ expiration: 20n }))
    clock.advance(3_600_000)
    epochs.slip(21n)
    clock.advance(100)
    t.match(reports.ended, [{ lag_ms: 0 }])
    epochs.slip(5n)
    await sessions.create(epochSession({ expiration: 20n }))
    clock.advance(3_600_000)
    t.equal(reports.ended.length, 1)
    await engine.stop()
  },
)

t.test('the last epoch that there is', async (t) => {
  const { sessions, epochs, engine } = makeCore()
  engine.start()
  const forEver = await sessions.create(epochSession({ expiration: UINT64_MAX }))
  const toTheEnd = await sessions.create(epochSession({ expiration: UINT64_MAX, edge: 'exclusive' }))
  const short = await sessions.create(epochSession({ expiration: 11n }))
  const alive = () => [forEver, toTheEnd, short].map((session) => sessions.find(byId(session)) !== undefined)
  epochs.set(UINT64_MAX - 1n)
  t.same(alive(), [true, true, false])
  epochs.set(UINT64_MAX)
  t.same(alive(), [true, false, false], 'inclusive lifetimes of 2^64-1 never end')
  epochs.set(0n)
  t.same(alive(), [true, false, false], 'and nobody comes back')
  const born = await sessions.create(epochSession({ expiration: 11n }))
  t.ok(await sessions.find(byId(born)), 'what is opened now is judged by the epoch of now')
  await engine.stop()
})

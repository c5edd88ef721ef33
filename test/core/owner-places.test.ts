import fc from 'fast-check'
import t from 'tap'
import { SessionError } from '../../src/core/errors.js'
import type { OnOwnerLimit } from '../../src/core/limits.js'
import type { Session } from '../../src/core/session.js'
import type { Sessions } from '../../src/core/sessions.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { epochSession, makeCore, OWNER, outcomeOf } from '../support/core.js'
import { FakeKeyPairs } from '../support/fake-key-pairs.js'
import { LaterStore } from '../support/later-store.js'

// Many open sessions of one owner at the same time, on a store that answers later, in any order: before and after what it was
// asked has happened.

const LIMIT = 3

/** A store in which nobody ever has more than the limit. */
class StrictStore extends MemoryStore {
  readonly passed: number[] = []
  /** In the order in which they were inserted. */
  readonly inserted: string[] = []

  override insert(session: Session): void {
    super.insert(session)
    this.inserted.push(session.id)
    const count = this.countOf(OWNER)
    if (count > LIMIT) this.passed.push(count)
  }
}

type Step = 'create' | 'handshake' | 'close'

interface Run {
  readonly store: StrictStore
  readonly outcomes: readonly string[]
  readonly evicted: readonly string[]
  readonly sessions: Sessions
}

/** Starts all steps together and lets the scheduler decide what overtakes what. */
async function run(
  scheduler: fc.Scheduler,
  steps: readonly Step[],
  options: { onOwnerLimit: OnOwnerLimit; before: number; failing?: () => boolean },
): Promise<Run> {
  const { onOwnerLimit, before, failing = () => false } = options
  const store = new StrictStore()
  let open = true
  const later = new LaterStore(store, async (operation, work) => {
    if (open) await scheduler.schedule(Promise.resolve(), operation)
    if (open && failing()) throw new SessionError('store_unavailable', 'not now')
    const result = await work()
    if (open) await scheduler.schedule(Promise.resolve(), `answer of ${operation}`)
    return result
  })
  const limits = { onOwnerLimit, sessionsPerOwner: LIMIT }
  const { sessions } = makeCore({ store: later, keyPairs: new FakeKeyPairs({ later: true }), limits })
  open = false
  for (let n = 0; n < before; n += 1) await sessions.create(epochSession())
  open = true
  const victims = [...store.inserted]
  const act = (step: Step): Promise<unknown> => {
    if (step === 'create') return sessions.create(epochSession())
    if (step === 'handshake')
      return Promise.resolve(sessions.prepare(epochSession())).then((one) => sessions.confirm(one))
    return Promise.resolve(sessions.close({ by: 'id', id: victims.shift() ?? '' }, { endedBy: 'client' }))
  }
  const running = steps.map((step) => outcomeOf(() => act(step)))
  await scheduler.waitIdle()
  const outcomes = await Promise.all(running)
  open = false
  const { items } = store.list({ state: 'closed' }, 1_000)
  const evicted = items.filter(({ end }) => end?.endedBy === 'limit').map(({ session }) => session.id)
  return { store, outcomes, evicted, sessions }
}

function check(holds: boolean, text: string): void {
  if (!holds) throw new Error(text)
}

const opens = fc.array(fc.constantFrom<Step>('create', 'handshake'), { minLength: 1, maxLength: 10 })
const before = fc.nat(LIMIT)

t.test('refused: as many pass as there is room for', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), opens, before, async (scheduler, steps, before) => {
      // A handshake whose first half saw the owner at the limit is refused then; all others take what room there is.
      const { store, outcomes } = await run(scheduler, steps, { onOwnerLimit: 'refuse', before })
      const passed = outcomes.filter((outcome) => outcome === 'ok').length
      check(store.passed.length === 0, `${store.passed} open at once`)
      check(passed === Math.min(steps.length, LIMIT - before), `${passed} passed of ${steps.length}, ${before} before`)
      check(
        outcomes.every((outcome) => outcome === 'ok' || outcome === 'limit'),
        outcomes.join(),
      )
    }),
    { numRuns: 300 },
  )
})

t.test('evicted: all pass, never more than the limit, and no more end than have to, the oldest first', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), opens, before, async (scheduler, steps, before) => {
      const { store, outcomes, evicted } = await run(scheduler, steps, { onOwnerLimit: 'evictOldest', before })
      const all = before + steps.length
      check(store.passed.length === 0, `${store.passed} open at once`)
      check(
        outcomes.every((outcome) => outcome === 'ok'),
        outcomes.join(),
      )
      check(evicted.length === Math.max(0, all - LIMIT), `${evicted.length} ended of ${all}`)
      const oldest = store.inserted.slice(0, evicted.length)
      check(
        evicted.every((id) => oldest.includes(id)),
        'a later one ended before an older one',
      )
    }),
    { numRuns: 300 },
  )
})

t.test('with closes in between and a store that fails: the limit holds, and no place is lost', async () => {
  const steps = fc.array(fc.constantFrom<Step>('create', 'handshake', 'create', 'close'), {
    minLength: 1,
    maxLength: 12,
  })
  const fails = fc.array(fc.constantFrom(true, false, false, false), { minLength: 1, maxLength: 40 })
  const modes = fc.constantFrom<OnOwnerLimit>('refuse', 'evictOldest')
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), steps, before, modes, fails, async (scheduler, steps, before, mode, fails) => {
      let asked = 0
      const failing = (): boolean => fails[asked++ % fails.length] === true
      const ran = await run(scheduler, steps, { onOwnerLimit: mode, before, failing })
      check(ran.store.passed.length === 0, `${ran.store.passed} open at once`)
      const opened = ran.outcomes.filter((outcome, at) => outcome === 'ok' && steps[at] !== 'close').length
      const tried = steps.filter((step) => step !== 'close').length
      check(ran.evicted.length <= Math.max(0, before + tried - LIMIT), `${ran.evicted.length} ended for ${tried}`)
      check(opened <= tried, 'more opened than asked')
      // Whoever comes afterwards finds all the room that there is.
      const room = LIMIT - ran.store.countOf(OWNER)
      for (let n = 0; n < room; n += 1) await ran.sessions.create(epochSession())
      check(ran.store.countOf(OWNER) === LIMIT, `${ran.store.countOf(OWNER)} open`)
    }),
    { numRuns: 300 },
  )
})

t.test('evicted: nobody is refused where all have ended since they were counted', async (t) => {
  const memory = new StrictStore()
  const ended: Promise<unknown>[] = []
  let counted = 0
  const store = new LaterStore(memory, async (operation, run) => {
    const result = await run()
    counted += operation === 'countOf' ? 1 : 0
    // The second count is that of whoever makes room.
    if (operation === 'countOf' && counted === LIMIT + 2) {
      for (const id of memory.inserted) ended.push(Promise.resolve(memory.end(id, { ...BY_CLIENT })))
    }
    return result
  })
  const { sessions } = makeCore({ store, limits: { onOwnerLimit: 'evictOldest', sessionsPerOwner: LIMIT } })
  for (let n = 0; n < LIMIT; n += 1) await sessions.create(epochSession())
  t.equal(await outcomeOf(() => sessions.create(epochSession())), 'ok')
  t.equal((await Promise.all(ended)).length, LIMIT)
})

const BY_CLIENT = { reason: 'closed', endedBy: 'client', endedAt_ms: 0 } as const

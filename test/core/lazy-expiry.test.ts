import t from 'tap'
import type { Session, SessionRef } from '../../src/core/session.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { makeCore, outcomeOf, timeoutSession } from '../support/core.js'
import { LaterStore } from '../support/later-store.js'
import { settled } from '../support/manual-clock.js'

// The table of atomix §3.5, line by line.

const by = { generation: 'atomix' }
const ref = ({ partition, number }: Session): SessionRef => ({ by: 'number', partition, number: number ?? 0n })

async function open(core: ReturnType<typeof makeCore>, timeout_ns: bigint, partition = 1): Promise<Session> {
  return core.sessions.create({
    ...timeoutSession({ partition }),
    lifetime: { kind: 'timeout', timeout_ns, edge: 'inclusive', expiry: 'lazy' },
  })
}

async function alive({ sessions }: ReturnType<typeof makeCore>, ...asked: Session[]): Promise<boolean[]> {
  return Promise.all(asked.map(async (session) => (await sessions.find(ref(session))) !== undefined))
}

function test(title: string, run: (t: import('tap').Test, core: ReturnType<typeof makeCore>) => Promise<void>): void {
  t.test(title, (t) => run(t, makeCore()))
  t.test(`${title} (later)`, (t) => run(t, makeCore({ store: new LaterStore(new MemoryStore()) })))
}

test("another's keep-alive at exactly the timeout spares it, a nanosecond later ends it", async (t, core) => {
  const dead = await open(core, 1_000n)
  const other = await open(core, 1_000_000n)
  core.clock.advanceNanoseconds(1_000n)
  await core.sessions.keepAlive(ref(other), by)
  t.same(await alive(core, dead, other), [true, true])
  core.clock.advanceNanoseconds(1n)
  t.same(await alive(core, dead, other), [true, true], 'nobody was kept alive yet')
  await core.sessions.keepAlive(ref(other), by)
  t.same(await alive(core, dead, other), [false, true])
  t.match(await core.sessions.ended(ref(dead)), { reason: 'expired' })
})

test('its own keep-alive long after its deadline succeeds', async (t, core) => {
  const late = await open(core, 1_000n)
  core.engine.start()
  await core.clock.advanceAsync(3_600_000 / 1_000)
  core.clock.advance(60_000)
  t.match((await core.sessions.keepAlive(ref(late), by)).lifetime, { renewedAt: core.clock.now() })
  t.same(await alive(core, late), [true])
  await core.engine.stop()
})

test('opening, closing, finding and listing expire nothing; an overdue one closes', async (t, core) => {
  const overdue = await open(core, 1_000n)
  const closing = await open(core, 1_000n)
  core.clock.advance(60_000)
  await open(core, 1_000n)
  t.equal(await outcomeOf(() => core.sessions.close(ref(closing), { ...by, endedBy: 'client' })), 'ok')
  t.equal((await core.sessions.list({ state: 'open' }, 10)).items.length, 2)
  t.same(await alive(core, overdue, closing), [true, false])
})

test('of two overdue ones the first to be kept alive lives', async (t, core) => {
  const one = await open(core, 10_000n)
  const two = await open(core, 10_000n)
  core.clock.advance(60_000)
  await core.sessions.keepAlive(ref(one), by)
  t.equal(await outcomeOf(() => core.sessions.keepAlive(ref(two), by)), 'expired')
})

test('a keep-alive of an unknown session, or one of another partition, runs no pass', async (t, core) => {
  const overdue = await open(core, 1_000n, 1)
  const elsewhere = await open(core, 1_000n, 2)
  core.clock.advance(60_000)
  t.equal(await outcomeOf(() => core.sessions.keepAlive({ by: 'number', partition: 1, number: 99n }, by)), 'not_found')
  await core.sessions.keepAlive(ref(elsewhere), by)
  t.same(await alive(core, overdue, elsewhere), [true, true])
})

test('timeout zero lives for the same timestamp; negative ends at any keep-alive, its own is answered', async (t, core) => {
  const zero = await open(core, 0n)
  const negative = await open(core, -5n)
  const keeper = await open(core, 1_000_000n)
  const lowest = await open(core, -(2n ** 63n))
  t.equal(await outcomeOf(() => core.sessions.keepAlive(ref(negative), by)), 'ok')
  t.same(await alive(core, zero, negative, keeper, lowest), [true, false, true, false])
  core.clock.advanceNanoseconds(1n)
  await core.sessions.keepAlive(ref(keeper), by)
  t.same(await alive(core, zero, keeper), [false, true])
})

t.test('very many overdue ones end in slices, all before the keep-alive is answered', async (t) => {
  const core = makeCore({ limits: { expiryBatch: 10 } })
  const keeper = await open(core, 2n ** 60n)
  const overdue = await Promise.all(Array.from({ length: 95 }, () => open(core, 1_000n)))
  core.clock.advance(1_000)
  let answered = false
  const answer = Promise.resolve(core.sessions.keepAlive(ref(keeper), by)).then(() => {
    answered = true
  })
  t.equal(core.sessions.counts().tombstones, 10, 'one slice at once')
  for (let slice = 2; slice <= 10; slice += 1) {
    t.equal(answered, false)
    core.clock.advance(0)
    await settled()
    t.equal(core.sessions.counts().tombstones, Math.min(95, slice * 10))
  }
  await answer
  t.same(new Set(await alive(core, ...overdue)), new Set([false]))
  t.same(await alive(core, keeper), [true])
})

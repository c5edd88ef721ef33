import t from 'tap'
import { SessionError } from '../../src/core/errors.js'
import type { NewSession, PendingSession } from '../../src/core/new-session.js'
import type { Session } from '../../src/core/session.js'
import type { Sessions } from '../../src/core/sessions.js'
import { epochSession, makeCore, OWNER, outcomeOf, recordEvents, timeoutSession } from '../support/core.js'
import { settled } from '../support/manual-clock.js'

const OTHER = new Uint8Array(25).fill(9)
const EVICTING = { onOwnerLimit: 'evictOldest', sessionsPerOwner: 3 } as const

/** Stands where a list has fewer than was asked for. */
const NONE: PendingSession = { id: '', key: undefined, spec: epochSession() }

async function refusalOf(run: () => unknown): Promise<object | undefined> {
  try {
    await run()
  } catch (thrown) {
    if (thrown instanceof SessionError) return { code: thrown.code, ...thrown.details }
    throw thrown
  }
  return undefined
}

async function handshake(sessions: Sessions, spec: NewSession) {
  return sessions.confirm(await sessions.prepare(spec))
}

t.test('sessions opened and handshakes begun in a second, by address', async (t) => {
  const { sessions, clock, reports } = makeCore({ limits: { createsPerAddress: 3 } })
  const from = (address: string) => epochSession({ from: address })
  t.equal(await outcomeOf(() => sessions.create(from('a'))), 'ok')
  const pending = await sessions.prepare(from('a'))
  t.equal(await outcomeOf(() => sessions.create(timeoutSession({ from: 'a' }))), 'ok', 'of every generation')
  const refusal = { code: 'limit', limit: 'limits.createsPerAddress', value: 3 }
  t.strictSame(await refusalOf(() => sessions.create(from('a'))), refusal)
  t.strictSame(await refusalOf(() => sessions.prepare(from('a'))), refusal)
  t.same(reports.limitsHit, ['limits.createsPerAddress', 'limits.createsPerAddress'])
  t.equal(await outcomeOf(() => sessions.create(from('b'))), 'ok', 'others go on')
  t.equal(await outcomeOf(() => sessions.create(epochSession())), 'ok', 'and so does whoever has no address')
  t.equal(await outcomeOf(() => sessions.confirm(pending)), 'ok', 'what was begun is finished')
  clock.advance(334)
  t.equal(await outcomeOf(() => sessions.create(from('a'))), 'ok')
  t.equal(await outcomeOf(() => sessions.create(from('a'))), 'limit')
  t.same(sessions.counts().pending, 0)
})

t.test('sessions opened in a second, by owner: a handshake counts when its owner has signed', async (t) => {
  const { sessions, clock, reports } = makeCore({ limits: { createsPerOwner: 2 } })
  const pending = await Promise.all(Array.from({ length: 5 }, async () => sessions.prepare(epochSession())))
  t.equal(await outcomeOf(() => sessions.create(epochSession())), 'ok', 'strangers who begin handshakes use up nothing')
  t.equal(await outcomeOf(() => sessions.confirm(pending[0] ?? NONE)), 'ok')
  const refusal = { code: 'limit', limit: 'limits.createsPerOwner', value: 2 }
  t.strictSame(await refusalOf(() => sessions.confirm(pending[1] ?? NONE)), refusal)
  t.strictSame(await refusalOf(() => sessions.create(epochSession())), refusal)
  t.same(reports.limitsHit, ['limits.createsPerOwner', 'limits.createsPerOwner'])
  t.equal(await outcomeOf(() => sessions.create(epochSession({ owner: OTHER }))), 'ok')
  t.equal(await outcomeOf(() => sessions.create(timeoutSession())), 'ok', 'no owner, no limit')
  clock.advance(1_000)
  t.equal(await outcomeOf(() => sessions.confirm(pending[2] ?? NONE)), 'ok')
  t.equal(sessions.counts().pending, 2)
})

t.test('what is refused holds no place', async (t) => {
  const { sessions, clock } = makeCore({ limits: { createsPerOwner: 1, createsPerAddress: 4, sessions: 2 } })
  for (let round = 0; round < 5; round += 1) {
    const { id } = await sessions.create(epochSession({ from: 'a' }))
    for (let n = 0; n < 3; n += 1) t.equal(await outcomeOf(() => sessions.create(epochSession({ from: 'a' }))), 'limit')
    t.equal(await outcomeOf(() => sessions.create(epochSession({ owner: OTHER, from: 'a' }))), 'limit')
    t.equal(await outcomeOf(() => sessions.create(timeoutSession())), 'ok')
    t.equal(await outcomeOf(() => sessions.create(timeoutSession())), 'limit', 'of all')
    await sessions.close({ by: 'id', id }, { endedBy: 'admin' })
    await sessions.close({ by: 'number', partition: 1, number: BigInt(round + 1) }, { endedBy: 'admin' })
    clock.advance(1_000)
  }
})

t.test('the oldest session of an owner makes room', async (t) => {
  const { sessions, events, reports } = makeCore({ limits: EVICTING })
  const seen = recordEvents(events)
  const opened: Session[] = []
  for (let n = 0; n < 5; n += 1) opened.push(await sessions.create(epochSession()))
  await sessions.create(epochSession({ owner: OTHER }))
  const open = await Promise.all(opened.map(async ({ id }) => (await sessions.find({ by: 'id', id })) !== undefined))
  t.same(open, [false, false, true, true, true])
  t.same(reports.limitsHit, ['limits.sessionsPerOwner', 'limits.sessionsPerOwner'], 'counted')
  t.match(await sessions.ended({ by: 'id', id: opened[0]?.id ?? '' }), { reason: 'closed', endedBy: 'limit' })
  t.equal(await outcomeOf(() => sessions.sign({ by: 'id', id: opened[0]?.id ?? '' }, OTHER, 0)), 'closed')
  await settled()
  t.match(
    seen.filter(({ kind }) => kind === 'closed'),
    [0, 1].map((n) => ({ session: { id: opened[n]?.id }, endedBy: 'limit' })),
  )
})

t.test("a handshake ends nobody's session before its owner has signed", async (t) => {
  const { sessions, reports } = makeCore({ limits: EVICTING })
  for (let n = 0; n < 3; n += 1) await sessions.create(epochSession())
  const pending = await Promise.all(Array.from({ length: 10 }, async () => sessions.prepare(epochSession())))
  const [first, ...others] = pending
  for (const other of others) sessions.abandon(other)
  t.same(reports.limitsHit, [], 'begun and given up')
  t.equal((await sessions.list({ owner: OWNER, state: 'open' }, 10)).items.length, 3)
  if (first !== undefined) await sessions.confirm(first)
  t.same(reports.limitsHit, ['limits.sessionsPerOwner'])
  const { items } = await sessions.list({ owner: OWNER, state: 'open' }, 10)
  t.equal(items.length, 3)
  t.equal(items.at(-1)?.session.id, first?.id)
})

t.test(
  "whoever is refused is refused at the first half, and strangers who begin handshakes take nobody's place",
  async (t) => {
    const { sessions } = makeCore({ limits: { sessionsPerOwner: 2 } })
    const strangers = await Promise.all(Array.from({ length: 5 }, async () => sessions.prepare(epochSession())))
    t.equal(await outcomeOf(() => sessions.create(epochSession())), 'ok')
    t.equal(await outcomeOf(() => handshake(sessions, epochSession())), 'ok')
    t.equal(await outcomeOf(() => sessions.prepare(epochSession())), 'limit')
    t.equal(await outcomeOf(() => sessions.confirm(strangers[0] ?? NONE)), 'limit', 'who came too late')
    t.equal(sessions.counts().pending, 4)
  },
)

t.test('an owner who has more than the limit, as after it was lowered, comes down to it', async (t) => {
  const before = makeCore()
  for (let n = 0; n < 7; n += 1) await before.sessions.create(epochSession())
  const { sessions, reports } = makeCore({ store: before.store, limits: EVICTING, random: before.random })
  await sessions.create(epochSession())
  t.equal(reports.limitsHit.length, 5)
  t.equal(await before.store.countOf(OWNER), 3)
})

t.test('an oldest session that is over ends as expired', async (t) => {
  const { sessions, epochs } = makeCore({ limits: { ...EVICTING, sessionsPerOwner: 1 } })
  const { id } = await sessions.create(epochSession({ expiration: 11n }))
  epochs.set(12n)
  await sessions.create(epochSession())
  t.match(await sessions.ended({ by: 'id', id }), { reason: 'expired', endedBy: 'expiry' })
})

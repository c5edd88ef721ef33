import t from 'tap'
import { MemoryStore } from '../../src/stores/memory.js'
import { epochSession, makeCore, OWNER, outcomeOf, timeoutSession } from '../support/core.js'
import { FakeKeyPairs } from '../support/fake-key-pairs.js'
import { LaterStore } from '../support/later-store.js'

const OTHER = new Uint8Array(25).fill(9)

t.test('the first half makes id and key and stores nothing; the second stores them', async (t) => {
  const { sessions, store, clock } = makeCore()
  const pending = await sessions.prepare(timeoutSession({ withKey: true }))
  t.equal(pending.key?.publicKey.length, 33)
  t.equal(await sessions.find({ by: 'id', id: pending.id }), undefined)
  t.same((await store.list({}, 10)).items, [])
  t.equal(sessions.counts().pending, 1)
  clock.advance(30_000)
  const session = await sessions.confirm(pending, { verb: 'GET' })
  t.match(session, { id: pending.id, number: 1n, scope: { verb: 'GET' }, createdAt_ms: clock.wallTime() })
  t.equal(session.key, pending.key)
  t.match(session.lifetime, { renewedAt: clock.now() }, 'its time begins when it is stored')
  t.strictSame(await sessions.find({ by: 'id', id: pending.id }), session)
  t.equal(sessions.counts().pending, 0)
})

t.test('without a scope of the second half, that of the first counts', async (t) => {
  const { sessions } = makeCore()
  const pending = await sessions.prepare(epochSession({ scope: { verb: 'PUT' } }))
  t.same((await sessions.confirm(pending)).scope, { verb: 'PUT' })
})

t.test('a handshake ends once', async (t) => {
  const { sessions } = makeCore()
  const confirmed = await sessions.prepare(epochSession())
  const abandoned = await sessions.prepare(epochSession())
  const results = await Promise.all([confirmed, confirmed].map((pending) => outcomeOf(() => sessions.confirm(pending))))
  t.same(results, ['ok', 'out_of_order'])
  sessions.abandon(confirmed)
  t.ok(await sessions.find({ by: 'id', id: confirmed.id }), 'too late to abandon')
  sessions.abandon(abandoned)
  sessions.abandon(abandoned)
  t.equal(await outcomeOf(() => sessions.confirm(abandoned)), 'out_of_order')
  t.equal(await outcomeOf(() => sessions.confirm({ ...confirmed })), 'out_of_order', 'only what was prepared here')
  t.equal(sessions.counts().pending, 0)
})

t.test('handshakes under way are limited, and places come back', async (t) => {
  for (const keyPairs of [new FakeKeyPairs(), new FakeKeyPairs({ later: true })]) {
    const { sessions, reports } = makeCore({ keyPairs, limits: { pendingHandshakes: 3 } })
    // All at once: those whose key is still being made count too.
    const begun = await Promise.all(
      Array.from({ length: 5 }, async () => {
        try {
          return await sessions.prepare(epochSession())
        } catch {
          return undefined
        }
      }),
    )
    const pending = begun.filter((one) => one !== undefined)
    t.equal(pending.length, 3)
    t.same(reports.limitsHit, ['limits.pendingHandshakes', 'limits.pendingHandshakes'])
    const [first, second] = pending
    if (first !== undefined) sessions.abandon(first)
    if (second !== undefined) await sessions.confirm(second)
    t.equal(await outcomeOf(() => sessions.prepare(epochSession())), 'ok')
    t.equal(await outcomeOf(() => sessions.prepare(epochSession())), 'ok')
    t.equal(await outcomeOf(() => sessions.prepare(epochSession())), 'limit')
  }
})

t.test('a key that can not be made leaves nothing behind', async (t) => {
  for (const later of [false, true]) {
    const keyPairs = new FakeKeyPairs({ later })
    const { sessions } = makeCore({ keyPairs, limits: { pendingHandshakes: 1, sessions: 1, sessionsPerOwner: 1 } })
    for (let n = 0; n < 3; n += 1) {
      keyPairs.failNext(new Error('no entropy'))
      await t.rejects(async () => sessions.prepare(epochSession()), { message: 'no entropy' })
      keyPairs.failNext(new Error('no entropy'))
      await t.rejects(sessions.create(epochSession()), { message: 'no entropy' })
    }
    t.equal(sessions.counts().pending, 0)
    t.equal(await outcomeOf(() => sessions.create(epochSession())), 'ok')
  }
})

t.test('the limits of sessions hold for opens and handshakes together, however they interleave', async (t) => {
  for (const store of [new MemoryStore(), new LaterStore(new MemoryStore())]) {
    const keyPairs = new FakeKeyPairs({ later: true })
    const { sessions, reports } = makeCore({ store, keyPairs, limits: { sessions: 10 } })
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        outcomeOf(() => (n % 2 === 0 ? sessions.create(epochSession()) : sessions.prepare(epochSession()))),
      ),
    )
    t.equal(outcomes.filter((outcome) => outcome === 'ok').length, 10)
    t.equal(outcomes.filter((outcome) => outcome === 'limit').length, 10)
    t.same(new Set(reports.limitsHit), new Set(['limits.sessions']))
    const { open, pending } = sessions.counts()
    t.equal((open.get('v2') ?? 0) + pending, 10)
  }
})

t.test('one owner at its limit shuts out nobody else', async (t) => {
  for (const store of [new MemoryStore(), new LaterStore(new MemoryStore())]) {
    const { sessions, reports } = makeCore({ store, limits: { sessionsPerOwner: 4 } })
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => outcomeOf(() => sessions.create(epochSession()))),
    )
    t.equal(outcomes.filter((outcome) => outcome === 'ok').length, 4)
    t.same(reports.limitsHit, ['limits.sessionsPerOwner', 'limits.sessionsPerOwner'])
    t.equal(await outcomeOf(() => sessions.prepare(epochSession())), 'limit')
    t.equal(await outcomeOf(() => sessions.create(epochSession({ owner: OTHER }))), 'ok')
    t.equal(await outcomeOf(() => sessions.create(epochSession({ owner: undefined }))), 'ok')
    const { items } = await sessions.list({ owner: OWNER }, 1)
    await sessions.close({ by: 'id', id: items[0]?.session.id ?? '' }, { endedBy: 'admin' })
    t.equal(await outcomeOf(() => sessions.create(epochSession())), 'ok')
    t.equal(await outcomeOf(() => sessions.create(epochSession())), 'limit')
  }
})

t.test('one generation at its limit shuts out no other, and gives back what it did not use', async (t) => {
  for (const store of [new MemoryStore(), new LaterStore(new MemoryStore())]) {
    const keyPairs = new FakeKeyPairs({ later: true })
    const { sessions, reports } = makeCore({ store, keyPairs, limits: { sessions: 6, sessionsPerGeneration: 4 } })
    const open = (n: number) => (n % 2 === 0 ? sessions.create(epochSession()) : sessions.prepare(epochSession()))
    const outcomes = await Promise.all(Array.from({ length: 7 }, (_, n) => outcomeOf(() => open(n))))
    t.equal(outcomes.filter((outcome) => outcome === 'ok').length, 4)
    t.same(reports.limitsHit, Array(3).fill('limits.sessionsPerGeneration'))
    t.equal(await outcomeOf(() => sessions.create(timeoutSession())), 'ok', 'another generation')
    t.equal(await outcomeOf(() => sessions.create(timeoutSession())), 'ok')
    t.equal(await outcomeOf(() => sessions.create(timeoutSession())), 'limit')
    t.equal(reports.limitsHit.at(-1), 'limits.sessions', 'all of them together')
    const { items } = await sessions.list({ generation: 'v2' }, 1)
    await sessions.close({ by: 'id', id: items[0]?.session.id ?? '' }, { endedBy: 'admin' })
    const again = await sessions.prepare(epochSession())
    t.equal(await outcomeOf(() => sessions.prepare(epochSession())), 'limit')
    sessions.abandon(again)
    t.equal(await outcomeOf(() => sessions.create(epochSession())), 'ok')
  }
})

t.test('while draining nothing opens, and everything that is open goes on', async (t) => {
  const { sessions } = makeCore()
  const kept = await sessions.create(timeoutSession())
  const pending = await sessions.prepare(epochSession())
  sessions.drain()
  t.equal(await outcomeOf(() => sessions.create(epochSession())), 'draining')
  t.equal(await outcomeOf(() => sessions.prepare(epochSession())), 'draining')
  t.equal(await outcomeOf(() => sessions.confirm(pending)), 'ok')
  t.equal(await outcomeOf(() => sessions.keepAlive({ by: 'id', id: kept.id }, {})), 'ok')
  t.equal(await outcomeOf(() => sessions.close({ by: 'id', id: kept.id }, { endedBy: 'client' })), 'ok')
  t.ok(await sessions.find({ by: 'id', id: pending.id }))
})

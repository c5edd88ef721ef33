import t from 'tap'
import { SessionError } from '../../src/core/errors.js'
import type { NewSession } from '../../src/core/new-session.js'
import type { Session, SessionRef } from '../../src/core/session.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { epochSession, makeCore, OWNER, outcomeOf, timeoutSession } from '../support/core.js'
import { FakeKeyPairs } from '../support/fake-key-pairs.js'
import { LaterStore } from '../support/later-store.js'
import { settled } from '../support/manual-clock.js'

const UINT64_MAX = 2n ** 64n - 1n
const any = {}
const atomix = { generation: 'atomix' }
const client = { generation: 'atomix', endedBy: 'client' }

function byId(session: Session): SessionRef {
  return { by: 'id', id: session.id }
}

/** Each test runs on a store that answers at once and on one that answers later: the core may not tell them apart. */
function test(title: string, run: (t: import('tap').Test, core: ReturnType<typeof makeCore>) => Promise<void>): void {
  t.test(title, (t) => run(t, makeCore()))
  t.test(`${title} (later)`, (t) =>
    run(t, makeCore({ store: new LaterStore(new MemoryStore()), keyPairs: new FakeKeyPairs({ later: true }) })),
  )
}

test('a created session is found by each of its names', async (t, { sessions, clock }) => {
  const created = await sessions.create(
    timeoutSession({ partition: 7, withKey: true, owner: OWNER, scope: { verb: 'PUT' } }),
  )
  t.match(created.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.strictSame(created, {
    id: created.id,
    partition: 7,
    number: 1n,
    owner: OWNER,
    lifetime: {
      kind: 'timeout',
      timeout_ns: 1_000_000_000n,
      renewedAt: clock.now(),
      edge: 'inclusive',
      expiry: 'eager',
    },
    key: created.key,
    scope: { verb: 'PUT' },
    origin: { generation: 'atomix', dialect: 'atomix', clientVersion: '' },
    createdAt_ms: clock.wallTime(),
  })
  const account = created.key?.account ?? new Uint8Array()
  t.equal(account.length, 25)
  const refs: SessionRef[] = [
    byId(created),
    { by: 'id', id: created.id, owner: OWNER },
    { by: 'number', partition: 7, number: 1n },
    { by: 'account', account },
  ]
  for (const ref of refs) t.strictSame(await sessions.find(ref), created, ref.by)
  t.equal(await sessions.find({ by: 'id', id: created.id, owner: new Uint8Array(25) }), undefined)
})

test('a session without partition, key and scope', async (t, { sessions, keyPairs }) => {
  const created = await sessions.create(epochSession({ withKey: false, owner: undefined }))
  t.match(created, { partition: 0, number: undefined, key: undefined, scope: {}, owner: undefined })
  t.equal(keyPairs instanceof FakeKeyPairs && keyPairs.taken, 0)
})

test('ids come from the injected randomness alone', async (t, core) => {
  const first = await core.sessions.create(epochSession())
  const again = await makeCore().sessions.create(epochSession())
  t.equal(first.id, again.id)
  t.not((await core.sessions.create(epochSession())).id, first.id)
})

test('the owner is a copy: the message that it came in may change', async (t, { sessions }) => {
  const message = new Uint8Array(100).fill(7)
  const created = await sessions.create(epochSession({ owner: message.subarray(10, 35) }))
  message.fill(0)
  t.equal(
    created.owner?.every((byte) => byte === 7),
    true,
  )
  t.equal(created.owner?.buffer.byteLength, 25)
})

test('numbers count up per partition, and commands use them up too', async (t, { sessions }) => {
  const open = async (partition: number) => (await sessions.create(timeoutSession({ partition }))).number
  t.same([await open(1), await open(1), await open(2)], [1n, 2n, 1n])
  t.equal(await sessions.nextNumber(1), 3n)
  t.same([await open(1), await open(2)], [4n, 2n])
})

test('what no store could keep is refused', async (t, { sessions }) => {
  const epochs = (field: string, value: bigint): NewSession => {
    const { lifetime, ...rest } = epochSession()
    return { ...rest, lifetime: { ...lifetime, [field]: value } }
  }
  const timeout_ns = (value: bigint): NewSession => ({
    ...timeoutSession(),
    lifetime: { kind: 'timeout', timeout_ns: value, edge: 'inclusive', expiry: 'eager' },
  })
  const bad = [
    epochs('expiration', UINT64_MAX + 1n),
    epochs('expiration', -1n),
    epochs('notBefore', UINT64_MAX + 1n),
    epochs('issuedAt', -1n),
    timeout_ns(2n ** 63n),
    timeout_ns(-(2n ** 63n) - 1n),
    ...[0, -1, 1.5, Number.NaN, 2 ** 32].map((partition) => timeoutSession({ partition })),
  ]
  for (const spec of bad) {
    t.equal(await outcomeOf(() => sessions.create(spec)), 'invalid')
    t.equal(await outcomeOf(() => sessions.prepare(spec)), 'invalid')
  }
  t.equal(await outcomeOf(() => sessions.nextNumber(0)), 'invalid')
  const good = [
    epochs('expiration', UINT64_MAX),
    epochs('notBefore', UINT64_MAX),
    timeout_ns(-(2n ** 63n)),
    timeout_ns(2n ** 63n - 1n),
    timeoutSession({ partition: 2 ** 32 - 1 }),
  ]
  for (const spec of good) t.equal(await outcomeOf(() => sessions.create(spec)), 'ok')
})

test('a lifetime that is over already is taken, and expired for every reader', async (t, { sessions, epochs }) => {
  const created = await sessions.create(epochSession({ expiration: epochs.current() - 1n }))
  t.equal(await sessions.find(byId(created)), undefined)
  t.match(await sessions.ended(byId(created)), { reason: 'expired', endedBy: 'expiry' })
})

test('epoch sessions end at the edge that they have', async (t, { sessions, epochs }) => {
  const inclusive = await sessions.create(epochSession({ expiration: 20n, edge: 'inclusive' }))
  const exclusive = await sessions.create(epochSession({ expiration: 20n, edge: 'exclusive' }))
  const endless = await sessions.create(epochSession({ expiration: UINT64_MAX }))
  const alive = async () =>
    Promise.all([inclusive, exclusive, endless].map(async (s) => (await sessions.find(byId(s))) !== undefined))
  epochs.set(19n)
  t.same(await alive(), [true, true, true])
  epochs.set(20n)
  t.same(await alive(), [true, false, true])
  epochs.set(21n)
  t.same(await alive(), [false, false, true])
  epochs.set(UINT64_MAX)
  t.same(await alive(), [false, false, true])
})

test('a kept-alive session lives through ten timeouts, and to the last nanosecond', async (t, { sessions, clock }) => {
  const created = await sessions.create(timeoutSession({ timeout_ms: 1_000 }))
  for (let n = 0; n < 20; n += 1) {
    clock.advance(500)
    const kept = await sessions.keepAlive(byId(created), atomix)
    t.match(kept.lifetime, { renewedAt: clock.now() })
    t.strictSame(await sessions.find(byId(created)), kept)
  }
  clock.advance(1_000)
  t.ok(await sessions.find(byId(created)), 'alive at exactly the timeout')
  clock.advanceNanoseconds(1n)
  t.equal(await sessions.find(byId(created)), undefined)
  t.equal(await outcomeOf(() => sessions.keepAlive(byId(created), atomix)), 'expired')
  t.equal(await outcomeOf(() => sessions.close(byId(created), client)), 'expired')
})

test('the wall clock moves no session', async (t, { sessions, clock }) => {
  const created = await sessions.create(timeoutSession())
  clock.setWallTime(0)
  t.ok(await sessions.find(byId(created)))
  clock.setWallTime(9e15)
  t.ok(await sessions.find(byId(created)))
})

test('a closed session is closed, and says so', async (t, { sessions, clock }) => {
  const created = await sessions.create(timeoutSession())
  clock.advance(10)
  t.equal((await sessions.close(byId(created), client)).id, created.id)
  t.equal(await sessions.find(byId(created)), undefined)
  t.match(await sessions.ended(byId(created)), { reason: 'closed', endedBy: 'client', endedAt_ms: clock.wallTime() })
  for (const run of [
    () => sessions.close(byId(created), client),
    () => sessions.keepAlive(byId(created), atomix),
    () => sessions.sign(byId(created), new Uint8Array(1), 0),
  ]) {
    t.equal(await outcomeOf(run), 'closed')
  }
  t.equal(await sessions.ended({ by: 'number', partition: 1, number: 99n }), undefined)
})

test('an open session has not ended', async (t, { sessions }) => {
  const created = await sessions.create(timeoutSession())
  t.equal(await sessions.ended(byId(created)), undefined)
})

test('calls of another generation find nothing, dead or alive; an admin finds all', async (t, { sessions }) => {
  const created = await sessions.create(timeoutSession())
  const v2 = { generation: 'v2', endedBy: 'client' }
  t.equal(await outcomeOf(() => sessions.keepAlive(byId(created), v2)), 'not_found')
  t.equal(await outcomeOf(() => sessions.close(byId(created), v2)), 'not_found')
  t.ok(await sessions.find(byId(created)))
  t.ok(await sessions.keepAlive(byId(created), any))
  t.ok(await sessions.close(byId(created), { endedBy: 'admin' }))
  t.equal(await outcomeOf(() => sessions.keepAlive(byId(created), v2)), 'not_found')
  t.equal(await outcomeOf(() => sessions.keepAlive(byId(created), any)), 'closed')
})

test('a refusal carries the numbers that explain it', async (t, { sessions, clock, epochs }) => {
  const byTimeout = await sessions.create(timeoutSession())
  const byEpochs = await sessions.create(epochSession({ expiration: 11n }))
  clock.advance(2_000)
  epochs.set(12n)
  const details = async (run: () => unknown) => {
    try {
      await run()
    } catch (thrown) {
      return thrown instanceof SessionError ? thrown.details : thrown
    }
    return undefined
  }
  const ended = { endedBy: 'expiry', endedAt_ms: clock.wallTime() }
  t.strictSame(
    { ...((await details(() => sessions.keepAlive({ by: 'number', partition: 1, number: 1n }, any))) as object) },
    { session: '1:1', ...ended, timeout_ns: 1_000_000_000n },
  )
  t.strictSame(
    { ...((await details(() => sessions.sign(byId(byEpochs), new Uint8Array(), 0))) as object) },
    { session: byEpochs.id, ...ended, expiration: 11n },
  )
  const account = new Uint8Array([0xab, 0xcd])
  t.strictSame(await details(() => sessions.keepAlive({ by: 'account', account }, any)), { session: 'abcd' })
  t.not(byTimeout.id, byEpochs.id)
})

test('an epoch session can be closed, not renewed', async (t, { sessions }) => {
  const created = await sessions.create(epochSession())
  t.equal(await outcomeOf(() => sessions.keepAlive(byId(created), any)), 'invalid')
  t.equal(await outcomeOf(() => sessions.close(byId(created), { endedBy: 'admin' })), 'ok')
})

test('signing uses the key of the session', async (t, { sessions }) => {
  const created = await sessions.create(epochSession())
  const data = new Uint8Array([1, 2, 3])
  for (const [scheme, size] of [
    [0, 65],
    [1, 64],
    [2, 80],
  ] as const) {
    const signature = await sessions.sign({ by: 'account', account: created.key?.account ?? data }, data, scheme)
    t.equal(signature.length, size)
    t.same(signature.subarray(0, 32), created.key?.sealed)
    t.same(signature.subarray(32, 35), data)
  }
  const bare = await sessions.create(timeoutSession())
  t.equal(await outcomeOf(() => sessions.sign(byId(bare), data, 0)), 'invalid')
  t.equal(await outcomeOf(() => sessions.sign({ by: 'id', id: 'x' }, data, 0)), 'not_found')
})

test('nothing is listed as open once its deadline has passed', async (t, { sessions, epochs }) => {
  const short = await sessions.create(epochSession({ expiration: 11n }))
  const long = await sessions.create(epochSession({ expiration: 99n }))
  const listed = async (state?: 'open' | 'expired') => {
    const { items } = await sessions.list(state === undefined ? {} : { state }, 10)
    return items.map(({ session, end }) => [session.id, end?.reason])
  }
  t.same(await listed(), [
    [short.id, undefined],
    [long.id, undefined],
  ])
  epochs.set(12n)
  t.same(await listed('open'), [[long.id, undefined]])
  t.same(await listed('expired'), [[short.id, 'expired']])
  t.same(await listed(), [
    [short.id, 'expired'],
    [long.id, undefined],
  ])
  for (const limit of [0, -1, 1.5, Number.NaN]) t.equal(await outcomeOf(() => sessions.list({}, limit)), 'invalid')
})

t.test('also when more is overdue than one slice ends, and when the store ends nothing', async (t) => {
  const memory = new MemoryStore()
  const cases = {
    'one slice': makeCore({ limits: { expiryBatch: 3 } }),
    'no end': makeCore({
      store: new LaterStore(memory, async (operation, run) => {
        if (operation === 'end') throw new SessionError('store_unavailable', 'no')
        return run()
      }),
    }),
  }
  for (const [name, { sessions, epochs }] of Object.entries(cases)) {
    for (let n = 0; n < 10; n += 1) await sessions.create(epochSession({ expiration: 11n }))
    epochs.set(12n)
    t.same((await sessions.list({ state: 'open' }, 100)).items, [], name)
    const { items } = await sessions.list({}, 100)
    t.same(
      items.map(({ end }) => end?.reason),
      Array(10).fill('expired'),
      name,
    )
  }
})

t.test('a page that comes late shows nothing as expired that was renewed meanwhile', async (t) => {
  let arrive = (): void => {}
  const store = new LaterStore(new MemoryStore(), async (operation, run) => {
    const result = await run()
    if (operation === 'list') await new Promise<void>((resolve) => (arrive = resolve))
    return result
  })
  const { sessions, clock } = makeCore({ store })
  const { id } = await sessions.create(timeoutSession({ timeout_ms: 1_000 }))
  const page = sessions.list({}, 10)
  await settled()
  clock.advance(900)
  await sessions.keepAlive({ by: 'id', id }, { generation: 'atomix' })
  clock.advance(900)
  arrive()
  t.match(await page, { items: [{ session: { id }, end: undefined }] })
})

t.test('a store that fails is an error for the caller, and nothing half-made stays', async (t) => {
  const failing = new Set<string>()
  const core = makeCore({
    limits: { sessions: 2, sessionsPerOwner: 2, pendingHandshakes: 1 },
    store: new LaterStore(new MemoryStore(), async (operation, run) => {
      if (failing.has(operation)) throw new SessionError('store_unavailable', 'the store is away')
      return run()
    }),
  })
  const { sessions } = core
  const created = await sessions.create(timeoutSession())
  for (const operation of ['insert', 'reserveNumbers', 'countOf']) {
    failing.add(operation)
    for (let n = 0; n < 5; n += 1) {
      t.equal(await outcomeOf(() => sessions.create(timeoutSession({ owner: OWNER }))), 'store_unavailable', operation)
      const handshake = async () => sessions.confirm(await sessions.prepare(timeoutSession({ owner: OWNER })))
      t.equal(await outcomeOf(handshake), 'store_unavailable', operation)
    }
    failing.delete(operation)
  }
  failing.add('end')
  t.equal(await outcomeOf(() => sessions.close(byId(created), client)), 'store_unavailable')
  failing.delete('end')
  t.equal(await outcomeOf(() => sessions.close(byId(created), client)), 'ok')
  t.equal(sessions.counts().pending, 0)
  await sessions.create(timeoutSession({ owner: OWNER }))
  await sessions.create(timeoutSession({ owner: OWNER }))
})

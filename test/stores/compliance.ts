import type { Instant } from '../../src/core/clock.js'
import type { Lifetime, Now } from '../../src/core/lifetime.js'
import type { Session, SessionRef } from '../../src/core/session.js'
import type { ListedSession, Page, SessionFilter, SessionStore } from '../../src/core/store.js'
import { outcomeOf } from '../support/core.js'
import { accountOf, FakeKeyPairs } from '../support/fake-key-pairs.js'
import { SeededRandom } from '../support/seeded-random.js'

type Test = import('tap').Test

export interface MakeOptions {
  /** How many ended sessions the store has to remember. */
  readonly tombstones?: number
}

/** Makes an empty store. The suite closes it. */
export type MakeStore = (options: MakeOptions) => SessionStore | Promise<SessionStore>

const random = new SeededRandom(7)
const keys = new FakeKeyPairs()

function uuid(): string {
  const hex = Buffer.from(random.bytes(16)).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
}

const OWNER_A = new Uint8Array(25).fill(0xaa)
const OWNER_B = new Uint8Array(25).fill(0xbb)
const NOW: Instant = 5_000_000_000n

function epochs(expiration: bigint, edge: 'inclusive' | 'exclusive' = 'inclusive'): Lifetime {
  return { kind: 'epochs', notBefore: 1n, issuedAt: 2n, expiration, edge }
}

function timeout(
  timeout_ns: bigint,
  options: { expiry?: 'eager' | 'lazy'; renewedAt?: Instant; edge?: 'inclusive' | 'exclusive' } = {},
): Lifetime {
  return { kind: 'timeout', timeout_ns, renewedAt: NOW, edge: 'inclusive', expiry: 'eager', ...options }
}

function session(changes: Partial<Session> = {}): Session {
  return {
    id: uuid(),
    partition: 0,
    number: undefined,
    owner: OWNER_A,
    lifetime: epochs(20n),
    key: undefined,
    scope: {},
    origin: { generation: 'v2', dialect: 'v2', clientVersion: '2.21' },
    createdAt_ms: 1_600_000_000_000,
    ...changes,
  }
}

function at(epoch: bigint, instant: Instant = NOW): Now {
  return { epoch, instant }
}

async function dueOf(store: SessionStore, now: Now, limit: number, partition?: number): Promise<readonly Session[]> {
  const { sessions, more } = await store.due(now, limit, partition)
  if (sessions.length > limit) throw new Error(`${sessions.length} sessions, asked for ${limit}`)
  if (sessions.length === limit && !more) throw new Error('a full answer has to say that there may be more')
  return sessions
}

const byId = (id: string): SessionRef => ({ by: 'id', id })
const closed = { reason: 'closed', endedBy: 'client', endedAt_ms: 1_600_000_001_000 } as const
const expired = { reason: 'expired', endedBy: 'expiry', endedAt_ms: 1_600_000_002_000 } as const

/** The behaviour that every engine shares. `name` is the engine's. */
export function storeCompliance(t: Test, name: string, make: MakeStore): void {
  const test = (title: string, run: (t: Test, store: SessionStore) => Promise<void>, options: MakeOptions = {}) =>
    t.test(`${name}: ${title}`, async (t) => {
      const store = await make(options)
      t.teardown(() => store.close())
      await run(t, store)
    })

  test('a session comes back as it went in, by each of its names', async (t, store) => {
    const key = await keys.take()
    const full = session({
      key,
      partition: 3,
      number: 2n ** 64n - 1n,
      lifetime: timeout(-(2n ** 63n), { expiry: 'lazy', edge: 'exclusive' }),
      scope: { verb: 'PUT', objects: ['a', 'b'] },
    })
    const bare = session({ owner: undefined, lifetime: epochs(2n ** 64n - 1n) })
    await store.insert(full)
    await store.insert(bare)
    t.strictSame(await store.get(byId(full.id)), full)
    t.strictSame(await store.get({ by: 'id', id: full.id, owner: OWNER_A }), full)
    t.strictSame(await store.get({ by: 'number', partition: 3, number: 2n ** 64n - 1n }), full)
    t.strictSame(await store.get({ by: 'account', account: key.account }), full)
    t.strictSame(await store.get(byId(bare.id)), bare)
  })

  test('what is not there is undefined', async (t, store) => {
    const stored = session({ partition: 1, number: 1n })
    await store.insert(stored)
    await store.insert(session({ owner: undefined }))
    const refs: SessionRef[] = [
      byId(uuid()),
      byId('not an id at all'),
      { by: 'id', id: stored.id, owner: OWNER_B },
      { by: 'id', id: stored.id, owner: OWNER_A.subarray(1) },
      { by: 'id', id: stored.id, owner: new Uint8Array(0) },
      { by: 'number', partition: 2, number: 1n },
      { by: 'number', partition: 1, number: 2n },
      { by: 'account', account: accountOf(999_999) },
      { by: 'account', account: new Uint8Array(0) },
    ]
    for (const ref of refs) {
      t.equal(await store.get(ref), undefined)
      t.equal(await store.tombstone(ref), undefined)
    }
  })

  test('an id or number in use is refused and changes nothing', async (t, store) => {
    const first = session({ partition: 1, number: 1n })
    await store.insert(first)
    t.equal(await outcomeOf(() => store.insert(session({ id: first.id, owner: OWNER_B }))), 'internal')
    const sameNumber = session({ partition: 1, number: 1n, owner: OWNER_B })
    t.equal(await outcomeOf(() => store.insert(sameNumber)), 'internal')
    t.strictSame(await store.get(byId(first.id)), first)
    t.equal(await store.get(byId(sameNumber.id)), undefined)
    t.equal(store.counts().open.get('v2'), 1)
    t.equal(await store.countOf(OWNER_B), 0)
    await store.insert(session({ partition: 2, number: 1n }))
  })

  test('it does not judge: a session whose lifetime is over is still there', async (t, store) => {
    const over = session({ lifetime: epochs(0n) })
    await store.insert(over)
    t.equal((await dueOf(store, at(10n), 5)).length, 1)
    t.strictSame(await store.get(byId(over.id)), over)
  })

  test('a renewal is visible at once and never goes back', async (t, store) => {
    const kept = session({ lifetime: timeout(1_000n) })
    const byEpochs = session()
    await store.insert(kept)
    await store.insert(byEpochs)
    const steps: [at: Instant, expected: Instant][] = [
      [NOW + 500n, NOW + 500n],
      [NOW + 400n, NOW + 500n],
      [NOW + 900n, NOW + 900n],
    ]
    for (const [instant, expected] of steps) {
      store.renew(kept.id, instant)
      t.strictSame(await store.get(byId(kept.id)), { ...kept, lifetime: timeout(1_000n, { renewedAt: expected }) })
    }
    store.renew(byEpochs.id, NOW)
    store.renew(uuid(), NOW)
    t.strictSame(await store.get(byId(byEpochs.id)), byEpochs)
    t.strictSame(kept.lifetime, timeout(1_000n), 'the record that somebody holds does not change')
  })

  test('an ended session leaves a tombstone without the private key', async (t, store) => {
    const key = await keys.take()
    const stored = session({ key, partition: 1, number: 5n })
    await store.insert(stored)
    t.strictSame(await store.end(stored.id, closed), stored)
    const tombstone = { session: { ...stored, key: { ...key, sealed: new Uint8Array(0) } }, ...closed }
    const refs: SessionRef[] = [
      byId(stored.id),
      { by: 'id', id: stored.id, owner: OWNER_A },
      { by: 'number', partition: 1, number: 5n },
      { by: 'account', account: key.account },
    ]
    for (const ref of refs) {
      t.equal(await store.get(ref), undefined, ref.by)
      t.strictSame(await store.tombstone(ref), tombstone, ref.by)
    }
    t.equal(await store.tombstone({ by: 'id', id: stored.id, owner: OWNER_B }), undefined)
  })

  test('a session ends once, and a late renewal does not revive it', async (t, store) => {
    const stored = session({ lifetime: timeout(1_000n) })
    await store.insert(stored)
    const ends = await Promise.all([
      store.end(stored.id, closed),
      store.end(stored.id, expired),
      store.end(stored.id, { ...closed, endedBy: 'admin' }),
    ])
    t.equal(ends.filter((end) => end !== undefined).length, 1)
    const before = await store.tombstone(byId(stored.id))
    store.renew(stored.id, NOW + 10_000n)
    t.equal(await store.end(stored.id, closed), undefined)
    t.equal(await store.get(byId(stored.id)), undefined)
    t.strictSame(await store.tombstone(byId(stored.id)), before)
    t.equal(await store.end(uuid(), closed), undefined)
  })

  test('an end that names a renewal gives way to a later one', async (t, store) => {
    const stored = session({ lifetime: timeout(1_000n) })
    await store.insert(stored)
    store.renew(stored.id, NOW + 900n)
    t.equal(await store.end(stored.id, { ...expired, ifRenewedAt: NOW }), undefined)
    t.ok(await store.get(byId(stored.id)))
    t.ok(await store.end(stored.id, { ...expired, ifRenewedAt: NOW + 900n }))
  })

  test('numbers start at 1 and are never handed out twice', async (t, store) => {
    t.same(await store.reserveNumbers(1, 1), { first: 1n, last: 1n })
    const ranges = await Promise.all([1, 5, 2, 1, 7].map((count) => store.reserveNumbers(1, count)))
    const seen = new Set([1n])
    for (const { first, last } of ranges) {
      for (let number = first; number <= last; number += 1n) {
        t.notOk(seen.has(number))
        seen.add(number)
      }
    }
    t.equal(seen.size, 17)
    t.same(await store.reserveNumbers(2, 3), { first: 1n, last: 3n }, 'each partition counts for itself')
    const next = await store.reserveNumbers(1, 1)
    t.ok(
      [...seen].every((number) => number < next.first),
      'increasing',
    )
  })

  test('due: what is over, the oldest first, at the edges', async (t, store) => {
    const rows: [lifetime: Lifetime, due: boolean][] = [
      [epochs(8n), true],
      [epochs(10n, 'exclusive'), true],
      [epochs(10n), false],
      [epochs(11n, 'exclusive'), false],
      [epochs(2n ** 64n - 1n), false],
      [epochs(0n), true],
      [timeout(0n), false],
      [timeout(0n, { edge: 'exclusive' }), true],
      [timeout(-2n), true],
      [timeout(1n), false],
      [timeout(-(2n ** 63n)), true],
      [timeout(2n ** 63n - 1n), false],
    ]
    const expected = new Set<string>()
    for (const [lifetime, due] of rows) {
      const stored = session({ lifetime })
      await store.insert(stored)
      if (due) expected.add(stored.id)
    }
    const due = await dueOf(store, at(10n), 100)
    t.strictSame(new Set(due.map(({ id }) => id)), expected)
    const expirations = due.flatMap(({ lifetime }) => (lifetime.kind === 'epochs' ? [lifetime.expiration] : []))
    t.strictSame(expirations, [0n, 8n, 10n])
    const timeouts = due.flatMap(({ lifetime }) => (lifetime.kind === 'timeout' ? [lifetime.timeout_ns] : []))
    t.strictSame(timeouts, [-(2n ** 63n), -2n, 0n])
  })

  test('due: bounded, and what is not ended comes again', async (t, store) => {
    const ids = new Set<string>()
    for (let n = 0n; n < 50n; n += 1n) {
      const stored = session({ lifetime: n % 2n === 0n ? epochs(n % 10n) : timeout(-n - 1n) })
      await store.insert(stored)
      ids.add(stored.id)
    }
    for (let round = 0; round < 3; round += 1) t.equal((await dueOf(store, at(10n), 7)).length, 7)
    const seen = new Set((await dueOf(store, at(10n), 1_000)).map(({ id }) => id))
    t.strictSame(seen, ids)
    let slices = 0
    for (let due = await dueOf(store, at(10n), 7); due.length > 0; due = await dueOf(store, at(10n), 7)) {
      slices += 1
      for (const { id } of due) t.ok(await store.end(id, expired))
    }
    t.equal(slices, 8)
    t.equal(store.counts().tombstones, 50)
  })

  test('due: many that end with an epoch leave room for those with a timeout, and the other way', async (t, store) => {
    for (let n = 0; n < 40; n += 1) await store.insert(session({ lifetime: epochs(1n) }))
    for (let n = 0; n < 40; n += 1) await store.insert(session({ lifetime: timeout(-1n) }))
    const due = await dueOf(store, at(10n), 20)
    t.equal(due.filter(({ lifetime }) => lifetime.kind === 'epochs').length, 10)
    t.equal((await dueOf(store, { epoch: 0n, instant: NOW }, 20)).length, 20, 'no room is kept for what is not there')
  })

  test('due: renewals count, from the first to the last', async (t, store) => {
    const kept = session({ lifetime: timeout(1_000n) })
    const left = session({ lifetime: timeout(2_000n) })
    await store.insert(kept)
    await store.insert(left)
    for (let n = 1n; n <= 10n; n += 1n) {
      store.renew(kept.id, NOW + n * 900n)
      const instant = NOW + n * 900n
      const due = await dueOf(store, at(0n, instant), 10)
      const expected = instant > NOW + 2_000n ? [left.id] : []
      t.strictSame(
        due.map(({ id }) => id),
        expected,
        `after ${n} renewals`,
      )
    }
    t.same((await dueOf(store, at(0n, NOW + 9_000n + 1_000n), 10)).length, 1, 'alive at exactly the timeout')
    const due = await dueOf(store, at(0n, NOW + 9_000n + 1_001n), 10)
    t.strictSame(
      due.map(({ id }) => id),
      [left.id, kept.id],
    )
    const kinds = due.map(({ lifetime }) => (lifetime.kind === 'timeout' ? lifetime.renewedAt - NOW : undefined))
    t.strictSame(kinds, [0n, 9_000n], 'as they are now')
  })

  test('due: ten thousand renewed sessions hide none that is over', async (t, store) => {
    const left = session({ lifetime: timeout(1_000n) })
    const kept = Array.from({ length: 10_000 }, () => session({ owner: undefined, lifetime: timeout(500n) }))
    for (const one of kept) await store.insert(one)
    await store.insert(left)
    for (const { id } of kept) store.renew(id, NOW + 900n)
    const now = at(0n, NOW + 1_001n)
    let asked = 0
    let page = await store.due(now, 5)
    for (; page.sessions.length === 0 && page.more && asked < 10_000; page = await store.due(now, 5)) asked += 1
    t.strictSame(
      page.sessions.map(({ id }) => id),
      [left.id],
    )
  })

  test('due: lazy ones for their partition alone', async (t, store) => {
    const lazy = (partition: number, number: bigint, timeout_ns: bigint) =>
      session({ partition, number, lifetime: timeout(timeout_ns, { expiry: 'lazy' }) })
    const one = lazy(1, 1n, 10n)
    const other = lazy(2, 1n, 10n)
    const later = lazy(1, 2n, 1_000n)
    const eager = session({ partition: 1, number: 3n, lifetime: timeout(10n) })
    for (const stored of [one, other, later, eager, session({ lifetime: epochs(1n) })]) await store.insert(stored)
    const now = at(0n, NOW + 11n)
    const ids = async (partition?: number) => (await dueOf(store, now, 10, partition)).map(({ id }) => id)
    t.strictSame(await ids(), [eager.id])
    t.strictSame(await ids(1), [one.id])
    t.strictSame(await ids(2), [other.id])
    t.strictSame(await ids(3), [])
    await store.end(one.id, expired)
    t.strictSame(await ids(1), [])
    store.renew(other.id, NOW + 5n)
    t.strictSame(await ids(2), [])
  })

  test('counts of open sessions, by generation and owner, and of tombstones', async (t, store) => {
    const atomix = { generation: 'atomix', dialect: 'atomix', clientVersion: '' }
    const stored = [session(), session(), session({ owner: OWNER_B }), session({ owner: undefined, origin: atomix })]
    for (const one of stored) await store.insert(one)
    const counts = async () => [
      store.counts().open.get('v2') ?? 0,
      store.counts().open.get('atomix') ?? 0,
      await store.countOf(OWNER_A),
      await store.countOf(OWNER_B),
      store.counts().tombstones,
    ]
    t.same(await counts(), [3, 1, 2, 1, 0])
    for (const { id } of stored.slice(1)) await store.end(id, closed)
    t.same(await counts(), [1, 0, 1, 0, 3])
    t.equal(await store.countOf(new Uint8Array(25)), 0)
  })

  test(
    'tombstones are bounded: the oldest end goes first',
    async (t, store) => {
      const stored = Array.from({ length: 12 }, () => session())
      for (const one of stored) await store.insert(one)
      const order = [...stored].reverse()
      for (const { id } of order) await store.end(id, closed)
      t.equal(store.counts().tombstones, 5)
      for (const [index, { id }] of order.entries()) {
        t.equal((await store.tombstone(byId(id))) !== undefined, index >= 7, `end ${index}`)
      }
      t.equal((await store.list({}, 100)).items.length, 5)
    },
    { tombstones: 5 },
  )

  test('forget: tombstones from before that time', async (t, store) => {
    const stored = Array.from({ length: 4 }, () => session())
    for (const one of stored) await store.insert(one)
    for (const [index, { id }] of stored.slice(0, 3).entries())
      await store.end(id, { ...closed, endedAt_ms: 1_000 * index })
    await store.forget(1_000)
    const kept = await Promise.all(stored.map(async ({ id }) => (await store.tombstone(byId(id))) !== undefined))
    t.same(kept, [false, true, true, false])
    t.ok(await store.get(byId(stored[3]?.id ?? '')), 'open sessions stay')
    await store.forget(Number.MAX_SAFE_INTEGER)
    t.equal(store.counts().tombstones, 0)
    t.equal((await store.list({}, 100)).items.length, 1)
  })

  test('list: filters', async (t, store) => {
    const key = await keys.take()
    const v1 = { generation: 'v1', dialect: 'C', clientVersion: '1.2.0' }
    const a = session()
    const b = session({ origin: v1, owner: OWNER_B, key })
    const c = session({ origin: { ...v1, dialect: 'E2' } })
    const d = session({ owner: undefined })
    for (const one of [a, b, c, d]) await store.insert(one)
    await store.end(c.id, closed)
    await store.end(d.id, expired)
    const rows: [SessionFilter, Session[]][] = [
      [{}, [a, b, c, d]],
      [{ state: 'open' }, [a, b]],
      [{ state: 'closed' }, [c]],
      [{ state: 'expired' }, [d]],
      [{ generation: 'v1' }, [b, c]],
      [{ generation: 'v1', state: 'open' }, [b]],
      [{ dialect: 'E2' }, [c]],
      [{ owner: OWNER_A }, [a, c]],
      [{ owner: new Uint8Array(25) }, []],
      [{ account: key.account }, [b]],
      [{ generation: 'atomix' }, []],
    ]
    for (const [filter, expected] of rows) {
      const { items, cursor } = await store.list(filter, 10)
      t.strictSame(
        items.map(({ session }) => session.id),
        expected.map(({ id }) => id),
      )
      t.equal(cursor, undefined)
    }
    const ends = (await store.list({}, 10)).items.map(({ end }) => end)
    t.strictSame(ends, [undefined, undefined, { ...closed }, { ...expired }])
  })

  test('list: pages, while sessions come and go', async (t, store) => {
    const stored = Array.from({ length: 25 }, () => session())
    for (const one of stored) await store.insert(one)
    const seen: ListedSession[] = []
    let page: Page = await store.list({}, 10)
    seen.push(...page.items)
    const late = session()
    await store.insert(late)
    await store.end(stored[3]?.id ?? '', closed)
    await store.end(stored[12]?.id ?? '', closed)
    await store.forget(Number.MAX_SAFE_INTEGER)
    while (page.cursor !== undefined) {
      page = await store.list({}, 10, page.cursor)
      t.ok(page.items.length <= 10)
      seen.push(...page.items)
    }
    const expected = [...stored.filter((_, index) => index !== 12), late].map(({ id }) => id)
    t.strictSame(
      seen.map(({ session }) => session.id),
      expected,
    )
    t.equal((await store.list({}, expected.length)).cursor, undefined, 'a full last page has no cursor')
    t.equal(await outcomeOf(() => store.list({}, 10, 'no cursor!')), 'invalid')
  })

  test('one holder of a lease at a time', async (t, store) => {
    const lease = await store.lease('expiry', 60_000)
    t.ok(lease)
    t.equal(await store.lease('expiry', 60_000), undefined)
    const other = await store.lease('other', 60_000)
    t.ok(other, 'leases of other names are free')
    t.equal(await lease?.extend(60_000), true)
    await lease?.release()
    await lease?.release()
    t.equal(await lease?.extend(60_000), false)
    const next = await store.lease('expiry', 60_000)
    t.ok(next)
    await lease?.release()
    t.equal(await store.lease('expiry', 60_000), undefined, 'a former holder releases nothing')
    await next?.release()
    await other?.release()
  })
}

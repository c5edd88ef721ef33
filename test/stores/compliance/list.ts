import type { Session } from '../../../src/core/session.js'
import type { ListedSession, Page, SessionFilter } from '../../../src/core/store.js'
import { outcomeOf } from '../../support/core.js'
import { FakeKeyPairs } from '../../support/fake-key-pairs.js'
import {
  closed,
  epochs,
  expired,
  NOW,
  OWNER_A,
  OWNER_B,
  session,
  timeout,
  uuid,
} from '../../support/stored-sessions.js'
import type { ComplianceTest } from './test.js'

const keys = new FakeKeyPairs()
/** No store looks at what a key is bound to. */
const NO_BINDING = new Uint8Array(0)

/** Lists and counts. */
export function list(test: ComplianceTest): void {
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

  test('the oldest of an owner: of those that are open, in the order of insertion', async (t, store) => {
    t.equal(await store.oldestOf(OWNER_A), undefined)
    await store.insert(session({ owner: OWNER_B }))
    await store.insert(session({ owner: undefined }))
    t.equal(await store.oldestOf(OWNER_A), undefined, 'none of others')
    // The clock that tells when they were made is no order; nor is what is renewed, or over.
    const stored = [
      session({ lifetime: timeout(1_000n), createdAt_ms: 3_000 }),
      session({ lifetime: epochs(0n), createdAt_ms: 2_000 }),
      session({ createdAt_ms: 1_000 }),
      session(),
    ]
    for (const one of stored) await store.insert(one)
    const [first, over, third, last] = stored.map(({ id }) => id)
    store.renew(first ?? '', NOW + 5n)
    const oldest = await store.oldestOf(OWNER_A)
    t.strictSame(oldest, { ...stored[0], lifetime: timeout(1_000n, { renewedAt: NOW + 5n }) }, 'as it is now')
    for (const [ended, next] of [
      [third, first],
      [first, over],
      [over, last],
      [last, undefined],
    ] as const) {
      await store.end(ended ?? '', closed)
      t.equal((await store.oldestOf(OWNER_A))?.id, next)
    }
    t.equal(await store.countOf(OWNER_A), 0)
    await store.insert(session({ id: uuid() }))
    t.ok(await store.oldestOf(OWNER_A), 'and again')
  })

  test('list: filters', async (t, store) => {
    const key = await keys.take(NO_BINDING)
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
}

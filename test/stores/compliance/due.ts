import type { Lifetime } from '../../../src/core/lifetime.js'
import { at, epochs, expired, NOW, session, timeout } from '../../support/stored-sessions.js'
import { dueOf } from './due-of.js'
import type { ComplianceTest } from './test.js'

/** Sessions whose lifetime is over. */
export function due(test: ComplianceTest): void {
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
    await Promise.all(kept.map((one) => store.insert(one)))
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
}

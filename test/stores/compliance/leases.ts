import type { ComplianceTest } from './test.js'

/** Leases. */
export function leases(test: ComplianceTest): void {
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

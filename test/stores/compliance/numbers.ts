import type { ComplianceTest } from './test.js'

/** Numbers of partitions. */
export function numbers(test: ComplianceTest): void {
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
}

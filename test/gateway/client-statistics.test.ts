import fc from 'fast-check'
import t from 'tap'
import type { SeenClient } from '../../src/adapters/adapter.js'
import { ClientStatistics } from '../../src/gateway/client-statistics.js'

function client(changes: Partial<SeenClient> = {}): SeenClient {
  return {
    generation: 'v2',
    dialect: 'v2',
    version: '2.21',
    userAgent: 'grpc-go/1.60',
    peer: '127.0.0.1:1',
    ...changes,
  }
}

function statistics(limit: number) {
  let now_ms = 1_000
  const clock = { wallTime: () => now_ms }
  const pass = (time_ms: number): void => {
    now_ms += time_ms
  }
  return { statistics: new ClientStatistics(clock, limit), pass }
}

t.test('one row per kind of client, the latest first', async (t) => {
  const { statistics: seen, pass } = statistics(10)
  seen.seen(client())
  pass(5)
  seen.seen(client({ version: '2.22' }))
  pass(5)
  seen.seen(client({ peer: '127.0.0.1:2' }))
  const old = { generation: 'v2', dialect: 'v2', userAgent: 'grpc-go/1.60', bornExpired: 0 }
  t.strictSame(seen.rows(), [
    { ...old, version: '2.21', firstSeenAt_ms: 1_000, lastSeenAt_ms: 1_010, calls: 2, peer: '127.0.0.1:2' },
    { ...old, version: '2.22', firstSeenAt_ms: 1_005, lastSeenAt_ms: 1_005, calls: 1, peer: '127.0.0.1:1' },
  ])
})

t.test('the row seen longest ago makes room', async (t) => {
  const { statistics: seen } = statistics(2)
  for (const userAgent of ['a', 'b', 'a', 'c']) seen.seen(client({ userAgent }))
  t.strictSame(
    seen.rows().map(({ userAgent, calls }) => [userAgent, calls]),
    [
      ['c', 1],
      ['a', 2],
    ],
  )
  t.strictSame(seen.folded(), { rows: 1, calls: 1, lastSeenAt_ms: 1_000 })
})

t.test('never more rows than the limit, and no call is lost', async () => {
  const some = fc.record({
    generation: fc.constantFrom('v1' as const, 'v2' as const),
    dialect: fc.constantFrom('C', 'v2', ''),
    version: fc.constantFrom('', '2.0', 'x'.repeat(5_000)),
    userAgent: fc.string({ maxLength: 300 }),
  })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(some, { maxLength: 60 }), (limit, clients) => {
      const { statistics: seen } = statistics(limit)
      for (const one of clients) seen.seen(client(one))
      const rows = seen.rows()
      const calls = rows.reduce((sum, row) => sum + row.calls, seen.folded().calls)
      const size = Math.max(0, ...rows.map((row) => row.version.length + row.userAgent.length))
      return rows.length <= limit && calls === clients.length && size < 300
    }),
  )
})

t.test('each row that makes room is told', async (t) => {
  let folded = 0
  const seen = new ClientStatistics({ wallTime: () => 0 }, 2, () => {
    folded += 1
  })
  for (const userAgent of ['a', 'b', 'a', 'c', 'd']) seen.seen(client({ userAgent }))
  t.equal(folded, 2)
  t.equal(seen.folded().rows, 2)
})

t.test(
  'the first session of a client that was over at once is told once, with names of a bounded length',
  async (t) => {
    const { statistics: seen } = statistics(10)
    t.strictSame(seen.bornExpired(client()), client())
    seen.seen(client())
    t.equal(seen.bornExpired(client()), undefined)
    const long = seen.bornExpired(client({ userAgent: 'x'.repeat(8_000), version: 'y'.repeat(8_000), peer: 'p' }))
    t.match(long, { userAgent: /^x{120}…$/, version: /^y{120}…$/, peer: 'p' })
    t.match(seen.rows()[1], { calls: 1, bornExpired: 2 })
  },
)

t.test('a limit below 1 is refused', async (t) => {
  for (const limit of [0, -1, 1.5, Number.NaN]) {
    t.throws(() => new ClientStatistics({ wallTime: () => 0 }, limit), { name: 'RangeError' })
  }
})

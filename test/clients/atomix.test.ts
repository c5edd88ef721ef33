import t from 'tap'
import { startUnderTest } from '../support/gateway-under-test.js'
import { SeededRandom } from '../support/seeded-random.js'
import { ATOMIX_CLIENTS, AtomixClient, type Verdict } from './atomix.js'
import { connected } from './in-core.js'

const ROUNDS = 20

for (const version of ATOMIX_CLIENTS) {
  t.test(`${version}: opens, keeps alive and closes, on many partitions`, async (t) => {
    const gateway = await startUnderTest(t)
    const grpc = connected(t, gateway.address)
    const random = new SeededRandom(500 + ATOMIX_CLIENTS.indexOf(version))
    const seen = new Map<number, bigint[]>()
    for (let round = 0; round < ROUNDS; round++) {
      const partition = 1 + random.below(3)
      const timeout_ms = [2, 1, 1500, 30_000, 60_000, 86_400_000][random.below(6)] ?? 0
      const client = new AtomixClient({ version, partition, timeout_ms })
      t.same(await client.open(grpc), { kind: 'ok' }, `round ${round}: open`)
      const id = client.sessionId
      seen.set(partition, [...(seen.get(partition) ?? []), id])
      const session = await gateway.sessions.find({ by: 'number', partition, number: id })
      t.match(session, {
        partition,
        number: id,
        owner: undefined,
        key: undefined,
        lifetime: { kind: 'timeout', timeout_ns: BigInt(timeout_ms) * 1_000_000n, edge: 'inclusive', expiry: 'eager' },
        origin: { generation: 'atomix', dialect: 'atomix', clientVersion: version === 'v0.1.1' ? 'v0.1' : 'v0.2+' },
      })
      t.same(await client.keepAlive(grpc), { kind: 'ok' }, `round ${round}: keep alive`)
      t.equal(client.sessionId, id, 'no answer moves the client to another session')
      t.same(await client.close(grpc), { kind: 'ok' }, `round ${round}: close`)
    }
    for (const [partition, ids] of seen) {
      t.same(
        ids,
        ids.map((_, index) => BigInt(index + 1)),
        `partition ${partition}: from 1 on, one by one`,
      )
    }
    t.same(gateway.counts(), { open: 0, pending: 0 })
    t.same(gateway.faults, [])
  })
}

t.test('a client that names no timeout gets the default', async (t) => {
  const gateway = await startUnderTest(t)
  const grpc = connected(t, gateway.address)
  const client = new AtomixClient({ version: 'v0.4.1', partition: 1, timeout_ms: null })
  await client.open(grpc)
  const session = await gateway.sessions.find({ by: 'number', partition: 1, number: client.sessionId })
  t.match(session, { lifetime: { timeout_ns: 30_000_000_000n } })
})

/** What may happen in a client of any version. The rest is what the safe profile is there to avoid (atomix §4.4). */
const HARMLESS: readonly Verdict['kind'][] = ['ok', 'error']

t.test('safe: no answer makes a client of any version spin, crash, hang or retry for ever', async (t) => {
  const gateway = await startUnderTest(t, { set: ['adapters.atomix.partitions=3'] })
  const grpc = connected(t, gateway.address)
  for (const version of ATOMIX_CLIENTS) {
    const open = async (wish: { partition?: number; timeout_ms?: number } = {}) => {
      const client = new AtomixClient({ version, partition: 1, timeout_ms: 1000, ...wish })
      return { client, verdict: await client.open(grpc) }
    }
    const harmless = (verdict: Verdict, kind: Verdict['kind'], name: string) => {
      t.ok(HARMLESS.includes(verdict.kind), `${version}: ${name}: ${verdict.kind}`)
      t.equal(verdict.kind, kind, `${version}: ${name}`)
      if (verdict.kind === 'error') t.not(verdict.message, '', 'the user is told why')
    }
    for (const partition of [0, 4, 2 ** 32 - 1]) {
      harmless((await open({ partition })).verdict, 'error', `open on partition ${partition}`)
    }
    harmless((await open({ timeout_ms: 9_223_372_037_000 })).verdict, 'error', 'a timeout above 64 bits')
    harmless((await open({ timeout_ms: 0 })).verdict, 'ok', 'a timeout of 0')

    const closed = (await open()).client
    harmless(await closed.close(grpc), 'ok', 'close')
    harmless(await closed.close(grpc), 'error', 'close again')
    harmless(await closed.keepAlive(grpc), 'error', 'keep alive after close')

    const never = new AtomixClient({ version, partition: 2 })
    harmless(await never.keepAlive(grpc), 'error', 'keep alive before open')
    harmless(await never.close(grpc), 'error', 'close before open')

    const late = (await open()).client
    gateway.clock.advance(1000)
    harmless(await late.keepAlive(grpc), 'ok', 'keep alive at exactly the timeout')
    gateway.clock.advanceNanoseconds(1_000_000_001n)
    const id = late.sessionId
    const verdict = await late.keepAlive(grpc)
    harmless(verdict, 'error', 'keep alive a nanosecond later')
    t.equal(late.sessionId, id, 'an error moves no client to another session')
    if (version === 'v0.4.1') t.same(verdict, { kind: 'error', message: `unknown session ${id}` })
    harmless(await late.close(grpc), 'error', 'close after that')
  }
  t.same(gateway.faults, [])
})

const FAITHFUL = [
  ['v0.1', 2],
  ['v0.5', 13],
] as const
for (const [profile, code] of FAITHFUL) {
  t.test(`${profile}: an unknown session makes clients retry, as the genuine server did`, async (t) => {
    const gateway = await startUnderTest(t, { set: [`adapters.atomix.profile=${profile}`] })
    const grpc = connected(t, gateway.address)
    const client = new AtomixClient({ version: 'v0.3.1', partition: 1, timeout_ms: 1000 })
    t.same(await client.open(grpc), { kind: 'ok' })
    t.equal(client.sessionId, 1n)
    t.same(await client.close(grpc), { kind: 'ok' })
    t.same(await client.keepAlive(grpc), { kind: 'retries', forEver: true, code, message: 'unknown session 1' })
    t.same(await client.close(grpc), { kind: 'retries', forEver: true, code, message: 'unknown session 1' })
    const next = new AtomixClient({ version: 'v0.3.1', partition: 1, timeout_ms: 1000 })
    await next.open(grpc)
    t.equal(next.sessionId, 5n, 'every command has used up a number')
    gateway.clock.advance(3_600_000)
    t.same(await next.keepAlive(grpc), { kind: 'ok' }, 'nobody looked in between, so it lives')
  })
}

t.test('a call of one partition never touches a session of another', async (t) => {
  const gateway = await startUnderTest(t)
  const grpc = connected(t, gateway.address)
  const [one, two] = [1, 2].map((partition) => new AtomixClient({ version: 'v0.4.1', partition, timeout_ms: 1000 }))
  if (one === undefined || two === undefined) throw new Error('two clients')
  await one.open(grpc)
  await two.open(grpc)
  t.equal(one.sessionId, two.sessionId, 'ids are unique per partition only')
  await one.close(grpc)
  t.same(await two.keepAlive(grpc), { kind: 'ok' })
  t.same(gateway.counts(), { open: 1, pending: 0 })
})

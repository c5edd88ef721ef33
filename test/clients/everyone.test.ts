import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import Type from 'typebox'
import { Value } from 'typebox/value'
import { parse as uuidBytes, stringify as uuidText } from 'uuid'
import { SessionSchema } from '../../src/admin/session-json.js'
import type { Session, SessionRef } from '../../src/core/session.js'
import { outcomeOf } from '../support/core.js'
import { testGateway } from '../support/gateway.js'
import { type GatewayUnderTest, startUnderTest } from '../support/gateway-under-test.js'
import { SeededRandom } from '../support/seeded-random.js'
import { AtomixClient, type Verdict } from './atomix.js'
import { EVERYONE, type Known } from './everyone.js'
import { connected } from './in-core.js'
import { PATIENCE_MS } from './outcome.js'

/** Clients of all generations at one gateway, at the same time, through one port. */

const PageSchema = Type.Object({ sessions: Type.Array(SessionSchema), cursor: Type.Optional(Type.String()) })

/** All open a session at the same time, each on a connection of its own, a few times over. */
function everyoneOpens(t: Test, address: string, each: number, expiration: bigint): Promise<Known[]> {
  const random = new SeededRandom(77)
  return Promise.all(
    EVERYONE.flatMap((open) => {
      const grpc = connected(t, address)
      return Array.from({ length: each }, () => open(grpc, random, expiration))
    }),
  )
}

interface Row extends Omit<Known, 'client' | 'generation' | 'lifetime'> {
  readonly generation: string
  readonly lifetime: unknown
}

/** Equal for a session that a client knows and the same one as the gateway tells it. */
function rowOf(known: Row): string {
  const { generation, dialect, clientVersion, id, publicKey, owner, partition, number, lifetime, edge } = known
  return JSON.stringify([generation, dialect, clientVersion, id, publicKey, owner, partition, number, lifetime, edge])
}

function rowsOf(known: readonly Known[]): string[] {
  return known.map((one) => rowOf({ ...one, lifetime: Object.values(one.lifetime)[0] })).sort()
}

const EACH = 3

t.test('the admin API lists them all, with owner, lifetime and origin', async (t) => {
  const { grpc, admin, lines } = await testGateway(t)
  const known = await everyoneOpens(t, grpc, EACH, 100n)

  const listed: Type.Static<typeof SessionSchema>[] = []
  let query = 'limit=50'
  for (;;) {
    const page: unknown = await (await fetch(`${admin}/api/v1/sessions?state=open&${query}`)).json()
    if (!Value.Check(PageSchema, page)) throw new Error(`no page: ${JSON.stringify(page).slice(0, 300)}`)
    listed.push(...page.sessions)
    if (page.cursor === undefined) break
    query = `limit=50&cursor=${encodeURIComponent(page.cursor)}`
  }
  const rows = listed.map((session) => {
    const { generation, dialect, clientVersion, owner = '', publicKey = '', partition, number = '', lifetime } = session
    const id = generation === 'atomix' ? '' : session.id.replaceAll('-', '')
    const { expiration, timeout_ns, edge } = lifetime
    return rowOf({
      generation,
      dialect,
      clientVersion,
      id,
      publicKey,
      owner,
      partition,
      number,
      lifetime: expiration ?? timeout_ns,
      edge,
    })
  })
  t.same(rows.sort(), rowsOf(known))
  t.ok(known.length >= 30 * EACH, `${known.length} sessions of ${EVERYONE.length} kinds of clients`)

  for (const [index, { client, id, publicKey, partition, number, owner }] of known.entries()) {
    if (index % EACH !== 0) continue
    const name = id === '' ? `${partition}:${number}` : id
    const one: unknown = await (await fetch(`${admin}/api/v1/sessions/${name}`)).json()
    if (!Value.Check(SessionSchema, one)) throw new Error(`${client}: no session: ${JSON.stringify(one)}`)
    t.equal(one.publicKey ?? '', publicKey, `${client} is found by ${name}`)
    if (id === '') continue
    for (const filter of [`account=${one.account}`, `owner=${owner}`]) {
      const page: unknown = await (await fetch(`${admin}/api/v1/sessions?${filter}`)).json()
      if (!Value.Check(PageSchema, page)) throw new Error(`${client}: no page: ${JSON.stringify(page)}`)
      t.same(
        page.sessions.map(({ id }) => id.replaceAll('-', '')),
        [id],
        `${client} is found by ${filter}`,
      )
    }
  }
  // Clients and gateway share this process, so that it may stand still for a moment: a warning, and no fault.
  t.same(
    lines.filter(({ level }) => level === 'error'),
    [],
    'no fault of ours',
  )
})

/** The way in which a client of that generation would name its session. */
function refOf({ id, owner, partition, number }: Known): SessionRef {
  if (id === '') return { by: 'number', partition, number: BigInt(number) }
  return { by: 'id', id: uuidText(Buffer.from(id, 'hex')), owner: Buffer.from(owner, 'hex') }
}

async function foundBy(gateway: GatewayUnderTest, known: Known): Promise<Session> {
  const session = await gateway.sessions.find(refOf(known))
  if (session === undefined) throw new Error(`${known.client}: no session`)
  return session
}

t.test(
  'the core finds each by id, by number and by account; renewing and closing stay within the generation',
  async (t) => {
    const gateway = await startUnderTest(t)
    const { sessions } = gateway
    const everyone = await everyoneOpens(t, gateway.address, 2, 100n)
    t.same(gateway.counts(), { open: everyone.length, pending: 0 })
    const generations = ['v1-legacy', 'v1', 'v2', 'atomix']
    for (const known of everyone) {
      const session = await foundBy(gateway, known)
      t.match(session.origin, {
        generation: known.generation,
        dialect: known.dialect,
        clientVersion: known.clientVersion,
      })
      const byId: SessionRef = { by: 'id', id: session.id }
      t.equal(await sessions.find(byId), session, `${known.client}: by id`)
      if (session.key !== undefined) {
        const byAccount: SessionRef = { by: 'account', account: session.key.account }
        t.equal(await sessions.find(byAccount), session, `${known.client}: by account`)
        t.same(uuidBytes(session.id), Buffer.from(known.id, 'hex'))
      }
      for (const generation of generations.filter((name) => name !== known.generation)) {
        const by = { generation, endedBy: 'client' }
        t.equal(
          await outcomeOf(() => sessions.keepAlive(byId, by)),
          'not_found',
          `${known.client}: renewed by ${generation}`,
        )
        t.equal(
          await outcomeOf(() => sessions.close(byId, by)),
          'not_found',
          `${known.client}: closed by ${generation}`,
        )
      }
      t.equal(await sessions.find(byId), session, `${known.client}: it is still there`)
    }

    // On the wire only Atomix renews and closes; all numbers on all partitions reach no session of another generation.
    const grpc = connected(t, gateway.address)
    for (const { partition } of everyone.filter(({ generation }) => generation === 'atomix')) {
      const client = new AtomixClient({ version: 'v0.4.1', partition })
      await client.open(grpc)
      t.same(await client.close(grpc), { kind: 'ok' })
    }
    const neoFs = everyone.filter(({ generation }) => generation !== 'atomix')
    for (const known of neoFs) await foundBy(gateway, known)
    t.same(gateway.faults, [])
  },
)

t.test('an Atomix session that is kept alive lives through 10 timeouts, in real time', async (t) => {
  // A machine under load may stop this process for a while, client and gateway alike: that is given back early.
  const { grpc: address, admin } = await testGateway(t, { 'limits.stall': '20ms' })
  const grpc = connected(t, address)
  const timeout_ms = 200
  const client = new AtomixClient({ version: 'v0.4.1', partition: 1, timeout_ms })
  t.teardown(() => client.stop())
  t.same(await client.open(grpc), { kind: 'ok' })
  const verdicts: Verdict[] = []
  client.start(grpc, (verdict) => verdicts.push(verdict))
  await sleep(10 * timeout_ms)
  const seen = async (): Promise<Type.Static<typeof SessionSchema>> => {
    const session: unknown = await (await fetch(`${admin}/api/v1/sessions/1:${client.sessionId}`)).json()
    if (!Value.Check(SessionSchema, session)) throw new Error(`no session: ${JSON.stringify(session)}`)
    return session
  }
  t.equal((await seen()).state, 'open', 'after 10 timeouts')
  t.ok(verdicts.length >= 10, `${verdicts.length} keep-alives`)
  t.same(
    verdicts.filter(({ kind }) => kind !== 'ok'),
    [],
    'all were answered well',
  )
  client.stop()
  const stopped_ms = Date.now()
  let session = await seen()
  while (session.state === 'open' && Date.now() < stopped_ms + PATIENCE_MS) {
    await sleep(20)
    session = await seen()
  }
  t.match(session, { state: 'expired', end: { reason: 'expired', by: 'expiry' } })
  const lived_ms = Date.parse(session.end?.at ?? '') - stopped_ms
  t.ok(lived_ms < timeout_ms + 1000, `it ended ${lived_ms} ms after the client stopped`)
})

t.test('an Atomix session that is kept alive lives through 10 timeouts, to the nanosecond', async (t) => {
  const gateway = await startUnderTest(t)
  const grpc = connected(t, gateway.address)
  const client = new AtomixClient({ version: 'v0.1.1', partition: 1, timeout_ms: 200 })
  await client.open(grpc)
  const here = () => gateway.sessions.find({ by: 'number', partition: 1, number: client.sessionId })
  for (let beat = 0; beat < 20; beat++) {
    await gateway.clock.advanceAsync(100)
    t.same(await client.keepAlive(grpc), { kind: 'ok' }, `after ${(beat + 1) * 100} ms`)
  }
  await gateway.clock.advanceAsync(200)
  t.ok(await here(), 'alive at exactly the timeout')
  gateway.clock.advanceNanoseconds(1n)
  t.notOk(await here(), 'and gone a nanosecond later')
  t.same(await client.keepAlive(grpc), { kind: 'error', message: 'an unknown error occurred' })

  const forgotten = new AtomixClient({ version: 'v0.1.1', partition: 1, timeout_ms: 200 })
  await forgotten.open(grpc)
  t.same(gateway.counts(), { open: 1, pending: 0 })
  await gateway.clock.advanceAsync(1200)
  t.same(gateway.counts(), { open: 0, pending: 0 }, 'nobody asks for it, and it is reclaimed within a second')
})

for (const [expiryEdge, lastOfV2] of [
  ['node', 19n],
  ['spec', 20n],
] as const) {
  t.test(`NeoFS sessions end at the edge of their epoch, ${expiryEdge}`, async (t) => {
    const gateway = await startUnderTest(t, { epoch: 10n, set: [`adapters.v2.expiryEdge=${expiryEdge}`] })
    const everyone = (await everyoneOpens(t, gateway.address, 1, 20n)).filter(
      ({ generation }) => generation !== 'atomix',
    )
    for (const epoch of [11n, 19n, 20n, 21n]) {
      gateway.epochs.set(epoch)
      for (const known of everyone) {
        const alive = (await gateway.sessions.find(refOf(known))) !== undefined
        const last = known.generation === 'v2' ? lastOfV2 : 20n
        t.equal(alive, epoch <= last, `${known.client}: ${alive ? 'alive' : 'over'} in epoch ${epoch}`)
      }
    }
    const { items } = await gateway.sessions.list({ state: 'expired' }, 1000)
    t.equal(items.length, everyone.length, 'all of them are remembered as expired')
    t.same(gateway.faults, [])
  })
}

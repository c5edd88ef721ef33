import { createServer } from 'node:http'
import t, { type Test } from 'tap'
import { parseSessionName } from '../../src/core/session-name.js'
import type { AdminSource } from '../../src/explain/admin-source.js'
import { explain } from '../../src/explain/explain.js'
import type { Found } from '../../src/explain/facts.js'
import { render } from '../../src/explain/render.js'
import { AtomixClient } from '../clients/atomix.js'
import { EVERYONE, type Known } from '../clients/everyone.js'
import { connected } from '../clients/in-core.js'
import { sourceAt } from '../support/admin-source.js'
import { BEARER } from '../support/admin-token.js'
import { testGateway } from '../support/gateway.js'
import { GrpcClient } from '../support/grpc-client.js'
import { ManualClock } from '../support/manual-clock.js'
import { SeededRandom } from '../support/seeded-random.js'

async function find(source: AdminSource, name: string): Promise<Found> {
  const ref = parseSessionName(name)
  const found = ref === undefined ? undefined : await source.find(ref)
  if (found === undefined) throw new Error(`${name} is not found`)
  return found
}

function nameOf({ id, partition, number }: Known): string {
  return id === '' ? `${partition}:${number}` : id
}

t.test('sessions of every client, as a gateway tells them: open, then over', async (t) => {
  const clock = new ManualClock()
  const { grpc: address, admin } = await testGateway(t, { epoch: 'manual:10' }, { clock })
  const source = sourceAt(admin, () => clock.wallTime())
  const grpc = connected(t, address)
  const random = new SeededRandom(31)
  const everyone: Known[] = []
  for (const open of EVERYONE) everyone.push(await open(grpc, random, 20n))
  clock.advance(5_000)
  for (const known of everyone) {
    const { facts, now } = await find(source, nameOf(known))
    const { client, generation, dialect, clientVersion, owner, edge, lifetime } = known
    t.match(facts, { origin: { generation, dialect, clientVersion }, end: undefined, lifetime: { edge } }, client)
    t.equal(Buffer.from(facts.owner ?? []).toString('hex'), owner, client)
    t.equal(facts.createdAt_ms, clock.wallTime() - 5_000, client)
    t.strictSame(now, { wall_ms: clock.wallTime(), epoch: 10n, epochLength_ms: undefined })
    if ('expiration' in lifetime) {
      t.match(facts.lifetime, { kind: 'epochs', notBefore: 0n, expiration: BigInt(lifetime.expiration) }, client)
    } else {
      const timeout_ns = BigInt(lifetime.timeout_ns)
      const renewedAt_ms = facts.createdAt_ms
      t.match(facts.lifetime, { kind: 'timeout', timeout_ns, renewedAt_ms, expiry: 'eager' }, client)
    }
    t.equal(explain(facts, now).state, 'open', client)
  }

  await fetch(`${admin}/api/v1/epoch`, {
    method: 'PUT',
    body: '{"epoch":"21"}',
    headers: { ...BEARER, 'content-type': 'application/json' },
  })
  clock.advance(56_000)
  for (const known of everyone) {
    const { facts, now } = await find(source, nameOf(known))
    const explanation = explain(facts, now)
    t.equal(explanation.state, 'expired', known.client)
    t.match(explanation.ended, { reason: 'expired', by: 'expiry' })
    t.match(render(explanation), /renewed {3}never/)
    t.equal(now.epoch, 21n)
  }
})

t.test('renewals are told by the wall clock, of open sessions and of ended ones', async (t) => {
  const clock = new ManualClock()
  const { grpc: address, admin } = await testGateway(t, {}, { clock })
  const source = sourceAt(admin, () => clock.wallTime())
  const grpc = new GrpcClient(address)
  t.teardown(() => grpc.close())
  const client = new AtomixClient({ version: 'v0.4.1', partition: 3, timeout_ms: 60_000 })
  await client.open(grpc)
  clock.advance(30_000)
  await client.keepAlive(grpc)
  const renewedAt_ms = clock.wallTime()
  clock.advance(10_000)
  const name = `3:${client.sessionId}`
  t.equal(explain(...args(await find(source, name))).renewed.text, `last ${time(renewedAt_ms)}, 10 seconds ago`)
  await client.close(grpc)
  clock.advance(50_000)
  const closed = explain(...args(await find(source, name)))
  t.equal(closed.renewed.text, `last ${time(renewedAt_ms)}, 1 minute ago`)
  t.match(closed.ended, { by: 'client', text: /50 seconds ago: its client closed it$/ })
  clock.setWallTime(clock.wallTime() + 3_600_000)
  t.equal(explain(...args(await find(source, name))).renewed.text, 'not known any more', 'rather than a wrong time')
})

function args({ facts, now }: Found): [Found['facts'], Found['now']] {
  return [facts, now]
}

function time(wall_ms: number): string {
  return new Date(wall_ms).toISOString()
}

/** What is not the admin listener of a gateway. */
async function answering(t: Test, status: number, body: string): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end(body))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void server.close())
  const address = server.address()
  return typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : ''
}

t.test('what does not answer as an admin listener does is told', async (t) => {
  const rows: readonly (readonly [status: number, body: string, message: RegExp])[] = [
    [200, 'hello', /is not the admin listener of a session gateway of this version \(HTTP 200\)$/],
    [200, '{"id":"x"}', /is not the admin listener/],
    [404, 'not here', /is not the admin listener .* \(HTTP 404\)$/],
    [302, '', /is not the admin listener .* \(HTTP 302\)$/],
    [
      503,
      '{"title":"t","status":503,"code":"store_unavailable","detail":"the store is away"}',
      /does not tell: the store is away \(store_unavailable\)$/,
    ],
  ]
  for (const [status, body, message] of rows) {
    const source = sourceAt(await answering(t, status, body))
    await t.rejects(source.find({ by: 'number', partition: 1, number: 1n }), { message }, body)
  }
  const stopped = await testGateway(t)
  await stopped.gateway.stop()
  const source = sourceAt(stopped.admin)
  await t.rejects(source.find({ by: 'number', partition: 1, number: 1n }), {
    message:
      /^the gateway at http:\/\/127\.0\.0\.1:\d+ does not answer \(.*ECONNREFUSED.*\): --admin takes the admin address/,
  })
})

t.test('a session that nobody knows is not found, by either name', async (t) => {
  const { admin } = await testGateway(t)
  const source = sourceAt(admin)
  t.equal(await source.find({ by: 'number', partition: 1, number: 1n }), undefined)
  t.equal(await source.find({ by: 'id', id: '0188d5a4-9c1e-4a71-8f3e-0123456789ab' }), undefined)
})

import t, { type Test } from 'tap'
import { startGateway } from '../../src/gateway/gateway.js'
import { RequestHeader } from '../../src/generated/atomix/headers.js'
import { OpenSessionRequest } from '../../src/generated/atomix/session.js'
import { HealthCheckRequest } from '../../src/generated/grpc/health.js'
import { ServerReflectionRequest, ServerReflectionResponse } from '../../src/generated/grpc/reflection_v1.js'
import { decode, encode, WireError } from '../../src/wire/index.js'
import { freshKey } from '../clients/keys.js'
import { sub } from '../clients/protos.js'
import { ask, pathOf } from '../clients/v2-companions.js'
import { parseExposition, sampleValue } from '../support/exposition.js'
import { certificates } from '../support/fixtures.js'
import { recordingLogger, testConfig, testGateway } from '../support/gateway.js'
import { type ClientOptions, GrpcClient } from '../support/grpc-client.js'
import { SeededRandom } from '../support/seeded-random.js'

const key = freshKey(new SeededRandom(60))

const V2 = {
  'neo.fs.v2.netmap.NetmapService': ['LocalNodeInfo', 'NetworkInfo', 'NetmapSnapshot'],
  'neo.fs.v2.accounting.AccountingService': ['Balance'],
}
const ATOMIX = {
  'atomix.controller.ControllerService': ['GetDatabases', 'GetPartitionGroups'],
  'atomix.membership.MembershipService': ['JoinGroup'],
  'atomix.database.DatabaseService': ['GetDatabase', 'GetDatabases'],
}
const pathsIn = (services: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(services).flatMap(([service, methods]) => methods.map((method) => `/${service}/${method}`))

async function serve(t: Test, settings: Readonly<Record<string, string>> = {}, options: ClientOptions = {}) {
  const served = await testGateway(t, settings)
  const client = new GrpcClient(served.grpc, options)
  t.teardown(() => client.close())
  return { ...served, client }
}

async function reflected(client: GrpcClient): Promise<string[]> {
  const call = client.stream('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo')
  call.send(encode(ServerReflectionRequest, ServerReflectionRequest.create({ listServices: '' })))
  const answer = decode(ServerReflectionResponse, (await call.next()) ?? new Uint8Array(0))
  await call.end()
  if (answer instanceof WireError) throw answer
  return answer.listServicesResponse?.service.map(({ name }) => name) ?? []
}

/** 0 is OK, 5 is NOT_FOUND. */
async function health(client: GrpcClient, service: string): Promise<number> {
  const request = encode(HealthCheckRequest, HealthCheckRequest.create({ service }))
  return (await client.unary('/grpc.health.v1.Health/Check', request)).code
}

async function paths(admin: string): Promise<Record<string, string[]>> {
  const { generations }: { generations: { name: string; paths: string[] }[] } = JSON.parse(
    await (await fetch(`${admin}/api/v1/info`)).text(),
  )
  return Object.fromEntries(generations.map((generation) => [generation.name, generation.paths]))
}

t.test('what is served is listed, described, healthy and answered; what is off is none of it', async (t) => {
  const table: readonly (readonly [settings: Record<string, string>, v2: boolean, atomix: boolean])[] = [
    [{}, true, true],
    [{ 'companions.enabled': 'false' }, false, false],
    [{ 'adapters.atomix.enabled': 'false' }, true, false],
    [{ 'adapters.v2.enabled': 'false' }, false, true],
  ]
  for (const [settings, v2, atomix] of table) {
    const name = JSON.stringify(settings)
    const { client, admin } = await serve(t, settings)
    const listed = await reflected(client)
    const info = await paths(admin)
    for (const [services, generation, isOn] of [
      [V2, 'v2', v2],
      [ATOMIX, 'atomix', atomix],
    ] as const) {
      for (const service of Object.keys(services)) {
        t.equal(listed.includes(service), isOn, `${name}: reflection of ${service}`)
        t.equal(await health(client, service), isOn ? 0 : 5, `${name}: health of ${service}`)
      }
      for (const path of pathsIn(services)) {
        t.equal(info[generation]?.includes(path), isOn, `${name}: info of ${path}`)
        if (path.endsWith('JoinGroup')) continue
        const { code } = await client.unary(path, Uint8Array.of(0xff))
        t.equal(code, isOn ? 13 : 12, `${name}: ${path}`)
      }
    }
  }
})

t.test('companions count apart from sessions', async (t) => {
  const { client, admin } = await serve(t)
  await ask(client, 'LocalNodeInfo', { minor: 25, key })
  await ask(client, 'NetworkInfo', { minor: 25, key })
  await client.unary(pathOf('Balance'), new Uint8Array(0))
  await client.unary('/atomix.database.DatabaseService/GetDatabase', new Uint8Array(0))
  const open = OpenSessionRequest.create({ header: RequestHeader.create({ partition: 1 }) })
  await client.unary('/atomix.session.SessionService/OpenSession', encode(OpenSessionRequest, open))

  const { samples } = parseExposition(await (await fetch(`${admin}/metrics`)).text())
  const calls = (method: string, outcome: string) =>
    sampleValue(samples, 'session_gateway_companion_calls_total', { method, outcome })
  t.same(
    [
      calls('LocalNodeInfo', 'ok'),
      calls('NetworkInfo', 'ok'),
      calls('Balance', 'unauthenticated'),
      calls('GetDatabase', 'ok'),
    ],
    [1, 1, 1, 1],
  )
  const operations = samples.filter(({ name }) => name === 'session_gateway_operations_total')
  t.equal(operations.length, 1, 'the one session')
  const { clients }: { clients: { generation: string }[] } = JSON.parse(
    await (await fetch(`${admin}/api/v1/clients`)).text(),
  )
  t.same(
    clients.map(({ generation }) => generation),
    ['atomix'],
    'whoever only asks around is no client of sessions',
  )
})

t.test('a node is advertised where its caller found it', async (t) => {
  const addresses = async (client: GrpcClient) => {
    const { body } = await ask(client, 'LocalNodeInfo', { minor: 25, key })
    return sub(body, 'node_info')?.['addresses']
  }
  const plain = await serve(t)
  t.same(await addresses(plain.client), [`/ip4/127.0.0.1/tcp/${plain.grpc.split(':')[1]}`])
  const mapped = await serve(t, {}, { authority: 'node.example:18080' })
  t.same(await addresses(mapped.client), ['/dns4/node.example/tcp/18080'])
  const nameless = await serve(t, { listen: '127.0.0.1:0,127.0.0.1:0' }, { authority: '_._..' })
  t.same(await addresses(nameless.client), [`/ip4/127.0.0.1/tcp/${nameless.grpc.split(':')[1]}`], 'the first listener')

  const files = t.testdir({
    cert: Buffer.from(certificates.server.certificate).toString(),
    key: Buffer.from(certificates.server.privateKey).toString(),
  })
  const settings = { 'tls.cert': `${files}/cert`, 'tls.key': `${files}/key` }
  const tls = { authority: certificates.authority }
  const secure = await serve(t, settings, { tls })
  t.same(await addresses(secure.client), [`/ip4/127.0.0.1/tcp/${secure.grpc.split(':')[1]}/tls`])
  const portless = await serve(t, settings, { tls, authority: 'localhost' })
  t.same(await addresses(portless.client), ['/dns4/localhost/tcp/443/tls'])
  const configured = await serve(
    t,
    { ...settings, 'companions.addresses': 'a.example:1,/dns4/b.example/tcp/2' },
    { tls },
  )
  t.same(await addresses(configured.client), ['/dns4/a.example/tcp/1/tls', '/dns4/b.example/tcp/2'])
})

t.test('a length of the epoch that cannot be told is refused at the start', async (t) => {
  const table: readonly (readonly [settings: Record<string, string>, message: RegExp])[] = [
    [{ 'companions.msPerBlock': '7000' }, /^companions\.msPerBlock: .*3600000 ms.*--epoch clock:store,1h/],
    [{ 'companions.epochDuration': '7' }, /^companions\.epochDuration: /],
    [
      { 'companions.epochDuration': '240', 'companions.msPerBlock': '1000' },
      /^companions\.epochDuration and companions\.msPerBlock: 240 blocks of 1000 ms are 240000 ms/,
    ],
  ]
  for (const [settings, message] of table) {
    const config = testConfig({ epoch: 'clock:store,1h', ...settings })
    await t.rejects(startGateway(config, { log: recordingLogger() }), { name: 'ConfigError', message })
    const off = testConfig({ epoch: 'clock:store,1h', ...settings, 'companions.enabled': 'false' })
    await (await startGateway(off, { log: recordingLogger() })).stop()
  }
})

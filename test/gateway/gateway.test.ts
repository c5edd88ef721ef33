import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import t, { type Test } from 'tap'
import { SessionError } from '../../src/core/errors.js'
import { checkStart } from '../../src/gateway/check.js'
import { startGateway } from '../../src/gateway/gateway.js'
import { createLogger } from '../../src/gateway/logging.js'
import { RequestHeader } from '../../src/generated/atomix/headers.js'
import {
  CloseSessionRequest,
  KeepAliveRequest,
  OpenSessionRequest,
  OpenSessionResponse,
} from '../../src/generated/atomix/session.js'
import { HealthCheckRequest, HealthCheckResponse } from '../../src/generated/grpc/health.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { GrpcCode } from '../../src/transport/transport.js'
import { decode, encode, WireError } from '../../src/wire/index.js'
import { FixedKeyPairs } from '../crypto/fixed-key-pairs.js'
import { parseExposition, sampleValue } from '../support/exposition.js'
import { certificates } from '../support/fixtures.js'
import { recordingLogger, testConfig, testGateway } from '../support/gateway.js'
import { GrpcClient, unary } from '../support/grpc-client.js'
import { lastingPort } from '../support/lasting-port.js'
import { ManualClock, settled } from '../support/manual-clock.js'
import { bytesOf, hexOf, v1File } from '../support/vectors.js'

const SHARED = '/session.Session/Create'
const ATOMIX = '/atomix.session.SessionService'
const CHECK = '/grpc.health.v1.Health/Check'
const WATCH = '/grpc.health.v1.Health/Watch'

const OPEN = encode(OpenSessionRequest, OpenSessionRequest.create({ header: RequestHeader.create({ partition: 1 }) }))

function naming(sessionId: bigint): RequestHeader {
  return RequestHeader.create({ partition: 1, sessionId })
}

/** Opens an Atomix session and returns its number. */
async function openAtomix(client: GrpcClient): Promise<bigint> {
  const { code, message, response } = await client.unary(`${ATOMIX}/OpenSession`, OPEN)
  if (response === undefined) throw new Error(`${code} ${message}`)
  const opened = decode(OpenSessionResponse, response)
  if (opened instanceof WireError || opened.header === undefined) throw new Error('no header')
  return opened.header.sessionId
}

async function json(url: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url)
  return { status: response.status, body: await response.json() }
}

function clientOf(t: Test, address: string): GrpcClient {
  const client = new GrpcClient(address)
  t.teardown(() => client.close())
  return client
}

async function healthOf(client: GrpcClient, service: string): Promise<number> {
  const request = encode(HealthCheckRequest, HealthCheckRequest.create({ service }))
  const { code, response } = await client.unary(CHECK, request)
  if (response === undefined) return -code
  const message = decode(HealthCheckResponse, response)
  if (message instanceof WireError) throw message
  return message.status
}

t.test('one gateway, from ready line to metrics', async (t) => {
  const { gateway, grpc, admin } = await testGateway(t, { listen: '127.0.0.1:0,127.0.0.1:0' })
  t.match(gateway.ready, {
    event: 'ready',
    version: /^\d+\.\d+\.\d+/,
    role: 'backend',
    grpc: [/^127\.0\.0\.1:\d+$/, /^127\.0\.0\.1:\d+$/],
    admin: /^127\.0\.0\.1:\d+$/,
    store: 'memory:',
    publicKey: /^0[23][0-9a-f]{64}$/,
    pid: process.pid,
  })
  for (const address of gateway.ready.grpc) t.ok(await openAtomix(clientOf(t, address)), address)
  t.match(await json(`${admin}/readyz`), { status: 200 })
  t.match(await json(`${admin}/api/v1/sessions/1:2`), { body: { generation: 'atomix', state: 'open' } })
  t.match(await json(`${admin}/api/v1/info`), {
    body: {
      publicKey: gateway.ready.publicKey,
      grpc: [...gateway.ready.grpc],
      generations: [
        { name: 'v1-legacy', enabled: true, paths: [SHARED] },
        { name: 'v1', enabled: true },
        { name: 'v2', enabled: true },
        { name: 'atomix', enabled: true },
      ],
      limits: {
        'limits.messageSize': 128 * 1024,
        'limits.keyRecoveries': 20,
        'limits.sessionsPerGeneration': 900_000,
        'admin.limits.page': 1000,
        'adapters.v1Legacy.handshakeTimeout': 60_000,
      },
    },
  })
  t.match(await json(`${admin}/api/v1/clients`), { body: { clients: [{ generation: 'atomix', calls: 2 }] } })
  const { samples } = parseExposition(await (await fetch(`${admin}/metrics`)).text())
  const labels = { operation: 'open', generation: 'atomix', outcome: 'ok' }
  t.equal(sampleValue(samples, 'session_gateway_operations_total', labels), 2)
  t.equal(sampleValue(samples, 'session_gateway_sessions', { state: 'open', generation: 'atomix' }), 2)
  const client = clientOf(t, grpc)
  for (const service of ['', 'v1-legacy', 'v1', 'v2', 'atomix']) t.equal(await healthOf(client, service), 1, service)
  t.equal((await client.unary('/no.such.Service/Method', OPEN)).code, GrpcCode.UNIMPLEMENTED)
})

t.test('a generation that is off is not served, known or counted as healthy', async (t) => {
  const { grpc, admin } = await testGateway(t, {
    'adapters.atomix.enabled': 'false',
    'adapters.v1Legacy.enabled': 'false',
  })
  const client = clientOf(t, grpc)
  t.equal((await client.unary(`${ATOMIX}/OpenSession`, OPEN)).code, GrpcCode.UNIMPLEMENTED)
  t.equal(await healthOf(client, 'atomix'), -GrpcCode.NOT_FOUND)
  t.equal(await healthOf(client, 'v2'), 1)
  const [transcript] = v1File().transcripts
  const call = client.stream(SHARED)
  call.send(bytesOf(transcript?.steps[0]?.hex ?? ''))
  t.equal((await call.status).code, GrpcCode.UNIMPLEMENTED, 'a streaming dialect on the path that v1 still serves')
  t.match(await json(`${admin}/api/v1/info`), {
    body: { generations: [{ enabled: false, paths: [] }, {}, {}, { enabled: false, opening: /^nobody/ }] },
  })
  const none = await testGateway(t, { 'adapters.v1.enabled': 'false', 'adapters.v1Legacy.enabled': 'false' })
  t.equal((await unary(none.grpc, SHARED, OPEN)).code, GrpcCode.UNIMPLEMENTED, 'the shared path that nobody serves')
})

t.test('draining: what is begun goes on, what is new is refused', async (t) => {
  const transcript = v1File().transcripts.find(({ name }) => name === 'a0-full')
  if (transcript === undefined) throw new Error('no such transcript')
  const clock = new ManualClock()
  const { gateway, grpc, admin } = await testGateway(
    t,
    { 'shutdown.grace': '1s', 'shutdown.timeout': '20s', epoch: 'fixed:0' },
    {
      clock,
      keyPairs: new FixedKeyPairs([bytesOf(transcript.server.sessionScalar)]),
      random: idsOf(['00000000000040008000000000000000', transcript.server.tokenId]),
    },
  )
  const client = clientOf(t, grpc)
  const number = await openAtomix(client)
  const [init, unsigned, signed, result] = transcript.steps.map((step) => step.hex ?? '')
  const handshake = client.stream(SHARED)
  handshake.send(bytesOf(init ?? ''))
  t.equal(hexOf((await handshake.next()) ?? new Uint8Array()), unsigned)
  const watch = client.stream(WATCH)
  watch.send(encode(HealthCheckRequest, HealthCheckRequest.create({ service: 'v2' })))
  t.ok(await watch.next())

  const drained = gateway.drain()
  t.equal(gateway.drain(), drained, 'draining twice is draining once')
  const status = decode(HealthCheckResponse, (await watch.next()) ?? new Uint8Array())
  t.match(status, { status: 2 }, 'watchers are told')
  t.equal(await healthOf(client, ''), 2)
  t.match(await json(`${admin}/readyz`), { status: 503, body: { code: 'not_ready', reasons: ['shutting down'] } })
  t.match(await json(`${admin}/healthz`), { status: 200 })

  t.equal((await unary(grpc, `${ATOMIX}/OpenSession`, OPEN)).code, GrpcCode.UNAVAILABLE, 'a new session')
  const late = client.stream(SHARED)
  late.send(bytesOf(init ?? ''))
  t.equal((await late.status).code, GrpcCode.UNAVAILABLE, 'a new handshake')
  const renewal = encode(KeepAliveRequest, KeepAliveRequest.create({ header: naming(number) }))
  t.equal((await client.unary(`${ATOMIX}/KeepAlive`, renewal)).code, GrpcCode.OK, 'a renewal')
  const close = encode(CloseSessionRequest, CloseSessionRequest.create({ header: naming(number) }))
  t.equal((await client.unary(`${ATOMIX}/CloseSession`, close)).code, GrpcCode.OK, 'a close')
  handshake.send(bytesOf(signed ?? ''))
  t.equal(hexOf((await handshake.next()) ?? new Uint8Array()), result, 'the second half of a handshake')
  t.equal((await handshake.status).code, GrpcCode.OK)

  let over = false
  void drained.then(() => {
    over = true
  })
  clock.advance(999)
  await settled()
  t.equal(over, false, 'the grace is not over')
  clock.advance(1)
  await drained
  t.equal((await watch.status).code, GrpcCode.UNAVAILABLE, 'a watch holds up nothing')
  t.equal((await unary(grpc, CHECK, new Uint8Array(), { timeout_ms: 2_000 })).code, GrpcCode.UNAVAILABLE)
  t.match(await json(`${admin}/readyz`), { status: 503 }, 'the admin listener goes last')
  await gateway.stop()
  await t.rejects(fetch(`${admin}/healthz`))
})

t.test('stopping does not wait for the grace', async (t) => {
  const { gateway } = await testGateway(t, { 'shutdown.grace': '9s' }, { clock: new ManualClock() })
  const drained = gateway.drain()
  await gateway.stop()
  await drained
  await gateway.stop()
  t.pass('stopping twice is stopping once')
})

async function lastingAddresses(): Promise<Record<string, string>> {
  return { listen: `127.0.0.1:${await lastingPort()}`, 'admin.listen': `127.0.0.1:${await lastingPort()}` }
}

t.test('starting and stopping leaves nothing behind, and takes the same ports again', async (t) => {
  const { gateway } = await testGateway(t, await lastingAddresses())
  const { grpc, admin } = gateway.ready
  await openAtomix(clientOf(t, grpc[0] ?? ''))
  await gateway.stop()
  await settled()
  const resources = () => process.getActiveResourcesInfo().filter((name) => /Server|Timeout/.test(name)).length
  const before = resources()
  const settings = { listen: grpc.join(), 'admin.listen': admin }
  for (let round = 0; round < 3; round++) {
    const log = recordingLogger()
    const again = await startGateway(testConfig(settings), { log })
    t.strictSame([again.ready.grpc, again.ready.admin], [grpc, admin])
    await again.stop()
    t.strictSame(
      log.lines.filter(({ level }) => level === 'error'),
      [],
    )
  }
  await settled()
  t.ok(resources() <= before, `${resources()} servers and timers, ${before} before`)
})

t.test('a start that fails releases what was started', async (t) => {
  const taken = createServer()
  const port = await new Promise<number>((resolve) => {
    taken.listen(0, '127.0.0.1', () => {
      const address = taken.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  t.teardown(() => taken.close())
  const free = await testGateway(t, await lastingAddresses())
  const { grpc, admin } = free.gateway.ready
  await free.gateway.stop()
  const here = { listen: grpc.join(), 'admin.listen': admin }
  const inUse = `cannot listen on 127\\.0\\.0\\.1:${port}: the address is in use$`
  const table: readonly (readonly [settings: Record<string, string>, message: RegExp])[] = [
    [{ listen: `${grpc.join()},127.0.0.1:${port}` }, new RegExp(`^listen \\(--listen\\): ${inUse}`)],
    [{ 'admin.listen': `127.0.0.1:${port}` }, new RegExp(`^admin\\.listen \\(--admin\\): ${inUse}`)],
  ]
  for (const [settings, message] of table) {
    await t.rejects(startGateway(testConfig({ ...here, ...settings }), { log: recordingLogger() }), { message })
    const again = await startGateway(testConfig(here), { log: recordingLogger() })
    t.strictSame([...again.ready.grpc, again.ready.admin], [...grpc, admin], 'everything is free again')
    await again.stop()
  }
})

t.test('what the configuration cannot mean is refused by a start and by the check alike', async (t) => {
  const files = t.testdir({
    'no-key': 'x'.repeat(64),
    'no-cert.pem': 'nothing',
    'server.pem': Buffer.from(certificates.server.certificate).toString(),
    'server.key': Buffer.from(certificates.server.privateKey).toString(),
    'stranger.key': Buffer.from(certificates.stranger.privateKey).toString(),
  })
  const [cert, key] = [`${files}/server.pem`, `${files}/stranger.key`]
  const tls = { 'tls.cert': cert, 'tls.key': key }
  const right = { ...tls, 'tls.key': `${files}/server.key` }
  const table: readonly (readonly [settings: Record<string, string>, message: RegExp])[] = [
    [
      { 'admin.tls.cert': cert, 'admin.tls.key': key },
      /^admin\.tls\.key \S+stranger\.key does not belong to admin\.tls\.cert \S+server\.pem$/,
    ],
    [{ key: `${files}/none` }, /^key \(--key\): .*cannot be read \(ENOENT\)/],
    [{ key: `${files}/no-key` }, /^key \(--key\): .*gateway key/],
    [tls, /^tls\.key \(--tls-key\) \S+stranger\.key does not belong to tls\.cert \(--tls-cert\) \S+server\.pem$/],
    [{ ...tls, 'tls.cert': `${files}/none` }, /^tls\.cert \(--tls-cert\): \S+none cannot be read \(ENOENT\)$/],
    [{ ...tls, 'tls.cert': `${files}/no-cert.pem` }, /^tls\.cert \(--tls-cert\) \S+no-cert\.pem is not an X\.509/],
    [{ ...tls, 'tls.key': cert }, /^tls\.key \(--tls-key\) \S+server\.pem is not a private key/],
    [
      { ...right, 'tls.clientCa': `${files}/no-cert.pem` },
      /^tls\.clientCa \(--tls-client-ca\) \S+no-cert\.pem is not an X\.509/,
    ],
    [{ 'companions.epochDuration': '7', epoch: 'clock:store,1h' }, /^companions\.epochDuration: /],
    [{ 'adapters.v1Legacy.keyStore': `${files}/server.pem` }, /^adapters\.v1Legacy\.keyStore: .*not JSON/],
  ]
  for (const [settings, message] of table) {
    const config = testConfig(settings)
    const started = startGateway(config, { log: recordingLogger() })
    await t.rejects(started, { name: 'ConfigError', message }, JSON.stringify(settings))
    const text = await started.catch((error: unknown) => (error instanceof Error ? error.message : ''))
    t.throws(() => checkStart(config), { name: 'ConfigError', message: text }, `check: ${text}`)
    t.notMatch(text, 'x'.repeat(64), 'what the file holds is not repeated')
    t.notMatch(text, /\n/, 'one line')
  }
  for (const settings of [{}, right, { 'admin.listen': 'off' }, { 'adapters.v1Legacy.enabled': 'false' }]) {
    t.doesNotThrow(() => checkStart(testConfig(settings)), JSON.stringify(settings))
  }
})

t.test('TLS', async (t) => {
  const files = t.testdir({
    cert: Buffer.from(certificates.server.certificate).toString(),
    key: Buffer.from(certificates.server.privateKey).toString(),
  })
  const { grpc } = await testGateway(t, { 'tls.cert': `${files}/cert`, 'tls.key': `${files}/key` })
  const tls = { authority: certificates.authority }
  t.equal((await unary(grpc, `${ATOMIX}/OpenSession`, OPEN, { tls })).code, GrpcCode.OK)
})

t.test('certificates are read again', async (t) => {
  const pem = (bytes: Uint8Array) => Buffer.from(bytes).toString()
  const { server, stranger, authority } = certificates
  const files = t.testdir({ cert: pem(server.certificate), key: pem(server.privateKey) })
  const { gateway, grpc } = await testGateway(t, { 'tls.cert': `${files}/cert`, 'tls.key': `${files}/key` })
  const open = () => unary(grpc, `${ATOMIX}/OpenSession`, OPEN, { tls: { authority }, timeout_ms: 2000 })
  const reload = () => gateway.reload()
  writeFileSync(`${files}/cert`, pem(stranger.certificate))
  await t.rejects(reload(), { name: 'ConfigError' }, 'a certificate of another key')
  t.equal((await open()).code, GrpcCode.OK, 'the old one is still in use')
  writeFileSync(`${files}/key`, pem(stranger.privateKey))
  await reload()
  t.equal((await open()).code, GrpcCode.UNAVAILABLE, 'the new one is of an authority that the client does not trust')
})

t.test('beyond loopback, the log says who may open sessions', async (t) => {
  const { lines } = await testGateway(t, { listen: '0.0.0.0:0', 'admin.listen': 'off' })
  const told = lines.filter(({ message }) => message === 'who may open sessions')
  t.strictSame(
    told.map(({ level }) => level),
    ['warn', 'warn', 'warn', 'warn'],
  )
  t.match(
    told.map(({ fields }) => fields),
    ['v1-legacy', 'v1', 'v2', 'atomix'].map((generation) => ({ generation, opening: /^whoever reaches the port; / })),
  )
  const local = await testGateway(t)
  t.notOk(local.lines.some(({ message }) => message === 'who may open sessions'))
})

t.test('a store that fails is told everywhere', async (t) => {
  class FailingStore extends MemoryStore {
    failing = false

    override insert(...args: Parameters<MemoryStore['insert']>) {
      if (this.failing) throw new SessionError('store_unavailable', 'the store is not there')
      return super.insert(...args)
    }

    override due(...args: Parameters<MemoryStore['due']>) {
      if (this.failing) throw new SessionError('store_unavailable', 'the store is not there')
      return super.due(...args)
    }
  }
  const store = new FailingStore()
  const clock = new ManualClock()
  const { grpc, admin, lines, gateway } = await testGateway(t, {}, { store, clock })
  const client = clientOf(t, grpc)
  const errors = () => lines.filter(({ message }) => message === 'the store fails').length
  store.failing = true
  const refused = await client.unary(`${ATOMIX}/OpenSession`, OPEN)
  t.notOk(
    refused.response !== undefined && refused.code === GrpcCode.OK && (await isOk(refused.response)),
    'not opened',
  )
  t.match(await json(`${admin}/readyz`), { status: 503, body: { reasons: ['the store fails'] } })
  t.equal(await healthOf(client, ''), 2)
  clock.advance(1_000)
  t.equal(errors(), 1, 'logged once, however often it is tried')
  const { samples } = parseExposition(await (await fetch(`${admin}/metrics`)).text())
  t.ok(Number(sampleValue(samples, 'session_gateway_store_errors_total')) > 1)
  store.failing = false
  clock.advance(1_000)
  t.match(await json(`${admin}/readyz`), { status: 503 }, 'not yet trusted')
  clock.advance(5_000)
  t.match(await json(`${admin}/readyz`), { status: 200 })
  t.equal(await healthOf(client, ''), 1)
  await gateway.stop()
  t.equal(store.counts().tombstones, 0, 'a store that was passed in is not closed')
})

t.test('the log of a start is a log', async (t) => {
  const lines: string[] = []
  const sink = { write: (line: string) => void lines.push(line) }
  const gateway = await startGateway(testConfig(), { log: createLogger({ level: 'info', sink, form: 'json' }) })
  await gateway.stop()
  t.match(JSON.parse(lines[0] ?? ''), { level: 'info', message: 'ready', epoch: '10', generations: Array })
})

async function isOk(response: Uint8Array): Promise<boolean> {
  const opened = decode(OpenSessionResponse, response)
  return !(opened instanceof WireError) && opened.header?.status === 0
}

/** Randomness that makes sessions of these ids (hex), in order; other lengths are zeros. */
function idsOf(ids: readonly string[]) {
  const next = [...ids]
  return { bytes: (count: number) => (count === 16 ? bytesOf(next.shift() ?? '00'.repeat(16)) : new Uint8Array(count)) }
}

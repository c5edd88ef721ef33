import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { SignatureVerifier } from '../../src/crypto/schemes.js'
import { checkStart } from '../../src/gateway/check.js'
import { startGateway } from '../../src/gateway/gateway.js'
import { GrpcCode } from '../../src/transport/transport.js'
import { freshKey } from '../clients/keys.js'
import { V2Client } from '../clients/v2.js'
import { AdminClient } from '../reliability/admin-client.js'
import { ADMIN_TOKEN, BEARER } from '../support/admin-token.js'
import { certificates, fixturePath } from '../support/fixtures.js'
import { recordingLogger, testConfig, testGateway } from '../support/gateway.js'
import { GrpcClient } from '../support/grpc-client.js'
import { SeededRandom } from '../support/seeded-random.js'
import { BackendClient, type RefFields } from '../support/session-keys.js'
import { tempFolder } from '../support/temp-folder.js'

const CREATE = '/neo.fs.v2.session.SessionService/Create'
const DATA = Buffer.from('the header of an object')
const TLS = { 'keys.tls.cert': fixturePath('tls/server.pem'), 'keys.tls.key': fixturePath('tls/server.key') }
const CLIENT_TLS = { ...TLS, 'keys.tls.clientCa': fixturePath('tls/authority.pem') }
const NAME = 'session-gateway test client'
const trusting = { authority: certificates.authority }

/** A session that a client opened: how a backend names it. */
async function openSession(
  t: Test,
  grpc: string,
  admin: string,
): Promise<{ readonly id: string; readonly ref: RefFields }> {
  const client = new GrpcClient(grpc)
  t.teardown(() => client.close())
  const key = freshKey(new SeededRandom(5))
  const wish = new V2Client({ dialect: 'v2', version: { major: 2, minor: 21 }, key, expiration: 20n })
  t.equal((await client.unary(CREATE, wish.request())).code, GrpcCode.OK)
  const [session] = await new AdminClient(admin).openSessions()
  const id = session?.id ?? ''
  return { id, ref: { owned: { id: Buffer.from(id.replaceAll('-', ''), 'hex'), owner: wish.owner } } }
}

function backendOf(t: Test, ...options: ConstructorParameters<typeof BackendClient>): BackendClient {
  const client = new BackendClient(...options)
  t.teardown(() => client.close())
  return client
}

t.test('over a unix socket: found, signed with every scheme, written down, and gone with the gateway', async (t) => {
  const folder = tempFolder(t)
  const path = join(folder, 'keys.sock')
  const audit = join(folder, 'audit.jsonl')
  const settings = { 'keys.listen': `unix:${path}`, 'admin.audit': audit }
  const { gateway, grpc, admin, lines } = await testGateway(t, settings)
  t.equal(gateway.ready.keys, `unix:${path}`)
  t.equal(statSync(path).mode & 0o777, 0o600)
  const { id, ref } = await openSession(t, grpc, admin)
  const backend = backendOf(t, `unix:${path}`, { token: ADMIN_TOKEN })
  const { response: session } = await backend.lookup(ref)
  t.match(session, {
    generation: 'v2',
    dialect: 'v2',
    state: 1,
    lifetime: { epochs: { expiration: 20n, lastEpoch: 19n } },
  })
  const byAccount: RefFields = { account: session?.account }
  t.match((await backend.lookup(byAccount)).response, { id: session?.id })
  const verifier = new SignatureVerifier()
  for (const scheme of [0, 1, 2]) {
    const { response } = await backend.sign(scheme === 2 ? byAccount : ref, DATA, scheme)
    const { publicKey, signature } = response ?? { publicKey: DATA, signature: DATA }
    t.same(publicKey, session?.publicKey)
    t.equal(verifier.verify({ scheme, publicKey, signature, data: DATA }), undefined, `scheme ${scheme}`)
  }
  t.equal(
    (await backendOf(t, `unix:${path}`).sign(ref, DATA, 0)).code,
    GrpcCode.UNAUTHENTICATED,
    'a token is needed here, too',
  )
  const written = readFileSync(audit, 'utf8').trim().split('\n')
  t.match(
    written.map((line) => JSON.parse(line)),
    [
      ...[id, id, /^[0-9a-f]{50}$/].map((session) => ({
        action: 'sign',
        by: 'variable TEST_ADMIN_TOKEN',
        peer: 'unix',
        session,
        outcome: 'ok',
      })),
      { action: 'sign', peer: 'unix', outcome: 'unauthorized' },
    ],
  )
  const metrics = await (await fetch(`${admin}/metrics`)).text()
  t.match(metrics, /session_gateway_session_keys_calls_total\{method="Sign",outcome="ok"\} 3/)
  t.match(metrics, /session_gateway_session_keys_calls_total\{method="Sign",outcome="unauthorized"\} 1/)
  const elsewhere = new GrpcClient(grpc)
  t.teardown(() => elsewhere.close())
  const reply = await elsewhere.unary('/sessiongateway.v1.SessionKeys/Lookup', new Uint8Array(0))
  t.equal(reply.code, GrpcCode.UNIMPLEMENTED, 'where clients are served it does not exist')
  await gateway.drain()
  await gateway.stop()
  t.notOk(existsSync(path))
  t.same(
    lines.filter(({ level }) => level === 'error'),
    [],
  )
})

t.test('with client certificates', async (t) => {
  const audit = join(tempFolder(t), 'audit.jsonl')
  const named = { ...CLIENT_TLS, 'keys.listen': '127.0.0.1:0', 'admin.audit': audit }
  const own = { tls: { ...trusting, ...certificates.client } }
  const { gateway, grpc, admin } = await testGateway(t, { ...named, 'keys.tls.clientNames': `other,${NAME}` })
  const address = gateway.ready.keys ?? ''
  t.match(address, /^127\.0\.0\.1:[1-9]/)
  const { id, ref } = await openSession(t, grpc, admin)
  t.equal((await backendOf(t, address, own).sign(ref, DATA, 1)).code, GrpcCode.OK)
  const line: unknown = JSON.parse(readFileSync(audit, 'utf8'))
  t.match(line, { action: 'sign', by: `certificate ${NAME}`, peer: '127.0.0.1', session: id, outcome: 'ok' })
  const wrong = backendOf(t, address, { ...own, token: 'not-a-token-of-this-gateway' })
  t.equal((await wrong.sign(ref, DATA, 1)).code, GrpcCode.UNAUTHENTICATED, 'a token that is shown has to be one')
  for (const tls of [trusting, { ...trusting, ...certificates.stranger }]) {
    const answer = await backendOf(t, address, { tls, token: ADMIN_TOKEN }).sign(ref, DATA, 1)
    t.equal(answer.code, GrpcCode.UNAVAILABLE, 'no connection without a certificate of the authority')
  }

  const others = await testGateway(t, { ...named, 'keys.tls.clientNames': 'other' })
  const refused = await backendOf(t, others.gateway.ready.keys ?? '', own).lookup(ref)
  t.match(refused, { code: GrpcCode.PERMISSION_DENIED, message: /keys\.tls\.clientNames/ })
  const [last] = readFileSync(audit, 'utf8').trim().split('\n').slice(-1)
  t.match(JSON.parse(last ?? ''), { action: 'lookup', by: `certificate ${NAME}`, outcome: 'forbidden' })
})

t.test('one quota for both ways to sign', async (t) => {
  const settings = { 'keys.listen': '127.0.0.1:0', 'admin.limits.signsPerSecond': '1' }
  const { gateway, grpc, admin } = await testGateway(t, settings)
  const { id, ref } = await openSession(t, grpc, admin)
  const backend = backendOf(t, gateway.ready.keys ?? '', { token: ADMIN_TOKEN })
  const overHttp = async () => {
    const headers = { ...BEARER, 'content-type': 'application/json' }
    const body = JSON.stringify({ data: '00', scheme: 1 })
    return (await fetch(`${admin}/api/v1/sessions/${id}/sign`, { method: 'POST', headers, body })).status
  }
  // However slow this is, no more than one in a second passes.
  const began = performance.now()
  const passed: unknown[] = []
  const refusedBy = new Set<unknown>()
  while (refusedBy.size < 2 && performance.now() - began < 60_000) {
    const [status, { code }] = await Promise.all([overHttp(), backend.sign(ref, DATA, 1)])
    if (status === 200) passed.push(status)
    else refusedBy.add(status)
    if (code === GrpcCode.OK) passed.push(code)
    else refusedBy.add(code)
  }
  t.same(refusedBy, new Set([429, GrpcCode.RESOURCE_EXHAUSTED]))
  t.ok(passed.length <= 2 + (performance.now() - began) / 1000, `${passed.length} signatures`)
  const hits = (await new AdminClient(admin).limitsHit()).get('admin.limits.signsPerSecond')
  t.ok((hits ?? 0) >= 1, `${hits} hits are counted`)
})

t.test('certificates and tokens are read again', async (t) => {
  const folder = tempFolder(t)
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const put = (of: 'server' | 'stranger') => {
    writeFileSync(cert, certificates[of].certificate)
    writeFileSync(key, certificates[of].privateKey)
  }
  put('server')
  const { gateway } = await testGateway(t, { 'keys.listen': '127.0.0.1:0', 'keys.tls.cert': cert, 'keys.tls.key': key })
  const address = gateway.ready.keys ?? ''
  const ask = async () => {
    const client = new BackendClient(address, { tls: trusting, token: ADMIN_TOKEN })
    const { code } = await client.lookup({})
    client.close()
    return code
  }
  t.equal(await ask(), GrpcCode.INVALID_ARGUMENT, 'asked, and understood')
  put('stranger')
  await gateway.reload()
  t.equal(await ask(), GrpcCode.UNAVAILABLE, 'the new certificate is of an authority that the client does not know')
  writeFileSync(key, certificates.server.privateKey)
  await t.rejects(gateway.reload(), {
    name: 'ConfigError',
    message: /^keys\.tls\.key .*key\.pem does not belong to keys\.tls\.cert/,
  })
  put('server')
  await gateway.reload()
  t.equal(await ask(), GrpcCode.INVALID_ARGUMENT)
})

t.test('a backend may sign while the gateway drains, and the drain ends', async (t) => {
  const settings = { 'keys.listen': '127.0.0.1:0', 'shutdown.grace': '60s', 'shutdown.timeout': '90s' }
  const { gateway, grpc, admin } = await testGateway(t, settings)
  const { ref } = await openSession(t, grpc, admin)
  const drained = gateway.drain()
  t.equal((await backendOf(t, gateway.ready.keys ?? '', { token: ADMIN_TOKEN }).sign(ref, DATA, 0)).code, GrpcCode.OK)
  await gateway.stop()
  await drained
})

t.test('what it can not be started with', async (t) => {
  const { gateway } = await testGateway(t)
  t.notOk('keys' in gateway.ready, 'off by default')
  const taken = gateway.ready.grpc[0] ?? ''
  await t.rejects(startGateway(testConfig({ 'keys.listen': taken }), { log: recordingLogger() }), {
    message: `keys.listen (--keys-listen): cannot listen on ${taken}: the address is in use`,
  })
  const missing = testConfig({ 'keys.listen': '0.0.0.0:0', ...TLS, 'keys.tls.cert': '/no/such/file' })
  for (const start of [() => checkStart(missing), () => startGateway(missing, { log: recordingLogger() })]) {
    await t.rejects(async () => start(), {
      name: 'ConfigError',
      message: /^keys\.tls\.cert: .* cannot be read \(ENOENT\)/,
    })
  }
})

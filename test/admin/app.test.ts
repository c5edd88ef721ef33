import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { Access, digestOf, type Need, type Token } from '../../src/admin/access.js'
import type { AdminLimits } from '../../src/admin/limits.js'
import { checkAdminAddress, startAdmin } from '../../src/admin/listener.js'
import { parseEpochSpec } from '../../src/config/epoch-spec.js'
import type { Role } from '../../src/config/token-spec.js'
import { ownerIdText } from '../../src/crypto/owner-id.js'
import { ClientStatistics } from '../../src/gateway/client-statistics.js'
import { type EpochSource, startEpochs } from '../../src/gateway/epochs.js'
import { adminLimitsOf } from '../../src/gateway/settings.js'
import { type Logger, silentLogger } from '../../src/log.js'
import { epochSession, makeCore, OWNER, timeoutSession } from '../support/core.js'
import { testConfig } from '../support/gateway.js'
import { lastingPort } from '../support/lasting-port.js'

const LIMITS = adminLimitsOf(testConfig())

interface Options {
  readonly epoch?: string
  readonly notReady?: readonly string[]
  readonly tokens?: readonly Token[]
  readonly limits?: Partial<AdminLimits>
}

const TOKENS = (['read', 'operate', 'sign'] as const).map((role) => ({
  name: role,
  roles: new Set([role]),
  digest: digestOf(`token-of-${role}`),
}))
const bearer = (role: Role) => ({ authorization: `Bearer token-of-${role}` })

async function admin(t: Test, options: Options = {}) {
  const core = makeCore()
  const parsed = parseEpochSpec(options.epoch ?? 'manual:10')
  if ('problem' in parsed) throw new Error(parsed.problem)
  const epochs: EpochSource = startEpochs(parsed.spec, { clock: core.clock, storeMadeAt_ms: 0 })
  const clients = new ClientStatistics(core.clock, 10)
  const errors: object[] = []
  const log: Logger = { ...silentLogger, error: (fields) => void errors.push(fields) }
  const state = { notReady: options.notReady ?? [], fault: undefined as unknown }
  const listener = await startAdmin(
    {
      sessions: core.sessions,
      events: core.events,
      epochs,
      clock: core.clock,
      clients,
      metrics: { text: async (accept) => ({ type: 'text/plain; version=0.0.4', body: `accept ${accept}\n` }) },
      info: () => {
        if (state.fault !== undefined) throw state.fault
        return INFO
      },
      notReady: () => state.notReady,
      access: new Access(options.tokens ?? TOKENS),
      limits: { ...LIMITS, ...options.limits },
      log,
    },
    '127.0.0.1:0',
  )
  t.teardown(() => listener.stop())
  const base = `http://${listener.address}`
  const get = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(base + path, init)
    const text = await response.text()
    const type = response.headers.get('content-type') ?? ''
    const json: unknown = type.includes('json') ? JSON.parse(text) : undefined
    return { status: response.status, type, headers: response.headers, text, json }
  }
  const put = (body: string, type = 'application/json') =>
    get('/api/v1/epoch', { method: 'PUT', body, headers: { ...bearer('operate'), 'content-type': type } })
  return { ...core, epochs, clients, listener, get, put, state, errors }
}

const INFO = {
  version: '1.2.3',
  role: 'backend',
  pid: 1,
  startedAt: '2024-01-01T00:00:00.000Z',
  grpc: ['127.0.0.1:8080'],
  generations: [{ name: 'v2', enabled: true, paths: ['/a/B'], opening: 'anyone' }],
  store: { url: 'memory:', durable: false },
  epoch: { current: '10', source: 'manual' },
  publicKey: '02ab',
  limits: { sessions: 5 },
}

t.test('probes, metrics and info', async (t) => {
  const { get, state } = await admin(t)
  t.match(await get('/healthz'), { status: 200, json: { status: 'alive' } })
  t.match(await get('/readyz'), { status: 200, json: { status: 'ready' } })
  state.notReady = ['starting', 'the store fails']
  t.match(await get('/readyz'), {
    status: 503,
    type: /^application\/problem\+json/,
    json: { code: 'not_ready', reasons: ['starting', 'the store fails'] },
  })
  t.match(await get('/healthz'), { status: 200 }, 'alive all the same')
  t.match(await get('/metrics', { headers: { accept: 'text/x' } }), {
    status: 200,
    text: 'accept text/x\n',
    type: /^text\/plain/,
  })
  t.strictSame((await get('/api/v1/info')).json, INFO)
})

t.test('sessions: one by every name, and the list with its filters', async (t) => {
  const { sessions, get, clock } = await admin(t)
  const v2 = await sessions.create(epochSession({ expiration: 2n ** 64n - 1n, scope: { verbs: ['PUT', 'GET'] } }))
  const atomix = await sessions.create(timeoutSession({ timeout_ms: 5_000 }))
  clock.advance(1_000)
  const one = await get(`/api/v1/sessions/${v2.id}`)
  t.strictSame(one.json, {
    id: v2.id,
    state: 'open',
    generation: 'v2',
    dialect: 'v2',
    clientVersion: '2.21',
    partition: 0,
    owner: Buffer.from(OWNER).toString('hex'),
    ownerText: ownerIdText(OWNER),
    lifetime: {
      kind: 'epochs',
      edge: 'inclusive',
      notBefore: '0',
      issuedAt: '0',
      expiration: '18446744073709551615',
    },
    publicKey: Buffer.from(v2.key?.publicKey ?? []).toString('hex'),
    account: Buffer.from(v2.key?.account ?? []).toString('hex'),
    accountText: ownerIdText(v2.key?.account ?? new Uint8Array()),
    scope: { verbs: ['PUT', 'GET'] },
    createdAt: new Date(v2.createdAt_ms).toISOString(),
  })
  t.notMatch(one.text, Buffer.from(v2.key?.sealed ?? []).toString('hex'), 'nothing sealed')
  t.strictSame((await get(`/api/v1/sessions/${v2.id.replaceAll('-', '').toUpperCase()}`)).json, one.json)
  const numbered = await get(`/api/v1/sessions/1:${atomix.number}`)
  t.match(numbered.json, {
    id: atomix.id,
    number: '1',
    lifetime: {
      kind: 'timeout',
      timeout_ns: '5000000000',
      renewedAt: new Date(atomix.createdAt_ms).toISOString(),
      remaining_ms: '4000',
      expiry: 'eager',
    },
  })

  const account = Buffer.from(v2.key?.account ?? []).toString('hex')
  const owner = Buffer.from(OWNER).toString('hex')
  const both = [v2.id, atomix.id]
  for (const [query, ids] of [
    ['', both],
    ['?state=open', both],
    ['?state=closed', []],
    ['?generation=v2', [v2.id]],
    ['?dialect=atomix', [atomix.id]],
    [`?owner=${owner}`, [v2.id]],
    [`?account=${account}`, [v2.id]],
    [`?account=${owner}`, []],
    ['?generation=v1&state=open', []],
  ] as const) {
    t.strictSame(idsIn((await get(`/api/v1/sessions${query}`)).json), ids, query)
  }

  const first = await get('/api/v1/sessions?limit=1')
  const cursor = cursorIn(first.json)
  t.ok(cursor, 'there is more')
  const rest = await get(`/api/v1/sessions?limit=1&cursor=${encodeURIComponent(String(cursor))}`)
  t.strictSame([...idsIn(first.json), ...idsIn(rest.json)], both)
})

t.test('sessions that ended tell why', async (t) => {
  const { sessions, get, clock } = await admin(t)
  const closed = await sessions.create(epochSession())
  await sessions.close({ by: 'id', id: closed.id }, { endedBy: 'client' })
  const expired = await sessions.create(timeoutSession())
  clock.advance(2_000)
  t.match((await get(`/api/v1/sessions/${closed.id}`)).json, {
    state: 'closed',
    end: { reason: 'closed', by: 'client' },
  })
  const ended = await get('/api/v1/sessions/1:1')
  t.match(ended.json, { id: expired.id, state: 'expired', end: { reason: 'expired', by: 'expiry' } })
  t.notMatch(ended.text, 'remaining_ms')
  t.strictSame(idsIn((await get('/api/v1/sessions?state=expired')).json), [expired.id])
  t.strictSame(idsIn((await get('/api/v1/sessions?state=open')).json), [])
})

t.test('sessions are renewed and closed', async (t) => {
  const { sessions, get, clock, store } = await admin(t)
  const headers = bearer('operate')
  const renew = (name: string) => get(`/api/v1/sessions/${name}/keep-alive`, { method: 'POST', headers })
  const close = (name: string) => get(`/api/v1/sessions/${name}`, { method: 'DELETE', headers })
  const v2 = await sessions.create(epochSession())
  await sessions.create(timeoutSession({ timeout_ms: 1_000 }))
  await sessions.create(timeoutSession({ timeout_ms: 1_000 }))
  clock.advance(900)
  t.match(await renew('1:1'), { status: 200, json: { number: '1', lifetime: { remaining_ms: '1000' } } })
  clock.advance(900)
  t.match(await renew('1:1'), { status: 200 })
  t.match(await renew('1:2'), { status: 409, json: { code: 'expired' } })
  t.match(await close('1:2'), { status: 409, json: { code: 'expired' } })
  t.match(await renew(v2.id), { status: 409, json: { code: 'not_renewable' } })
  t.match(await close(v2.id), { status: 204, text: '' })
  t.match(await close(v2.id), { status: 409, json: { code: 'closed' } })
  t.match(await get(`/api/v1/sessions/${v2.id}`), { json: { state: 'closed', end: { by: 'admin' } } })
  t.match(await close('1:1'), { status: 204 })
  for (const name of ['1:9', '0188d5a4-9c1e-4a71-8f3e-0123456789ab']) {
    t.match(await renew(name), { status: 404, json: { code: 'not_found' } }, name)
    t.match(await close(name), { status: 404, json: { code: 'not_found' } }, name)
  }
  for (const name of ['7', '1:x']) {
    t.match(await renew(name), { status: 400, json: { code: 'invalid_parameter' } }, name)
    t.match(await close(name), { status: 400, json: { code: 'invalid_parameter' } }, name)
  }
  t.same([...store.counts().open.values()], [0, 0])
})

t.test('events are told while they happen, to so many as may read', async (t) => {
  const limits = { events: { ...LIMITS.events, readers: 2 } }
  const { sessions, listener, get } = await admin(t, { limits })
  const base = `http://${listener.address}/api/v1/events`
  const cancel = new AbortController()
  const open = () => fetch(base, { signal: cancel.signal })
  const [first, second] = await Promise.all([open(), open()])
  t.match(first.headers.get('content-type'), /^text\/event-stream/)
  t.match(await get('/api/v1/events'), { status: 503, json: { code: 'too_many_readers' } })
  const reader = first.body?.pipeThrough(new TextDecoderStream()).getReader()
  t.match(await reader?.read(), { value: /^retry/ })
  const { id } = await sessions.create(epochSession())
  t.match(await reader?.read(), { value: new RegExp(`^id: .*\\nevent: created\\ndata: .*"id":"${id}"`) })
  t.match(await get('/api/v1/events', { headers: { 'last-event-id': 'x'.repeat(65) } }), { status: 400 })
  await listener.stop()
  t.match(await reader?.read(), { done: true }, 'a stop ends the streams')
  await second.text()
  cancel.abort()
})

t.test('every route asks for its role', async (t) => {
  const { get } = await admin(t)
  const table: readonly (readonly [method: string, path: string, need: Need])[] = [
    ['GET', '/healthz', 'nothing'],
    ['GET', '/readyz', 'nothing'],
    ['GET', '/metrics', 'nothing'],
    ['GET', '/api/v1/info', 'read'],
    ['GET', '/api/v1/sessions', 'read'],
    ['GET', '/api/v1/sessions/1:1', 'read'],
    ['GET', '/api/v1/clients', 'read'],
    ['GET', '/api/v1/epoch', 'read'],
    ['PUT', '/api/v1/epoch', 'operate'],
    ['DELETE', '/api/v1/sessions/1:1', 'operate'],
    ['POST', '/api/v1/sessions/1:1/keep-alive', 'operate'],
  ]
  const may: Readonly<Record<Need, readonly string[]>> = {
    nothing: ['nobody', 'wrong', 'read', 'operate', 'sign'],
    read: ['nobody', 'read', 'operate'],
    operate: ['operate'],
    sign: ['sign'],
  }
  for (const [method, path, need] of table) {
    for (const who of ['nobody', 'wrong', 'read', 'operate', 'sign'] as const) {
      const headers = who === 'nobody' ? undefined : { authorization: `Bearer token-of-${who}` }
      const answer = await get(path, { method, ...(headers && { headers }) })
      const expected = may[need].includes(who) ? undefined : who === 'nobody' || who === 'wrong' ? 401 : 403
      const what = `${method} ${path} by ${who}`
      if (expected === undefined) t.ok(answer.status !== 401 && answer.status !== 403, `${what}: ${answer.status}`)
      else {
        t.match(answer, { status: expected, json: { code: expected === 401 ? 'unauthorized' : 'forbidden' } }, what)
        t.equal(answer.headers.get('www-authenticate'), 'Bearer', what)
      }
    }
  }
})

t.test('the epoch is moved by hand where it is manual', async (t) => {
  const { get, put, epochs } = await admin(t)
  t.strictSame((await get('/api/v1/epoch')).json, { epoch: '10', source: 'manual' })
  t.match(await put('{"epoch":"18446744073709551614"}'), { status: 200, json: { epoch: '18446744073709551614' } })
  t.equal(epochs.current(), 18_446_744_073_709_551_614n)
  for (const epoch of ['18446744073709551615', '12', '12', '0', '13']) {
    t.match(await put(`{"epoch":"${epoch}"}`), { status: 200, json: { epoch } }, epoch)
  }
  for (const body of [
    '{"epoch":12}',
    '{"epoch":"-1"}',
    '{"epoch":"18446744073709551616"}',
    '{"epoch":"1","x":1}',
    '[]',
    '{',
    '',
  ]) {
    t.match(await put(body), { status: 400, json: { code: 'invalid_body' } }, body)
  }
  t.equal(epochs.current(), 13n, 'nothing of that moved it')

  const fixed = await admin(t, { epoch: 'fixed:3' })
  t.match(await fixed.put('{"epoch":"4"}'), { status: 409, json: { code: 'epoch_not_manual' } })
  const clocked = await admin(t, { epoch: 'clock:store,1h' })
  t.match((await clocked.get('/api/v1/epoch')).json, { source: 'clock', length_ms: 3_600_000 })
})

t.test('clients', async (t) => {
  const { get, clients, clock } = await admin(t)
  const time = new Date(clock.wallTime()).toISOString()
  clients.seen({ generation: 'v2', dialect: 'v2', version: '2.21', userAgent: 'grpc-go', peer: '127.0.0.1:9' })
  t.strictSame((await get('/api/v1/clients')).json, {
    clients: [
      {
        generation: 'v2',
        dialect: 'v2',
        version: '2.21',
        userAgent: 'grpc-go',
        lastPeer: '127.0.0.1:9',
        firstSeen: time,
        lastSeen: time,
        calls: 1,
        bornExpired: 0,
      },
    ],
    other: { rows: 0, calls: 0 },
  })
})

t.test('every refusal is a problem with a code', async (t) => {
  const { get, put, listener } = await admin(t)
  const table: readonly (readonly [path: string, init: RequestInit, status: number, code: string])[] = [
    ['/', {}, 404, 'not_found'],
    ['/api/v1/nothing', {}, 404, 'not_found'],
    ['/api/v1/sessions/0188d5a4-9c1e-4a71-8f3e-0123456789ab', {}, 404, 'not_found'],
    ['/api/v1/sessions/7', {}, 400, 'invalid_parameter'],
    [`/api/v1/sessions/${'x'.repeat(65)}`, {}, 400, 'invalid_parameter'],
    [`/api/v1/sessions/${'x'.repeat(500)}`, {}, 414, 'uri_too_long'],
    ['/api/v1/sessions/%ff', {}, 400, 'bad_request'],
    ['/api/v1/sessions?state=pending', {}, 400, 'invalid_parameter'],
    ['/api/v1/sessions?generation=v3', {}, 400, 'invalid_parameter'],
    ['/api/v1/sessions?limit=0', {}, 400, 'invalid_parameter'],
    ['/api/v1/sessions?limit=1001', {}, 400, 'invalid_parameter'],
    ['/api/v1/sessions?limit=ten', {}, 400, 'invalid_parameter'],
    ['/api/v1/sessions?limit=1&limit=2', {}, 400, 'invalid_parameter'],
    ['/api/v1/sessions?owner=x', {}, 400, 'invalid_parameter'],
    ['/api/v1/sessions?cursor=!', {}, 400, 'invalid_parameter'],
    ['/api/v1/sessions?colour=red', {}, 400, 'invalid_parameter'],
    ['/api/v1/epoch', { method: 'POST' }, 405, 'method_not_allowed'],
    ['/api/v1/epoch', { method: 'OPTIONS' }, 405, 'method_not_allowed'],
    ['/metrics', { method: 'PUT', body: '{}' }, 405, 'method_not_allowed'],
    ['/api/v1/sessions/1:1', { method: 'PATCH' }, 405, 'method_not_allowed'],
  ]
  for (const [path, init, status, code] of table) {
    const answer = await get(path, init)
    t.match(answer, { status, type: /^application\/problem\+json/ }, `${init.method ?? 'GET'} ${path.slice(0, 60)}`)
    t.match(answer.json, { title: String, status, code, detail: /./ })
    t.equal(answer.headers.get('access-control-allow-origin'), null)
  }
  t.equal((await get('/api/v1/epoch', { method: 'POST' })).headers.get('allow'), 'GET, HEAD, PUT')
  t.equal((await fetch(`http://${listener.address}/api/v1/epoch`, { method: 'HEAD' })).status, 200)
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense']) {
    t.match(await put('{"epoch":"11"}', type), { status: 415, json: { code: 'unsupported_media_type' } }, type)
  }
  t.match(await put(`{"epoch":"${'1'.repeat(20_000)}"}`), { status: 413, json: { code: 'body_too_large' } })
})

t.test('a fault of ours says nothing to the caller and all to the log', async (t) => {
  const { get, state, errors } = await admin(t)
  const fault = new Error('secret detail')
  state.fault = fault
  const answer = await get('/api/v1/info')
  t.match(answer, { status: 500, json: { code: 'internal', detail: 'internal error' } })
  t.notMatch(answer.text, 'secret')
  t.match(errors, [{ err: fault, route: '/api/v1/info' }])
})

t.test('web pages of other origins and rebound names are refused', async (t) => {
  const { listener, epochs } = await admin(t)
  const raw = (headers: Record<string, string>, method = 'GET', body = '') =>
    new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const [, port] = listener.address.split(':')
      const request = httpRequest({ host: '127.0.0.1', port, path: '/api/v1/epoch', method, headers }, (response) => {
        response.setEncoding('utf8')
        let text = ''
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode, text }))
      })
      request.on('error', reject)
      request.end(body)
    })
  t.match(await raw({ host: 'attacker.example:8081' }), { status: 403, text: /host_refused/ })
  t.match(await raw({ host: 'localhost', origin: 'http://attacker.example' }), { status: 403, text: /origin_refused/ })
  const json = { ...bearer('operate'), 'content-type': 'application/json' }
  const body = '{"epoch":"99"}'
  for (const headers of [
    { ...json, host: 'attacker.example' },
    { ...json, host: 'localhost', origin: 'null' },
    { ...json, host: 'localhost', 'sec-fetch-site': 'cross-site' },
  ]) {
    t.match(await raw(headers, 'PUT', body), { status: 403 }, JSON.stringify(headers))
  }
  t.equal(epochs.current(), 10n)
  t.match(await raw({ ...json, host: 'localhost', origin: 'http://localhost' }, 'PUT', body), { status: 200 })
  t.equal(epochs.current(), 99n)
})

t.test('what is no HTTP gets a problem, too, and the listener goes on', async (t) => {
  const { listener, get } = await admin(t)
  const [host = '', port = ''] = listener.address.split(':')
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), host, () => socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'))
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
  })
  t.match(answer, /^HTTP\/1\.1 400 /)
  t.match(answer, /application\/problem\+json/)
  t.match(answer, /"code":"bad_request"/)
  t.match(await get('/healthz'), { status: 200 })
})

t.test('headers that are too long', async (t) => {
  const { get } = await admin(t, { limits: { headerSize_bytes: 2_048 } })
  t.match(await get('/healthz', { headers: { 'x-long': 'x'.repeat(4_000) } }), { json: { code: String } })
  t.match(await get('/healthz'), { status: 200 })
})

t.test('only loopback addresses are listened at', async (t) => {
  for (const address of ['127.0.0.1:8081', 'localhost:0', '[::1]:8081', 'off']) {
    t.doesNotThrow(() => checkAdminAddress(address), address)
  }
  for (const address of ['0.0.0.0:8081', '[::]:8081', '10.0.0.1:80', 'example.com:8081', 'unix:/tmp/x']) {
    t.throws(() => checkAdminAddress(address), { name: 'ConfigError', message: /admin\.listen/ }, address)
  }
})

t.test('a port in use is an error, and stopping frees it', async (t) => {
  const first = await admin(t)
  const address = `127.0.0.1:${await lastingPort()}`
  const listener = await startAdmin({ ...partsOf(first), limits: LIMITS }, address)
  await t.rejects(startAdmin({ ...partsOf(first), limits: LIMITS }, address), {
    message: `cannot listen on ${address}: the address is in use`,
    cause: { code: 'EADDRINUSE' },
  })
  await listener.stop()
  const again = await startAdmin({ ...partsOf(first), limits: LIMITS }, address)
  await again.stop()
})

function partsOf({ sessions, events, epochs, clock, clients }: Awaited<ReturnType<typeof admin>>) {
  return {
    sessions,
    events,
    epochs,
    clock,
    clients,
    metrics: { text: async () => ({ type: 'text/plain', body: '' }) },
    info: () => INFO,
    notReady: () => [],
    access: new Access([]),
    log: silentLogger,
  }
}

function idsIn(json: unknown): unknown[] {
  if (typeof json !== 'object' || json === null || !('sessions' in json) || !Array.isArray(json.sessions)) return []
  return json.sessions.map((session: { id?: unknown }) => session.id)
}

function cursorIn(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'cursor' in json ? json.cursor : undefined
}

import { join } from 'node:path'
import t from 'tap'
import { ROLES, type Role } from '../../src/config/token-spec.js'
import { hex } from '../../src/core/bytes.js'
import { type AdminOptions, admin, bearer } from '../support/admin-api.js'
import { type AdminRequest, ask, logIn, operationsIn } from '../support/admin-request.js'
import { epochSession, timeoutSession } from '../support/core.js'
import { sessionToken } from '../support/made-tokens.js'
import { tempFolder } from '../support/temp-folder.js'

interface Case {
  /** In the place of `{id}` and at the end of the path. */
  readonly id?: string
  readonly query?: string
  readonly body?: unknown
}

interface Tried {
  readonly need: Role | 'nothing'
  /** What it answers to who may ask, and to what. */
  readonly good: readonly [status: number, request: Case]
  /** And to what is wrong with a request. */
  readonly bad?: readonly (readonly [status: number, request: Case])[]
}

const UNKNOWN = '0188d5a4-9c1e-4a71-8f3e-0123456789ab'
const NO_SESSION = [
  [400, { id: 'x' }],
  [404, { id: UNKNOWN }],
] as const
/** Keys that would reach the prototype of whatever they were copied into, and what is no JSON at all. */
const bodies = (good: Case) =>
  [
    '{"__proto__":{"a":1}}',
    '{"constructor":{"prototype":{}}}',
    '{"constructor":1}',
    '{',
    '',
    '[]',
    'null',
    '"text"',
  ].map((body) => [400, { ...good, body }] as const)

/** By what the page of the API says; `ATOMIX` and `KEYED` are the names of sessions that are there. */
const ATOMIX = '1:1'
const KEYED = 'KEYED'
const SIGN = { id: KEYED, body: { data: '00', scheme: 1 } }
const ROUTES: Readonly<Record<string, Tried>> = {
  'GET /': { need: 'nothing', good: [200, {}] },
  'GET /healthz': { need: 'nothing', good: [200, {}] },
  'GET /readyz': { need: 'nothing', good: [200, {}] },
  'GET /metrics': { need: 'nothing', good: [200, {}] },
  'GET /openapi.json': { need: 'read', good: [200, {}] },
  'GET /api/v1/login': { need: 'nothing', good: [200, {}] },
  'POST /api/v1/login': {
    need: 'nothing',
    good: [200, { body: { token: 'token-of-read' } }],
    bad: [
      [401, { body: { token: 'no token' } }],
      [400, { body: { token: 'x'.repeat(1025) } }],
      [400, { body: { token: 7 } }],
      [400, { body: { token: 'token-of-read', colour: 'red' } }],
      ...bodies({}),
    ],
  },
  'POST /api/v1/logout': { need: 'nothing', good: [204, {}] },
  'GET /api/v1/info': { need: 'read', good: [200, {}] },
  'GET /api/v1/overview': { need: 'read', good: [200, {}] },
  'GET /api/v1/clients': { need: 'read', good: [200, {}] },
  'GET /api/v1/epoch': { need: 'read', good: [200, {}] },
  'PUT /api/v1/epoch': {
    need: 'operate',
    good: [200, { body: { epoch: '11' } }],
    bad: [
      [400, { body: { epoch: 11 } }],
      [400, { body: { epoch: `${2n ** 64n}` } }],
      [400, { body: {} }],
      ...bodies({}),
    ],
  },
  'GET /api/v1/events': { need: 'read', good: [200, {}] },
  'GET /api/v1/sessions': {
    need: 'read',
    good: [200, { query: '?limit=1' }],
    bad: ['limit=0', 'state=x', 'owner=x', 'cursor=!', '__proto__=x', 'constructor=x', 'limit=1&limit=2'].map(
      (query) => [400, { query: `?${query}` }] as const,
    ),
  },
  'GET /api/v1/sessions/{id}': {
    need: 'read',
    good: [200, { id: ATOMIX }],
    bad: [...NO_SESSION, [400, { id: '__proto__' }]],
  },
  'GET /api/v1/sessions/{id}/story': { need: 'read', good: [200, { id: ATOMIX }], bad: NO_SESSION },
  'DELETE /api/v1/sessions/{id}': { need: 'operate', good: [204, { id: '1:2' }], bad: NO_SESSION },
  'POST /api/v1/sessions/{id}/keep-alive': {
    need: 'operate',
    good: [200, { id: ATOMIX }],
    bad: [...NO_SESSION, [409, { id: KEYED }]],
  },
  'POST /api/v1/sessions/{id}/sign': {
    need: 'sign',
    good: [200, SIGN],
    bad: [
      [400, { ...SIGN, id: 'x' }],
      [404, { ...SIGN, id: UNKNOWN }],
      [409, { ...SIGN, id: ATOMIX }],
      [400, { ...SIGN, body: { data: '0', scheme: 1 } }],
      [400, { ...SIGN, body: { data: '00', scheme: 3 } }],
      ...bodies(SIGN),
    ],
  },
  'POST /api/v1/decode': {
    need: 'read',
    good: [200, { body: { bytes: '0a00' } }],
    bad: [[400, { body: { bytes: 7 } }], [400, { body: { bytes: '00', path: 'x'.repeat(257) } }], ...bodies({})],
  },
  'POST /api/v1/tokens/check': {
    need: 'read',
    good: [200, { body: { token: hex(sessionToken()) } }],
    bad: [[400, { body: { token: 'no token!' } }], [400, { body: { token: '00', epoch: 'x' } }], ...bodies({})],
  },
}

/** A listener with everything that the good requests need. */
async function whole(t: Parameters<typeof admin>[0], options: AdminOptions = {}) {
  const made = await admin(t, {
    decoder: { ask: async () => ({ json: '{"decoded":false}' }) },
    page: { html: Buffer.from('<!doctype html>'), assets: new Map() },
    limits: {
      requestsPerSecond: 1_000_000,
      scrapesPerSecond: 1_000_000,
      logins: { open: 1000, lifetime_ms: 60_000, attemptsPerMinute: 1_000_000 },
    },
    ...options,
  })
  for (let n = 0; n < 2; n += 1) await made.sessions.create(timeoutSession({ timeout_ms: 3_600_000 }))
  const { id } = await made.sessions.create(epochSession())
  const { address } = made.listener
  const send = (route: string, { id: wanted = '', query = '', body }: Case, headers: AdminRequest['headers'] = {}) => {
    const [method = '', path = ''] = route.split(' ')
    const text = typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body)
    return ask(address, path.replace('{id}', wanted === KEYED ? id : wanted) + query, {
      method,
      headers: { ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(text === undefined ? {} : { body: text }),
    })
  }
  const { json } = await ask(address, '/openapi.json', { headers: bearer('read') })
  return { ...made, address, send, operations: operationsIn(json) }
}

const NETWORK = { address: '0.0.0.0:0' }
const has = (role: Role, need: Role): boolean => role === need || (need === 'read' && role === 'operate')
const problem = (status: number, code: string | RegExp) => ({
  status,
  json: { status, code },
  headers: { 'content-type': /^application\/problem\+json/ },
})

t.test('every route of the description is here, with what it needs and may answer', async (t) => {
  for (const options of [{}, NETWORK]) {
    const { operations } = await whole(t, options)
    t.same(operations.map(([name]) => name).sort(), Object.keys(ROUTES).sort())
    for (const [name, { security = [], parameters = [], requestBody, responses = {} }] of operations) {
      const { need = 'nothing', bad = [] } = ROUTES[name] ?? {}
      const isOpen = options !== NETWORK && need === 'read'
      const expected = need === 'nothing' ? [] : [...(isOpen ? [{}] : []), { token: [need] }, { login: [need] }]
      t.same(security, expected, name)
      const refusals = ['401', '403', '429'].filter((status) => status in responses)
      const unlimited = ['GET /healthz', 'GET /readyz'].includes(name)
      t.same(refusals, [...(need === 'nothing' ? [] : ['401']), '403', ...(unlimited ? [] : ['429'])], name)
      const takesSomething = requestBody !== undefined || parameters.some((one) => one.in !== 'header')
      t.equal(bad.length > 0, takesSomething, `${name}: what is wrong with a request is tried where it can be`)
    }
  }
})

t.test(
  'off loopback every route does what it says for who may, refuses what is wrong, and whoever may not',
  async (t) => {
    const { send } = await whole(t, NETWORK)
    for (const [route, { need, good, bad = [] }] of Object.entries(ROUTES)) {
      const [status, request] = good
      const may = need === 'nothing' ? {} : bearer(need)
      t.match(await send(route, request, may), { status }, `${route} by who may`)
      for (const [status, request] of bad) {
        t.match(await send(route, request, may), problem(status, /./), `${route} ${JSON.stringify(request)}`)
      }
      if (need === 'nothing') {
        const wrong = await send(route, request, route === 'GET /api/v1/login' ? {} : { authorization: 'Bearer wrong' })
        t.equal(wrong.status, status, `${route} does not look at tokens`)
        continue
      }
      for (const headers of [
        undefined,
        { authorization: 'Bearer wrong' },
        { authorization: 'Basic x' },
        { cookie: 'session-gateway=x' },
      ]) {
        const answer = await send(route, request, headers)
        t.match(answer, problem(401, 'unauthorized'), `${route} ${JSON.stringify(headers)}`)
        t.equal(answer.headers['www-authenticate'], 'Bearer')
      }
      for (const role of ROLES.filter((role) => !has(role, need))) {
        t.match(await send(route, request, bearer(role)), problem(403, 'forbidden'), `${route} by ${role}`)
      }
    }
  },
)

t.test('a cookie has the role of its token, and changes something from the page alone', async (t) => {
  const { send, address } = await whole(t, NETWORK)
  const port = address.split(':')[1]
  const origin = { host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port}` }
  for (const role of ROLES) {
    const cookie = await logIn(address, role)
    for (const [route, { need, good }] of Object.entries(ROUTES)) {
      if (need === 'nothing') continue
      const [status, request] = good
      const what = `${route} by the cookie of ${role}`
      const fromPage = await send(route, request, { cookie, ...origin })
      if (!has(role, need)) {
        t.match(fromPage, problem(403, 'forbidden'), what)
        continue
      }
      // What was closed is closed.
      t.ok(
        fromPage.status === status || (route.startsWith('DELETE') && fromPage.status === 409),
        `${what}: ${fromPage.text}`,
      )
      const unsaid = await send(route, request, { cookie })
      if (route.startsWith('GET')) t.equal(unsaid.status, status, what)
      else t.match(unsaid, problem(403, 'origin_refused'), `${what}, that does not say where it is from`)
      const foreign = { cookie, host: `127.0.0.1:${port}`, origin: 'http://attacker.example' }
      t.match(await send(route, request, foreign), problem(403, 'origin_refused'), `${what}, from elsewhere`)
    }
  }
})

t.test('on loopback and on a unix socket reading needs nothing', async (t) => {
  for (const options of [{}, { address: `unix:${join(tempFolder(t), 'admin')}` }]) {
    const { send, address } = await whole(t, options)
    for (const [route, { need, good }] of Object.entries(ROUTES)) {
      const [status, request] = good
      const isOpen = need === 'nothing' || need === 'read'
      const what = `${route} at ${address.split(':')[0]}`
      t.equal((await send(route, request)).status, isOpen ? status : 401, what)
      // What a browser sends unasked takes nothing away.
      const host = address.startsWith('unix:') ? 'localhost' : address
      const void_ = { cookie: 'session-gateway=void', host, origin: `http://${host}` }
      t.equal((await send(route, request, void_)).status, isOpen ? status : 401, `${what}, with a cookie that is none`)
      if (need === 'read') {
        t.match(await send(route, request, { authorization: 'Bearer wrong' }), problem(401, 'unauthorized'), what)
        t.match(await send(route, request, bearer('sign')), problem(403, 'forbidden'), what)
      }
    }
  }
})

t.test('the metrics, made to need a token, need one everywhere', async (t) => {
  for (const options of [{}, NETWORK]) {
    const { send, operations } = await whole(t, { ...options, listen: { metricsToken: true } })
    t.match(await send('GET /metrics', {}), problem(401, 'unauthorized'))
    t.match(await send('GET /metrics', {}, bearer('read')), { status: 200 })
    t.match(await send('GET /metrics', {}, bearer('sign')), problem(403, 'forbidden'))
    t.match(await send('GET /healthz', {}), { status: 200 })
    t.match(await send('GET /readyz', {}), { status: 200 })
    t.same(operations.find(([name]) => name === 'GET /metrics')?.[1].security, [
      { token: ['read'] },
      { login: ['read'] },
    ])
  }
})

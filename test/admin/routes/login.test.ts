import t from 'tap'
import type { AuditLine } from '../../../src/admin/audit-log.js'
import { admin, bearer, LIMITS, TOKENS } from '../../support/admin-api.js'
import { ask, cookieOf, logIn } from '../../support/admin-request.js'

const JSON_BODY = { 'content-type': 'application/json' }
const body = (token: string) => ({ method: 'POST', headers: JSON_BODY, body: JSON.stringify({ token }) })
const NETWORK = { address: '0.0.0.0:0' }

t.test('a token is traded for a cookie, which is good until the logout', async (t) => {
  const lines: AuditLine[] = []
  const { listener, clock } = await admin(t, { ...NETWORK, audit: (line) => void lines.push(line) })
  const { address } = listener
  const who = async (headers = {}) => (await ask(address, '/api/v1/login', { headers })).json
  t.strictSame(await who(), { needed: true, roles: [] })
  const answer = await ask(address, '/api/v1/login', body('token-of-operate'))
  const expiresAt = new Date(clock.wallTime() + 12 * 3_600_000).toISOString()
  t.match(answer, { status: 200, json: { needed: true, name: 'operate', roles: ['operate'], expiresAt } })
  t.match(answer.headers['set-cookie'], [
    /^session-gateway-\d+=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
  ])
  const cookie = cookieOf(answer.headers)
  t.match(await who({ cookie }), { name: 'operate', expiresAt })
  t.strictSame(await who(bearer('sign')), { needed: true, name: 'sign', roles: ['sign'] })
  t.match(await who({ authorization: 'Bearer wrong' }), { code: 'unauthorized' })
  t.match(await ask(address, '/api/v1/info', { headers: { cookie } }), { status: 200 })

  const leave = { method: 'POST', headers: { cookie, 'sec-fetch-site': 'same-origin' } }
  const unsaid = await ask(address, '/api/v1/logout', { method: 'POST', headers: { cookie } })
  t.match(unsaid, { status: 403, json: { code: 'origin_refused' }, headers: { 'set-cookie': undefined } })
  t.match(await ask(address, '/api/v1/info', { headers: { cookie } }), { status: 200 }, 'it is not over')
  const out = await ask(address, '/api/v1/logout', leave)
  t.match(out, { status: 204, headers: { 'set-cookie': [/^session-gateway-\d+=; Path=\/; Max-Age=0; /] } })
  t.match(await ask(address, '/api/v1/info', { headers: { cookie } }), { status: 401 })
  t.match(await ask(address, '/api/v1/logout', leave), { status: 204 }, 'once more')
  t.match(await ask(address, '/api/v1/login', body('wrong')), { status: 401, json: { code: 'unauthorized' } })
  t.match(lines, [
    { action: 'login', by: 'operate', peer: '127.0.0.1', outcome: 'ok' },
    { action: 'logout', by: 'operate', outcome: 'origin_refused' },
    { action: 'logout', by: 'operate', outcome: 'ok' },
    { action: 'login', outcome: 'unauthorized' },
  ])
  t.equal(lines.length, 4)
  t.notMatch(JSON.stringify(lines), /token-of|wrong/)
})

t.test('its end: in time, with its token, with the next login', async (t) => {
  const { listener, clock, access } = await admin(t, {
    ...NETWORK,
    limits: { logins: { ...LIMITS.logins, lifetime_ms: 60_000 } },
  })
  const { address } = listener
  const status = async (cookie: string) => (await ask(address, '/api/v1/info', { headers: { cookie } })).status
  const first = await logIn(address, 'read')
  t.equal(await status(first), 200)
  const second = await logIn(address, 'operate', { headers: { cookie: first } })
  t.same([await status(first), await status(second)], [401, 200])
  access.use(TOKENS.filter(({ name }) => name !== 'operate'))
  t.equal(await status(second), 401)
  const third = await logIn(address, 'read')
  clock.advance(59_999)
  t.equal(await status(third), 200)
  clock.advance(1)
  t.equal(await status(third), 401)
})

t.test('where the audit log fails nobody is let in', async (t) => {
  const { listener } = await admin(t, {
    ...NETWORK,
    audit: () => {
      throw new Error('no space left')
    },
  })
  const answer = await ask(listener.address, '/api/v1/login', body('token-of-read'))
  t.match(answer, { status: 503, json: { code: 'audit_failed', detail: /^nobody is logged in: / } })
  t.equal(answer.headers['set-cookie'], undefined)
})

t.test('one address may try so often, and is told when again; what floods us is not written down', async (t) => {
  const lines: AuditLine[] = []
  const logins = { ...LIMITS.logins, attemptsPerMinute: 3 }
  const { listener, clock, hits } = await admin(t, { limits: { logins }, audit: (line) => void lines.push(line) })
  const tried = async (token: string) => (await ask(listener.address, '/api/v1/login', body(token))).status
  t.same([await tried('a'), await tried('b'), await tried('c')], [401, 401, 401])
  const refused = await ask(listener.address, '/api/v1/login', body('token-of-read'))
  t.match(refused, { status: 429, json: { code: 'too_many_logins' }, headers: { 'retry-after': '20' } })
  t.same(hits, ['admin.limits.loginsPerMinute'])
  t.equal(lines.length, 3)
  clock.advance(20_000)
  t.same([await tried('token-of-read'), await tried('token-of-read')], [200, 429])
})

t.test(
  'a wrong token in a header, and a login that is none, is an attempt; no token is none, and a good one is good',
  async (t) => {
    const logins = { ...LIMITS.logins, attemptsPerMinute: 4 }
    const { listener, hits } = await admin(t, { ...NETWORK, limits: { logins } })
    const { address } = listener
    const asked = async (path: string, headers = {}) => (await ask(address, path, { headers })).status
    for (let n = 0; n < 5; n += 1) t.equal(await asked('/api/v1/info'), 401)
    const wrong = { authorization: 'Bearer wrong' }
    t.same([await asked('/api/v1/info', wrong), await asked('/api/v1/login', wrong)], [401, 401])
    t.match(await ask(address, '/api/v1/login', { method: 'POST', headers: JSON_BODY, body: '{' }), { status: 400 })
    t.match(await ask(address, '/api/v1/login', { method: 'POST', headers: JSON_BODY, body: '{}' }), { status: 400 })
    for (const path of ['/api/v1/info', '/api/v1/login']) {
      t.match(await ask(address, path, { headers: wrong }), { status: 429, json: { code: 'too_many_logins' } }, path)
    }
    t.match(await ask(address, '/api/v1/login', body('token-of-read')), { status: 429 })
    t.equal(await asked('/api/v1/info', bearer('read')), 200)
    t.same(hits, Array(3).fill('admin.limits.loginsPerMinute'))
  },
)

t.test('behind a proxy with TLS the cookie is for TLS alone', async (t) => {
  const { listener } = await admin(t, { ...NETWORK, listen: { allowedHosts: ['Gateway.Test'] } })
  const headers = { host: 'gateway.test', origin: 'https://gateway.test' }
  const { address } = listener
  const answer = await ask(address, '/api/v1/login', {
    ...body('token-of-operate'),
    headers: { ...headers, ...JSON_BODY },
  })
  t.match(answer.headers['set-cookie'], [/^__Host-session-gateway=[\w-]{43}; .*; Secure$/])
  const cookie = cookieOf(answer.headers)
  const set = { method: 'PUT', headers: { ...headers, ...JSON_BODY, cookie }, body: '{"epoch":"12"}' }
  t.match(await ask(address, '/api/v1/epoch', set), { status: 200 })
})

t.test('a page of another origin can log nobody in or out', async (t) => {
  const { listener } = await admin(t, NETWORK)
  const { address } = listener
  const cookie = await logIn(address, 'read')
  const foreign = { origin: 'http://attacker.example', cookie, ...JSON_BODY }
  for (const [path, text] of [
    ['/api/v1/login', '{"token":"token-of-read"}'],
    ['/api/v1/logout', '{}'],
  ] as const) {
    const answer = await ask(address, path, { method: 'POST', headers: foreign, body: text })
    t.match(answer, { status: 403, json: { code: 'origin_refused' } })
    t.equal(answer.headers['set-cookie'], undefined)
  }
  t.match(await ask(address, '/api/v1/info', { headers: { cookie } }), { status: 200 })
})

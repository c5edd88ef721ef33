import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ask } from '../support/admin-request.js'
import { BEARER } from '../support/admin-token.js'
import { eventually } from '../support/eventually.js'
import { certificates } from '../support/fixtures.js'
import { testGateway } from '../support/gateway.js'
import { tempFolder } from '../support/temp-folder.js'

const PATIENCE_MS = 30_000
const READER = 'a-token-that-may-read-0123456789'
const { server, stranger, authority } = certificates

t.test('beyond loopback, with tokens and TLS: certificates and tokens are read again while it serves', async (t) => {
  const folder = tempFolder(t)
  const file = (name: string) => join(folder, name)
  const put = (name: string, content: Uint8Array | string) => writeFileSync(file(name), content, { mode: 0o600 })
  put('cert', server.certificate)
  put('key', server.privateKey)
  put('token', READER)
  const { gateway, lines } = await testGateway(t, {
    'admin.listen': '0.0.0.0:0',
    'admin.tokens': `operate:env:TEST_ADMIN_TOKEN,read:file:${file('token')}`,
    'admin.tls.cert': file('cert'),
    'admin.tls.key': file('key'),
    'admin.audit': file('audit'),
    'admin.metricsToken': 'true',
    'admin.allowedHosts': 'gateway.test',
  })
  const port = gateway.ready.admin.split(':')[1]
  const host = `localhost:${port}`
  const get = async (path: string, token?: string, headers = {}) => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const { status } = await ask(host, path, { tls: { ca: authority }, headers: { ...authorization, ...headers } })
    return status
  }
  t.notOk(lines.some(({ message }) => message.includes('without TLS')))
  t.same([await get('/healthz'), await get('/metrics'), await get('/api/v1/info')], [200, 401, 401])
  t.same([await get('/metrics', READER), await get('/api/v1/info', READER)], [200, 200])
  t.same([await get('/healthz', undefined, { host: 'gateway.test' })], [200])
  t.same([await get('/healthz', undefined, { host: 'attacker.example' })], [403])

  const login = await ask(host, '/api/v1/login', {
    method: 'POST',
    tls: { ca: authority },
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: READER }),
  })
  t.match(login, { status: 200, json: { name: `file ${file('token')}`, roles: ['read'] } })
  t.match(readFileSync(file('audit'), 'utf8'), /^\{[^\n]*"action":"login"[^\n]*"outcome":"ok"\}\n$/)

  put('cert', stranger.certificate)
  put('token', 'another-token-that-may-read-012345')
  await t.rejects(gateway.reload(), {
    name: 'ConfigError',
    message: /^admin\.tls\.key .* does not belong to admin\.tls\.cert/,
  })
  t.same([await get('/healthz'), await get('/api/v1/info', READER)], [200, 200], 'all of it is as it was')
  put('key', stranger.privateKey)
  await gateway.reload()
  await t.rejects(get('/healthz'), 'the new certificate is of an authority that is not trusted')
  put('cert', server.certificate)
  put('key', server.privateKey)
  await gateway.reload()
  t.same([await get('/healthz'), await get('/api/v1/info', READER)], [200, 401])
  const [cookie = ''] = login.headers['set-cookie'] ?? []
  t.equal(await get('/api/v1/info', undefined, { cookie: cookie.split(';')[0] }), 401, 'the login ended with its token')
})

t.test('without TLS it says so, and counts the limits that are hit', async (t) => {
  const { gateway, lines } = await testGateway(t, { 'admin.listen': '0.0.0.0:0', 'admin.limits.page': '5' })
  const warned = lines.filter(({ message }) => message.includes('without TLS'))
  t.match(warned, [{ level: 'warn', fields: { listen: '0.0.0.0:0' }, message: /admin\.tls\.cert and admin\.tls\.key/ }])
  const { admin } = gateway.ready
  t.match(await ask(admin, '/api/v1/sessions?limit=6', { headers: BEARER }), { status: 400 })
  t.match((await ask(admin, '/metrics')).text, /session_gateway_limits_hit_total\{limit="admin\.limits\.page"\} 1\n/)
})

t.test('a unix socket is named by the ready line, and gone after the stop', async (t) => {
  const address = `unix:${join(tempFolder(t), 'admin')}`
  const { gateway, lines } = await testGateway(t, { 'admin.listen': address })
  t.equal(gateway.ready.admin, address)
  t.notOk(lines.some(({ message }) => message.includes('without TLS')))
  t.match(await ask(address, '/api/v1/info'), { status: 200 })
  await gateway.stop()
  await t.rejects(ask(address, '/healthz'), { code: 'ENOENT' })
})

t.test('a reload that takes a token away ends the streams that began with it', async (t) => {
  const file = join(tempFolder(t), 'token')
  writeFileSync(file, READER, { mode: 0o600 })
  const { gateway, admin } = await testGateway(t, { 'admin.tokens': `read:file:${file}` })
  const { status, body } = await fetch(`${admin}/api/v1/events`, { headers: { authorization: `Bearer ${READER}` } })
  t.equal(status, 200)
  let ended = false
  void new Response(body).text().then(() => {
    ended = true
  })
  await gateway.reload()
  t.notOk(ended, 'it is still there')
  writeFileSync(file, 'another-token-that-may-read-012345')
  await gateway.reload()
  t.ok(await eventually(() => ended, PATIENCE_MS))
})

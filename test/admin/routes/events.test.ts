import { connect } from 'node:net'
import t from 'tap'
import { admin, bearer, LIMITS, TOKENS } from '../../support/admin-api.js'
import { ask, logIn } from '../../support/admin-request.js'
import { epochSession } from '../../support/core.js'
import { eventually } from '../../support/eventually.js'

const PATIENCE_MS = 30_000

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

t.test('who asks for the headers alone takes no place of a reader', async (t) => {
  const limits = { events: { ...LIMITS.events, readers: 1 } }
  const { events, listener } = await admin(t, { limits })
  const address = `http://${listener.address}/api/v1/events`
  t.match(await fetch(address, { method: 'HEAD' }), { status: 405 })
  t.equal(events.active, false)
  const { status, body } = await fetch(address)
  t.equal(status, 200)
  await body?.cancel()
})

t.test('whoever asks again before the answer, and goes, leaves no reader behind', async (t) => {
  const limits = { events: { ...LIMITS.events, readers: 1 } }
  const { clock, listener } = await admin(t, { limits })
  const before = clock.waiting
  const [host, port] = listener.address.split(':')
  const socket = connect(Number(port), host)
  socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: ${listener.address}\r\n\r\n`.repeat(3))
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('close', resolve))
  t.ok(await eventually(() => clock.waiting <= before + 1, PATIENCE_MS), 'what was told is still remembered')
  const { status, body } = await fetch(`http://${listener.address}/api/v1/events`)
  t.equal(status, 200)
  await body?.cancel()
})

t.test('streams end with the token or the login that they began with', async (t) => {
  const { listener, access, clock } = await admin(t, {
    address: '0.0.0.0:0',
    limits: { logins: { ...LIMITS.logins, lifetime_ms: 60_000 } },
  })
  const { address } = listener
  const base = `http://${address.replace('0.0.0.0', '127.0.0.1')}`
  const ended: string[] = []
  const open = async (name: string, headers: Record<string, string>) => {
    const { status, body } = await fetch(`${base}/api/v1/events`, { headers })
    t.equal(status, 200, name)
    void new Response(body).text().then(() => ended.push(name))
  }
  const [cookie, other, operator] = [
    await logIn(address, 'read'),
    await logIn(address, 'read'),
    await logIn(address, 'operate'),
  ]
  await open('token', bearer('read'))
  await open('cookie', { cookie })
  await open('logged out', { cookie: other })
  await open('operator', { cookie: operator })
  await open('operator token', bearer('operate'))
  await ask(address, '/api/v1/logout', { method: 'POST', headers: { cookie: other, 'sec-fetch-site': 'same-origin' } })
  t.ok(await eventually(() => ended.length === 1, PATIENCE_MS))
  t.same(ended, ['logged out'])
  access.use(TOKENS)
  access.use(TOKENS.filter(({ name }) => name !== 'read'))
  t.ok(await eventually(() => ended.length === 3, PATIENCE_MS))
  t.same(new Set(ended), new Set(['logged out', 'token', 'cookie']), 'those of other tokens go on')
  clock.advance(60_000)
  t.ok(await eventually(() => ended.length === 4, PATIENCE_MS), 'at the next sign of life after its time')
  t.equal(ended.at(-1), 'operator')
  access.use(
    TOKENS.map((token) => (token.name === 'operate' ? { ...token, roles: new Set(['sign'] as const) } : token)),
  )
  t.ok(await eventually(() => ended.length === 5, PATIENCE_MS), 'with another role, a token is another one')
})

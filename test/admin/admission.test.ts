import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { get as getTls, Agent as TlsAgent } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { admin, bearer, LIMITS } from '../support/admin-api.js'
import { ask } from '../support/admin-request.js'
import { epochSession } from '../support/core.js'
import { eventually } from '../support/eventually.js'
import { certificates } from '../support/fixtures.js'
import { tempFolder } from '../support/temp-folder.js'

const PATIENCE_MS = 30_000
const { authority, server } = certificates

const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

t.test('every answer says to browsers what they must not do with it', async (t) => {
  const page = { html: Buffer.from('<!doctype html>'), assets: new Map() }
  const { listener } = await admin(t, { page })
  const paths = [
    '/api/v1/info',
    '/healthz',
    '/metrics',
    '/openapi.json',
    '/none',
    '/api/v1/sessions/%ff',
    '/api/v1/sessions/x',
  ]
  for (const path of paths) {
    const { headers } = await ask(listener.address, path)
    t.match(headers, HEADERS, path)
    t.equal(headers['strict-transport-security'], undefined)
    t.equal(headers['access-control-allow-origin'], undefined)
  }
  const { headers } = await ask(listener.address, '/')
  t.match(headers, {
    ...HEADERS,
    'cache-control': 'no-cache',
    'content-security-policy': /^default-src 'none'; script-src 'self';/,
  })
  t.notMatch(headers['content-security-policy'], /unsafe|\*|https?:/)
})

t.test('one address may ask so often; who watches over the gateway is always answered', async (t) => {
  const { listener, clock, hits } = await admin(t, { limits: { requestsPerSecond: 2, scrapesPerSecond: 1 } })
  const status = async (path: string, headers = {}) => (await ask(listener.address, path, { headers })).status
  t.same([await status('/api/v1/info'), await status('/none'), await status('/api/v1/info')], [200, 404, 429])
  const refused = await ask(listener.address, '/api/v1/login', { headers: bearer('read') })
  t.match(refused, { status: 429, json: { code: 'too_many_requests' }, headers: { 'retry-after': '1' } })
  t.same(hits, ['admin.limits.requestsPerSecond', 'admin.limits.requestsPerSecond'])
  for (const path of ['/healthz', '/readyz', '/metrics']) t.equal(await status(path), 200, path)
  for (const path of ['/healthz', '/readyz']) t.equal(await status(path), 200, `${path} once more`)
  t.match(await ask(listener.address, '/metrics'), { status: 429, json: { code: 'too_many_requests' } })
  t.equal(hits.at(-1), 'admin.limits.scrapesPerSecond')
  clock.advance(500)
  t.same([await status('/api/v1/info'), await status('/api/v1/info')], [200, 429])
})

t.test('every limit that somebody hits is counted by its name', async (t) => {
  const limits = {
    bodySize_bytes: 1024,
    headerSize_bytes: 2048,
    page: 5,
    events: { ...LIMITS.events, readers: 0 },
  }
  const { listener, hits } = await admin(t, { limits })
  const { address } = listener
  const big = { ...bearer('operate'), 'content-type': 'application/json' }
  const table: readonly (readonly [
    limit: string,
    status: number,
    code: string,
    asked: () => ReturnType<typeof ask>,
  ])[] = [
    ['page', 400, 'invalid_parameter', () => ask(address, '/api/v1/sessions?limit=6')],
    ['eventReaders', 503, 'too_many_readers', () => ask(address, '/api/v1/events')],
    [
      'headerSize',
      431,
      'headers_too_large',
      () => ask(address, '/healthz', { headers: { 'x-long': 'x'.repeat(4096) } }),
    ],
    [
      'bodySize',
      413,
      'body_too_large',
      () => ask(address, '/api/v1/epoch', { method: 'PUT', headers: big, body: `"${'x'.repeat(2000)}"` }),
    ],
  ]
  for (const [limit, status, code, asked] of table) {
    hits.length = 0
    t.match(await asked(), { status, json: { status, code } }, limit)
    t.same(hits, [`admin.limits.${limit}`])
  }
  hits.length = 0
  t.match(await ask(address, '/api/v1/sessions?limit=0'), { status: 400 })
  t.same(hits, [], 'what is wrong for another reason is no hit')
})

t.test('ten megabytes are refused before they are read', async (t) => {
  const { listener, hits } = await admin(t)
  const headers = { ...bearer('operate'), 'content-type': 'application/json', 'content-length': String(10 * 1024 ** 2) }
  const [host = '', port = ''] = listener.address.split(':')
  const socket = connect(Number(port), host)
  t.teardown(() => socket.destroy())
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
  })
  const lines = Object.entries({ host: listener.address, ...headers }).map(([name, value]) => `${name}: ${value}`)
  socket.write(`PUT /api/v1/epoch HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  t.ok(await eventually(() => text.includes('"code":"body_too_large"'), PATIENCE_MS), 'none of it was sent')
  t.match(text, /^HTTP\/1\.1 413 /)
  t.same(hits, ['admin.limits.bodySize'])
})

t.test('a connection has one request under way: whoever sends the next before the answer is cut off', async (t) => {
  const { listener, hits, sessions } = await admin(t)
  for (let n = 0; n < 250; n += 1) await sessions.create(epochSession())
  let lists = 0
  const list = sessions.list.bind(sessions)
  sessions.list = (...args) => {
    lists += 1
    return list(...args)
  }
  const [host = '', port = ''] = listener.address.split(':')
  const socket = connect(Number(port), host)
  socket.on('error', () => {})
  socket.write(`GET /api/v1/sessions?limit=1000 HTTP/1.1\r\nHost: ${listener.address}\r\n\r\n`.repeat(300))
  await new Promise((resolve) => socket.once('close', resolve))
  t.ok(lists <= 1, `${lists} lists of 300`)
  t.same(hits, ['admin.limits.requestsPerSecond'], 'it is counted once')
  t.match(await ask(listener.address, '/healthz'), { status: 200 }, 'it goes on')
})

t.test('a connection that waits for its answers takes any number of requests', async (t) => {
  for (const tls of [undefined, server]) {
    const { listener, hits, sessions } = await admin(t, tls && { listen: { tls } })
    for (let n = 0; n < 250; n += 1) await sessions.create(epochSession())
    const agent = tls
      ? new TlsAgent({ keepAlive: true, maxSockets: 1, ca: Buffer.from(authority) })
      : new Agent({ keepAlive: true, maxSockets: 1 })
    const url = `${tls ? 'https' : 'http'}://localhost:${listener.address.split(':')[1]}/api/v1/sessions?limit=250`
    const sockets = new Set()
    for (let n = 0; n < 100; n += 1) {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const asked = (tls ? getTls : get)(url, { agent, family: 4 }, resolve)
        asked.on('error', reject).on('socket', (socket) => sockets.add(socket))
      })
      answer.resume()
      await once(answer, 'end')
      if (answer.statusCode !== 200) t.fail(`${answer.statusCode}`)
    }
    agent.destroy()
    t.equal(sockets.size, 1)
    t.same(hits, [])
  }
})

t.test('one address has so many connections, and leaves some to others', async (t) => {
  for (const tls of [undefined, server]) {
    const { listener, hits } = await admin(t, { limits: { connectionsPerAddress: 2 }, ...(tls && { listen: { tls } }) })
    const [host = '', port = ''] = listener.address.split(':')
    const open = (localAddress: string) => {
      const socket = connect({ host, port: Number(port), localAddress })
      return socket.on('error', () => {})
    }
    const held = [open('127.0.0.1'), open('127.0.0.1')]
    await Promise.all(held.map((socket) => once(socket, 'connect')))
    await once(open('127.0.0.1').resume(), 'close')
    t.same(hits, ['admin.limits.connectionsPerAddress'])
    const other = open('127.0.0.2')
    await once(other, 'connect')
    if (!tls) {
      other.write(`GET /healthz HTTP/1.1\r\nHost: ${listener.address}\r\n\r\n`)
      t.match(String((await once(other, 'data'))[0]), /^HTTP\/1\.1 200 /)
    }
    other.destroy()
    for (const socket of held) socket.destroy()
    // The listener learns of it by and by.
    const asked = async (): Promise<number> => {
      const answer = await ask(`localhost:${port}`, '/healthz', tls ? { tls: { ca: authority } } : {}).catch(() => {})
      return answer?.status ?? (await asked())
    }
    t.equal(await asked(), 200, 'those that are gone make room')
  }
})

t.test('clients of a unix socket are one user, and not bounded by address', async (t) => {
  const path = join(tempFolder(t), 'admin')
  await admin(t, { address: `unix:${path}`, limits: { connectionsPerAddress: 1 } })
  const held = [connect(path), connect(path)]
  await Promise.all(held.map((socket) => once(socket, 'connect')))
  t.match(await ask(`unix:${path}`, '/healthz'), { status: 200 })
  for (const socket of held) socket.destroy()
})

t.test('an address that is none passes the same checks', async (t) => {
  const { listener, hits } = await admin(t, { limits: { requestsPerSecond: 1 } })
  const asked = (headers = {}) => ask(listener.address, '/%zz', { headers })
  t.match(await asked({ host: 'attacker.example' }), { status: 403, json: { code: 'host_refused' } })
  t.match(await asked(), { status: 400, json: { code: 'bad_request' }, headers: HEADERS })
  t.match(await asked(), { status: 429, json: { code: 'too_many_requests' }, headers: HEADERS })
  t.same(hits, ['admin.limits.requestsPerSecond'])
})

t.test('one connection too many', async (t) => {
  const { listener, hits } = await admin(t, { limits: { connections: 1 } })
  const [host = '', port = ''] = listener.address.split(':')
  const first = connect(Number(port), host)
  t.teardown(() => first.destroy())
  await new Promise((resolve) => first.once('connect', resolve))
  const second = connect(Number(port), host)
  second.on('error', () => {})
  await new Promise((resolve) => second.once('close', resolve))
  t.ok(await eventually(() => hits.length > 0, PATIENCE_MS))
  t.same(hits, ['admin.limits.connections'])
})

t.test('who is too slow', async (t) => {
  const { listener, hits } = await admin(t, { limits: { requestTimeout_ms: 100 } })
  const [host = '', port = ''] = listener.address.split(':')
  const socket = connect(Number(port), host)
  let text = ''
  socket.on('error', () => {})
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
  })
  socket.write('GET /healthz HTTP/1.1\r\nHost: local')
  await new Promise((resolve) => socket.once('close', resolve))
  t.match(text, /^HTTP\/1\.1 408 Request Timeout\r\n/)
  t.match(text, /"code":"request_timeout"/)
  t.same(hits, ['admin.limits.requestTimeout'])
})

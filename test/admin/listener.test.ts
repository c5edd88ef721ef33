import { statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import t from 'tap'
import { startAdmin } from '../../src/admin/listener.js'
import { admin, bearer, LIMITS, partsOf } from '../support/admin-api.js'
import { ask, cookieOf } from '../support/admin-request.js'
import { eventually } from '../support/eventually.js'
import { certificates } from '../support/fixtures.js'
import { lastingPort } from '../support/lasting-port.js'
import { tempFolder } from '../support/temp-folder.js'

const { authority, server, client, stranger } = certificates
const trusting = { ca: authority }
const PATIENCE_MS = 30_000
const showing = (of: typeof client) => ({ ca: authority, cert: of.certificate, key: of.privateKey })

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

t.test('a unix socket is for the own user alone, and one that was left behind is replaced', async (t) => {
  const path = join(tempFolder(t), 'admin')
  const address = `unix:${path}`
  const first = await admin(t, { address })
  t.equal(first.listener.address, address)
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.match(await ask(address, '/api/v1/info'), { status: 200 }, 'reading is open')
  t.match(await ask(address, '/api/v1/epoch', { method: 'PUT', body: '{}' }), { status: 401 }, 'changing is not')
  const second = startAdmin({ ...partsOf(first), limits: LIMITS }, address)
  await t.rejects(second, { message: `cannot listen on ${address}: the address is in use` })
  t.match(await ask(address, '/healthz'), { status: 200 }, 'who listens there stays')
  await first.listener.stop()
  t.equal(statSync(path, { throwIfNoEntry: false }), undefined)

  await leaveBehind(path)
  t.equal(statSync(path).isSocket(), true)
  const third = await startAdmin({ ...partsOf(first), limits: LIMITS }, address)
  t.match(await ask(address, '/healthz'), { status: 200 })
  await third.stop()
  writeFileSync(path, 'something else')
  await t.rejects(startAdmin({ ...partsOf(first), limits: LIMITS }, address), /the address is in use/)
  t.equal(statSync(path).size, 14, 'what is no socket is left alone')
})

t.test('HTTPS, from TLS 1.2 on', async (t) => {
  const { listener } = await admin(t, { address: '0.0.0.0:0', listen: { tls: server, allowedHosts: ['localhost'] } })
  const { address } = listener
  const port = address.split(':')[1]
  const host = `localhost:${port}`
  const login = {
    method: 'POST',
    headers: { host, origin: `https://${host}`, 'content-type': 'application/json' },
    body: '{"token":"token-of-read"}',
    tls: trusting,
  }
  const answer = await ask(`localhost:${port}`, '/api/v1/login', login)
  t.match(answer, { status: 200, headers: { 'strict-transport-security': undefined } }, 'others are at localhost, too')
  t.match(answer.headers['set-cookie'], [/^__Host-session-gateway-\d+=[\w-]{43}; .*; Secure$/])
  const cookie = cookieOf(answer.headers)
  t.match(await ask(host, '/api/v1/info', { headers: { cookie }, tls: trusting }), { status: 200 })
  const unsafe = cookie.replace('__Host-', '')
  t.match(await ask(host, '/api/v1/info', { headers: { cookie: unsafe }, tls: trusting }), { status: 401 })
  const plain = { ...login, headers: { ...login.headers, origin: `http://${host}` } }
  t.match(await ask(host, '/api/v1/login', plain), { status: 403, json: { code: 'origin_refused' } })
  await t.rejects(ask(host, '/healthz'), 'plain HTTP is not answered')
  await t.rejects(ask(host, '/healthz', { tls: { ...trusting, maxVersion: 'TLSv1.1' } }), /protocol version/)
  t.match(await ask(host, '/healthz', { tls: trusting }), { status: 200 }, 'and it goes on')
})

t.test('with an authority, clients have to show a certificate of it, and a token all the same', async (t) => {
  const tls = { ...server, clientAuthority: authority }
  const { listener } = await admin(t, { address: '0.0.0.0:0', listen: { tls } })
  const host = `localhost:${listener.address.split(':')[1]}`
  t.match(await ask(host, '/healthz', { tls: showing(client) }), { status: 200 })
  t.match(await ask(host, '/api/v1/info', { tls: showing(client) }), { status: 401 })
  t.match(await ask(host, '/api/v1/info', { tls: showing(client), headers: bearer('read') }), { status: 200 })
  await t.rejects(ask(host, '/healthz', { tls: trusting }), 'none')
  await t.rejects(ask(host, '/healthz', { tls: showing(stranger) }), 'of another authority')
})

t.test('other certificates are for connections to come, on every address of the listener', async (t) => {
  const { listener } = await admin(t, { address: 'localhost:0', listen: { tls: server } })
  const port = Number(listener.address.split(':').at(-1))
  const nameAt = (host: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connectTls({ host, port, rejectUnauthorized: false }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN))
        socket.destroy()
      })
      socket.on('error', reject)
    })
  const open = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false })
  await new Promise((resolve) => open.once('secureConnect', resolve))
  listener.useTls(stranger)
  const hosts = (await nameAt('::1').catch(() => undefined)) === undefined ? ['127.0.0.1'] : ['127.0.0.1', '::1']
  for (const host of hosts) t.equal(await nameAt(host), 'session-gateway test stranger', host)
  open.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
  const [answer] = await new Promise<Buffer[]>((resolve) => open.once('data', (...data: Buffer[]) => resolve(data)))
  t.match(String(answer), /^HTTP\/1\.1 200 /, 'one that is open goes on')
  open.destroy()
  listener.useTls(server)
  for (const host of hosts) t.equal(await nameAt(host), 'localhost', host)
})

t.test('who never agrees on TLS is cut off in time, and by a stop at once', async (t) => {
  const { listener, hits } = await admin(t, { listen: { tls: server }, limits: { requestTimeout_ms: 200 } })
  const [host = '', port = ''] = listener.address.split(':')
  const silent = connect(Number(port), host)
  await new Promise((resolve) => silent.once('close', resolve))
  t.ok(await eventually(() => hits.includes('admin.limits.requestTimeout'), PATIENCE_MS))
  const patient = await admin(t, { listen: { tls: server }, limits: { requestTimeout_ms: 3_600_000 } })
  const waiting = connect(Number(patient.listener.address.split(':')[1]), host)
  waiting.on('error', () => {})
  const closed = new Promise((resolve) => waiting.once('close', resolve))
  await new Promise((resolve) => waiting.once('connect', resolve))
  await ask(`localhost:${patient.listener.address.split(':')[1]}`, '/healthz', { tls: trusting })
  await patient.listener.stop()
  await closed
  t.pass('the stop did not wait for it')
})

/** A socket whose process went without ending it. */
async function leaveBehind(path: string): Promise<void> {
  const { rename } = await import('node:fs/promises')
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(`${path}.other`, resolve))
  await rename(`${path}.other`, path)
  await new Promise((resolve) => other.close(resolve))
}

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { type Action, type AuditLine, AuditLog } from '../../src/admin/audit-log.js'
import { silentLogger } from '../../src/log.js'
import { admin, bearer, TOKENS } from '../support/admin-api.js'
import { ask, logIn } from '../support/admin-request.js'
import { epochSession, timeoutSession } from '../support/core.js'
import { eventually } from '../support/eventually.js'
import { ManualClock } from '../support/manual-clock.js'

const PATIENCE_MS = 30_000
const json = { 'content-type': 'application/json' }

const BODY = JSON.stringify({ data: '00', scheme: 1 })
const HALF = 5

/** The headers and the beginning of a body, which the listener has taken. */
async function begin(address: string, path: string): Promise<Socket> {
  const [host = '', port = ''] = address.split(':')
  const socket = connect(Number(port), host)
  socket.on('error', () => {})
  const headers = {
    ...json,
    ...bearer('sign'),
    host: address,
    'content-length': String(BODY.length),
    // Answered by the listener when it has read the headers.
    expect: '100-continue',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
  await once(socket, 'data')
  socket.write(BODY.slice(0, HALF))
  return socket
}

t.test('what is done and what is refused is written down, and nothing else', async (t) => {
  const lines: AuditLine[] = []
  const { sessions, get, clock } = await admin(t, { audit: (line) => void lines.push(line) })
  const { id } = await sessions.create(epochSession())
  await sessions.create(timeoutSession())
  const at = new Date(clock.wallTime()).toISOString()
  const sign = JSON.stringify({ data: '00', scheme: 1 })
  const table: readonly (readonly [method: string, path: string, init: RequestInit, line?: object])[] = [
    ['GET', '/api/v1/sessions', {}],
    [
      'POST',
      '/api/v1/sessions/1:1/keep-alive',
      { headers: bearer('operate') },
      { action: 'renew', by: 'operate', session: '1:1', outcome: 'ok' },
    ],
    [
      'POST',
      `/api/v1/sessions/${id}/keep-alive`,
      { headers: bearer('operate') },
      { action: 'renew', session: id, outcome: 'not_renewable' },
    ],
    [
      'POST',
      `/api/v1/sessions/${id}/sign`,
      { headers: { ...bearer('sign'), ...json }, body: sign },
      { action: 'sign', by: 'sign', session: id, outcome: 'ok' },
    ],
    [
      'POST',
      `/api/v1/sessions/${id}/sign`,
      { headers: { ...bearer('operate'), ...json }, body: sign },
      { action: 'sign', by: 'operate', outcome: 'forbidden' },
    ],
    [
      'DELETE',
      `/api/v1/sessions/${id}`,
      { headers: { ...bearer('operate'), origin: 'http://attacker.example' } },
      { action: 'close', by: 'operate', outcome: 'origin_refused' },
    ],
    [
      'POST',
      `/api/v1/sessions/${id}/sign`,
      { headers: json, body: sign },
      { action: 'sign', by: undefined, outcome: 'unauthorized' },
    ],
    [
      'POST',
      `/api/v1/sessions/${id}/sign`,
      { headers: { ...bearer('sign'), ...json }, body: '{}' },
      { action: 'sign', by: 'sign', outcome: 'invalid_body' },
    ],
    [
      'DELETE',
      `/api/v1/sessions/${id}`,
      { headers: bearer('operate') },
      { action: 'close', by: 'operate', session: id, outcome: 'ok' },
    ],
    [
      'DELETE',
      `/api/v1/sessions/${id}`,
      { headers: bearer('operate') },
      { action: 'close', session: id, outcome: 'closed' },
    ],
    [
      'PUT',
      '/api/v1/epoch',
      { headers: { ...bearer('operate'), ...json }, body: '{"epoch":"11"}' },
      { action: 'set-epoch', outcome: 'ok' },
    ],
  ]
  for (const [method, path, init] of table) await get(path, { method, ...init })
  t.match(
    lines,
    table.flatMap(([, , , line]) => (line === undefined ? [] : [{ at, peer: '127.0.0.1', ...line }])),
  )
  t.equal(lines.length, table.length - 1)
  t.notMatch(JSON.stringify(lines), /token-of/)
})

t.test('where the audit log fails the answer says what became of what was asked', async (t) => {
  const clock = new ManualClock()
  const audit = new AuditLog(
    () => {
      throw new Error('no space left')
    },
    { clock, log: silentLogger },
  )
  const said = new Map<Action, string>([
    ['close', 'the session is closed, and that could not be written to the audit log'],
    ['renew', 'the session is renewed, and that could not be written to the audit log'],
    ['sign', 'no signature is given: it could not be written to the audit log'],
    ['lookup', 'nothing is told of the session: it could not be written to the audit log'],
    ['set-epoch', 'the epoch is set, and that could not be written to the audit log'],
    ['login', 'nobody is logged in: it could not be written to the audit log'],
    ['logout', 'the login has ended, and that could not be written to the audit log'],
  ])
  for (const [action, message] of said) {
    t.throws(() => audit.done({ action, peer: 'unix' }), { code: 'audit_failed', message })
  }
})

t.test('with a cookie it says who was refused, too', async (t) => {
  const lines: AuditLine[] = []
  const { listener } = await admin(t, { audit: (line) => void lines.push(line) })
  const cookie = await logIn(listener.address, 'operate')
  lines.length = 0
  const asked = (headers = {}) =>
    ask(listener.address, '/api/v1/sessions/1:1', { method: 'DELETE', headers: { cookie, ...headers } })
  for (const headers of [{}, { origin: 'http://attacker.example' }, { host: 'attacker.example' }]) {
    t.match(await asked(headers), { status: 403 })
  }
  t.match(lines, [
    { action: 'close', by: 'operate', outcome: 'origin_refused' },
    { action: 'close', by: 'operate', outcome: 'origin_refused' },
    { action: 'close', outcome: 'host_refused' },
  ])
})

t.test('who goes away in the middle of a body is neither a fault nor a deed', async (t) => {
  const lines: AuditLine[] = []
  const { listener, errors } = await admin(t, { audit: (line) => void lines.push(line) })
  const socket = await begin(listener.address, '/api/v1/sessions/1:1/sign')
  socket.destroy()
  const init = { method: 'POST', headers: { ...bearer('operate'), 'content-type': 'application/json' }, body: '{}' }
  const other = await begin(listener.address, '/api/v1/sessions/1:2/sign')
  other.end()
  await new Promise((resolve) => other.resume().once('close', resolve))
  t.match(await ask(listener.address, '/api/v1/sessions/1:3/sign', init), { status: 403 })
  t.match(lines, [{ session: '1:3' }])
  t.same([lines.length, errors.length], [1, 0])
})

t.test('a token that is taken away while the body comes is none when it is there', async (t) => {
  const lines: AuditLine[] = []
  const { listener, sessions, access } = await admin(t, { audit: (line) => void lines.push(line) })
  const { id } = await sessions.create(epochSession())
  const socket = await begin(listener.address, `/api/v1/sessions/${id}/sign`)
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
  })
  access.use(TOKENS.filter(({ name }) => name !== 'sign'))
  socket.write(BODY.slice(HALF))
  t.ok(await eventually(() => text.includes('"code":"unauthorized"'), PATIENCE_MS))
  t.match(text, /^HTTP\/1\.1 401 /)
  t.match(lines, [{ action: 'sign', session: id, outcome: 'unauthorized' }])
  socket.destroy()
})

t.test('where the audit log fails nothing is told, and a refusal is told all the same', async (t) => {
  const fails = () => {
    throw new Error('no space left')
  }
  const { sessions, get, errors } = await admin(t, { audit: fails })
  const { id } = await sessions.create(epochSession())
  const init = { method: 'POST', headers: { ...bearer('sign'), ...json }, body: '{"data":"00","scheme":1}' }
  const answer = await get(`/api/v1/sessions/${id}/sign`, init)
  t.match(answer, {
    status: 503,
    json: { code: 'audit_failed', detail: /^no signature is given: it could not be written/ },
  })
  t.notMatch(answer.text, /"signature"|space/)
  t.match(await get(`/api/v1/sessions/${id}/sign`, { ...init, headers: json }), { status: 401 })
  t.match(errors, [{ err: { message: 'no space left' } }, { err: { message: 'no space left' } }])
})

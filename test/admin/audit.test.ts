import t from 'tap'
import type { AuditLine } from '../../src/admin/audit-log.js'
import { admin, bearer } from '../support/admin-api.js'
import { epochSession, timeoutSession } from '../support/core.js'

const json = { 'content-type': 'application/json' }

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
      { action: 'sign', outcome: 'forbidden' },
    ],
    ['POST', `/api/v1/sessions/${id}/sign`, { headers: json, body: sign }, { action: 'sign', outcome: 'unauthorized' }],
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

t.test('where the audit log fails nothing is told, and a refusal is told all the same', async (t) => {
  const fails = () => {
    throw new Error('no space left')
  }
  const { sessions, get, errors } = await admin(t, { audit: fails })
  const { id } = await sessions.create(epochSession())
  const init = { method: 'POST', headers: { ...bearer('sign'), ...json }, body: '{"data":"00","scheme":1}' }
  const answer = await get(`/api/v1/sessions/${id}/sign`, init)
  t.match(answer, { status: 503, json: { code: 'audit_failed' } })
  t.notMatch(answer.text, /signature|space/)
  t.match(await get(`/api/v1/sessions/${id}/sign`, { ...init, headers: json }), { status: 401 })
  t.match(errors, [{ err: { message: 'no space left' } }, { err: { message: 'no space left' } }])
})

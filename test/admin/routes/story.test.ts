import t from 'tap'
import { explain } from '../../../src/explain/explain.js'
import { admin, bearer } from '../../support/admin-api.js'
import { sourceAt } from '../../support/admin-source.js'
import { epochSession, timeoutSession } from '../../support/core.js'

t.test('a story is what the command explain tells', async (t) => {
  const { sessions, get, clock, listener } = await admin(t)
  const epochs = await sessions.create(epochSession({ expiration: 12n }))
  const closed = await sessions.create(epochSession())
  await sessions.close({ by: 'id', id: closed.id }, { endedBy: 'client' })
  const timeout = await sessions.create(timeoutSession({ timeout_ms: 5_000 }))
  const expired = await sessions.create(timeoutSession({ timeout_ms: 1_000 }))
  clock.advance(2_000)
  const source = sourceAt(listener.address, () => clock.wallTime())
  for (const { id, state } of [
    { id: epochs.id, state: 'open' },
    { id: closed.id, state: 'closed' },
    { id: timeout.id, state: 'open' },
    { id: expired.id, state: 'expired' },
  ]) {
    const { status, json } = await get(`/api/v1/sessions/${id}/story`)
    t.match({ status, json }, { status: 200, json: { id, state } })
    const found = await source.find({ by: 'id', id })
    if (found === undefined) throw new Error(`no session ${id}`)
    t.strictSame(json, JSON.parse(JSON.stringify(explain(found.facts, found.now))), 'nothing is left out on the way')
  }
  t.match((await get(`/api/v1/sessions/1:${timeout.number}/story`)).json, { number: `1:${timeout.number}` })
})

t.test('bad input, an unknown session, a wrong token', async (t) => {
  const { get } = await admin(t)
  t.match(await get('/api/v1/sessions/nonsense/story'), { status: 400, json: { code: 'invalid_parameter' } })
  t.match(await get(`/api/v1/sessions/${'x'.repeat(65)}/story`), { status: 400 })
  t.match(await get('/api/v1/sessions/1:99/story'), { status: 404, json: { code: 'not_found' } })
  const unknown = { authorization: 'Bearer not-a-token' }
  t.match(await get('/api/v1/sessions/1:99/story', { headers: unknown }), { status: 401 })
  t.match(await get('/api/v1/sessions/1:99/story', { headers: bearer('sign') }), { status: 403 })
})

import t from 'tap'
import { ownerIdText } from '../../../src/crypto/owner-id.js'
import { admin, bearer, cursorIn, idsIn } from '../../support/admin-api.js'
import { epochSession, OWNER, timeoutSession } from '../../support/core.js'

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

t.test('a page that is written in slices has all of them, once', async (t) => {
  const { sessions, get } = await admin(t)
  const ids: string[] = []
  for (let n = 0; n < 301; n += 1) ids.push((await sessions.create(timeoutSession())).id)
  for (const limit of [1, 99, 100, 101, 200, 300, 301, 302]) {
    const { json } = await get(`/api/v1/sessions?limit=${limit}`)
    t.strictSame(idsIn(json), ids.slice(0, limit))
    t.equal(cursorIn(json) === undefined, limit >= ids.length, `${limit}`)
  }
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

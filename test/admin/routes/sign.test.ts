import t from 'tap'
import Type from 'typebox'
import { Value } from 'typebox/value'
import { SignatureVerifier } from '../../../src/crypto/schemes.js'
import { freshKey } from '../../clients/keys.js'
import { V2Client } from '../../clients/v2.js'
import { AdminClient } from '../../reliability/admin-client.js'
import { admin, bearer, LIMITS } from '../../support/admin-api.js'
import { BEARER } from '../../support/admin-token.js'
import { epochSession, OWNER, timeoutSession } from '../../support/core.js'
import { testGateway } from '../../support/gateway.js'
import { GrpcClient } from '../../support/grpc-client.js'
import { SeededRandom } from '../../support/seeded-random.js'

const Signed = Type.Object({ scheme: Type.Integer(), signature: Type.String(), publicKey: Type.String() })

const json = { 'content-type': 'application/json' }
const headers = { ...bearer('sign'), ...json }

t.test('a session that a client opened signs, in every scheme, and a verifier takes it', async (t) => {
  const { grpc: address, admin: base } = await testGateway(t)
  const grpc = new GrpcClient(address)
  t.teardown(() => grpc.close())
  const client = new V2Client({
    dialect: 'v2',
    version: { major: 2, minor: 21 },
    key: freshKey(new SeededRandom(5)),
    expiration: 20n,
  })
  const path = '/neo.fs.v2.session.SessionService/Create'
  t.equal((await grpc.unary(path, client.request())).code, 0)
  const [session] = await new AdminClient(base).openSessions()
  const { id } = session ?? { id: '' }
  const data = Buffer.from('what a backend signs')
  const verifier = new SignatureVerifier()
  for (const scheme of [0, 1, 2] as const) {
    const body = JSON.stringify({ data: data.toString('hex'), scheme })
    const answer = await fetch(`${base}/api/v1/sessions/${id}/sign`, {
      method: 'POST',
      headers: { ...BEARER, ...json },
      body,
    })
    t.equal(answer.status, 200)
    const signed = Value.Parse(Signed, await answer.json())
    t.equal(signed.scheme, scheme)
    const check = { scheme, publicKey: bytes(signed.publicKey), signature: bytes(signed.signature), data }
    t.equal(verifier.verify(check), undefined, `scheme ${scheme}`)
    t.match(verifier.verify({ ...check, data: Buffer.from('something else') }), { reason: String })
  }
})

t.test('who may not, what has no key, and what is over is refused', async (t) => {
  const { sessions, get, clock } = await admin(t)
  const sign = (name: string, changes: object = {}, init: RequestInit = { headers }) =>
    get(`/api/v1/sessions/${name}/sign`, {
      method: 'POST',
      ...init,
      body: JSON.stringify({ data: '00ff', scheme: 0, ...changes }),
    })
  const open = await sessions.create(epochSession())
  const closed = await sessions.create(epochSession())
  await sessions.close({ by: 'id', id: closed.id }, { endedBy: 'client' })
  await sessions.create(timeoutSession({ timeout_ms: 60_000 }))
  const expired = await sessions.create(timeoutSession({ withKey: true }))
  clock.advance(2_000)
  const owner = Buffer.from(OWNER).toString('hex')
  const table: readonly (readonly [name: string, changes: object, status: number, code?: string])[] = [
    [open.id, {}, 200],
    [open.id, { data: '' }, 200],
    [open.id, { owner }, 200],
    [open.id, { owner: owner.replace(/^../, '36') }, 404, 'not_found'],
    [open.id, { owner: 'nobody' }, 400, 'invalid_body'],
    [closed.id, {}, 409, 'closed'],
    [expired.id, {}, 409, 'expired'],
    ['1:1', {}, 409, 'no_key'],
    ['1:1', { owner }, 404, 'not_found'],
    ['1:9', {}, 404, 'not_found'],
    ['x', {}, 400, 'invalid_parameter'],
    [open.id, { scheme: 3 }, 400, 'invalid_body'],
    [open.id, { data: '0' }, 400, 'invalid_body'],
    [open.id, { data: 'xx' }, 400, 'invalid_body'],
    [open.id, { colour: 'red' }, 400, 'invalid_body'],
  ]
  for (const [name, changes, status, code] of table) {
    const what = `${name} ${JSON.stringify(changes)}`
    t.match(await sign(name, changes), { status, json: code === undefined ? { publicKey: String } : { code } }, what)
  }
})

t.test('one token has so many signatures a second, and does not use up those of others', async (t) => {
  const { sessions, get, clock } = await admin(t, { limits: { ...LIMITS, signsPerSecond: 2 } })
  const { id } = await sessions.create(epochSession())
  const sign = async () =>
    (await get(`/api/v1/sessions/${id}/sign`, { method: 'POST', headers, body: '{"data":"00","scheme":1}' })).status
  t.same([await sign(), await sign(), await sign()], [200, 200, 429])
  clock.advance(500)
  t.same([await sign(), await sign()], [200, 429])
})

function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

import t from 'tap'
import { hex } from '../../../src/core/bytes.js'
import { admin } from '../../support/admin-api.js'
import { epochSession } from '../../support/core.js'
import { ALICE, BOB, sessionToken } from '../../support/made-tokens.js'

const headers = { 'content-type': 'application/json' }

t.test('a token is checked against the epoch, the request and the sessions that are here', async (t) => {
  const { get, epochs, sessions } = await admin(t)
  const check = (body: object) => get('/api/v1/tokens/check', { method: 'POST', headers, body: JSON.stringify(body) })
  const session = await sessions.create(epochSession({ owner: ALICE.owner, edge: 'exclusive' }))
  const id = new Uint8Array(Buffer.from(session.id.replaceAll('-', ''), 'hex'))
  const token = hex(sessionToken({ id, ...(session.key && { sessionKey: session.key.publicKey }) }))

  t.match(await check({ token }), {
    status: 200,
    json: { kind: 'SessionToken', valid: true, failed: [], token: { id: hex(id), lifetime: { expiration: '20' } } },
  })
  const table: readonly (readonly [body: object, failed: readonly string[]])[] = [
    [{ verb: 'object-put' }, []],
    [{ verb: 'OBJECT_DELETE' }, ['verb']],
    [{ epoch: '9' }, ['not_before', 'issued_at']],
    [{ container: '00'.repeat(32) }, ['container']],
    [{ token: hex(sessionToken()) }, ['stored_session']],
    [{ token: '00' }, ['form']],
  ]
  for (const [body, failed] of table) {
    const { status, json } = await check({ token, ...body })
    t.match({ status, json }, { status: 200, json: { valid: failed.length === 0, failed } }, JSON.stringify(body))
  }
  epochs.set(21n)
  const { json } = await check({ token })
  t.match(json, { valid: false, rules: [{ rule: 'size', outcome: 'passed' }] })
  t.match(new Set(Object.assign({ failed: [] }, json).failed), new Set(['expiration', 'stored_lifetime']))
})

t.test('a token that is closed here, or of another owner, is not valid', async (t) => {
  const { get, sessions } = await admin(t)
  const failedOf = async (owner: Uint8Array, close: boolean): Promise<unknown> => {
    const session = await sessions.create(epochSession({ owner, edge: 'exclusive' }))
    if (close) await sessions.close({ by: 'id', id: session.id }, { endedBy: 'client' })
    const id = new Uint8Array(Buffer.from(session.id.replaceAll('-', ''), 'hex'))
    const token = hex(sessionToken({ id, ...(session.key && { sessionKey: session.key.publicKey }) }))
    const init = { method: 'POST', headers, body: JSON.stringify({ token }) }
    return Object.assign({ failed: undefined }, (await get('/api/v1/tokens/check', init)).json).failed
  }
  t.same(await failedOf(ALICE.owner, true), ['stored_state'])
  t.same(await failedOf(BOB.owner, false), ['stored_owner'])
})

t.test('what is no question is refused, and says what would be one', async (t) => {
  const { get } = await admin(t)
  const table: readonly (readonly [body: object, detail: RegExp])[] = [
    [{}, /token/],
    [{ token: 'no token!' }, /^body token: neither hex nor base64/],
    [{ token: '' }, /^body token: no bytes given/],
    [{ token: '00', epoch: 'x' }, /^body epoch has to be a number of an epoch/],
    [{ token: '00', verb: 'JUMP' }, /^body verb has to be one of/],
    [{ token: '00', container: 'x' }, /^body container has to be 32 bytes/],
    [{ token: '00', objects: ['x'] }, /^body objects has to be/],
    [{ token: '00', epoch: 10 }, /epoch/],
    [{ token: '00', colour: 'red' }, /"colour" is not known/],
  ]
  for (const [body, detail] of table) {
    const answer = await get('/api/v1/tokens/check', { method: 'POST', headers, body: JSON.stringify(body) })
    t.match(answer, { status: 400, json: { code: 'invalid_body', detail } }, JSON.stringify(body))
  }
})

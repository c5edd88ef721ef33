import t from 'tap'
import { admin } from '../../support/admin-api.js'
import { testGateway } from '../../support/gateway.js'

const headers = { 'content-type': 'application/json' }

t.test('bytes are explained as the command does it', async (t) => {
  const { admin: base } = await testGateway(t)
  const post = (body: object) => fetch(`${base}/api/v1/decode`, { method: 'POST', headers, body: JSON.stringify(body) })
  const answer = await post({ bytes: '0a00', path: '/neo.fs.v2.session.SessionService/Create' })
  t.equal(answer.status, 200)
  t.match(answer.headers.get('content-type'), /^application\/json/)
  t.match(await answer.json(), {
    input: { form: 'hex', size: 2 },
    decoded: true,
    messages: [{ kind: { generation: 'v2' }, fields: [{ name: 'body', number: 1 }] }],
  })
  for (const [body, detail] of [
    [{ bytes: 'no bytes!' }, /^body bytes: neither hex nor base64/],
    [{ bytes: '' }, /^body bytes: no bytes given/],
    [{ bytes: '0a00', path: '/x.Y/Z' }, /^body path: /],
    [{}, /bytes/],
    [{ bytes: 1 }, /bytes/],
    [{ bytes: '0a', colour: 'red' }, /"colour" is not known/],
  ] as const) {
    const refused = await post(body)
    t.equal(refused.status, 400)
    t.match(await refused.json(), { code: 'invalid_body', detail })
  }
})

t.test('a fault of the decoder says nothing to the caller', async (t) => {
  const { get, errors } = await admin(t)
  const answer = await get('/api/v1/decode', { method: 'POST', headers, body: '{"bytes":"0a00"}' })
  t.match(answer, { status: 500, json: { code: 'internal', detail: 'internal error' } })
  t.match(errors, [{ err: { message: 'nobody decodes here' } }])
})

import t from 'tap'
import { admin, INFO } from '../../support/admin-api.js'

t.test('probes, metrics and info', async (t) => {
  const { get, state } = await admin(t)
  t.match(await get('/healthz'), { status: 200, json: { status: 'alive' } })
  t.match(await get('/readyz'), { status: 200, json: { status: 'ready' } })
  state.notReady = ['starting', 'the store fails']
  t.match(await get('/readyz'), {
    status: 503,
    type: /^application\/problem\+json/,
    json: { code: 'not_ready', reasons: ['starting', 'the store fails'] },
  })
  t.match(await get('/healthz'), { status: 200 }, 'alive all the same')
  t.match(await get('/metrics', { headers: { accept: 'text/x' } }), {
    status: 200,
    text: 'accept text/x\n',
    type: /^text\/plain/,
  })
  t.strictSame((await get('/api/v1/info')).json, INFO)
})

import t from 'tap'
import { admin, OVERVIEW } from '../../support/admin-api.js'

t.test('the numbers come whole', async (t) => {
  const { get } = await admin(t)
  t.match(await get('/api/v1/overview'), { status: 200, json: OVERVIEW })
})

t.test('a parameter and another method are refused', async (t) => {
  const { get } = await admin(t)
  t.match(await get('/api/v1/overview', { method: 'POST' }), { status: 405, json: { code: 'method_not_allowed' } })
  t.match(await get('/api/v1/overview', { headers: { authorization: 'Bearer wrong' } }), { status: 401 })
})

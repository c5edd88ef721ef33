import t from 'tap'
import { admin } from '../../support/admin-api.js'

t.test('clients', async (t) => {
  const { get, clients, clock } = await admin(t)
  const time = new Date(clock.wallTime()).toISOString()
  clients.seen({ generation: 'v2', dialect: 'v2', version: '2.21', userAgent: 'grpc-go', peer: '127.0.0.1:9' })
  t.strictSame((await get('/api/v1/clients')).json, {
    clients: [
      {
        generation: 'v2',
        dialect: 'v2',
        version: '2.21',
        userAgent: 'grpc-go',
        lastPeer: '127.0.0.1:9',
        firstSeen: time,
        lastSeen: time,
        calls: 1,
        bornExpired: 0,
      },
    ],
    other: { rows: 0, calls: 0 },
  })
})

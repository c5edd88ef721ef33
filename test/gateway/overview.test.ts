import t from 'tap'
import { Value } from 'typebox/value'
import { OverviewSchema } from '../../src/admin/overview-json.js'
import { AtomixClient } from '../clients/atomix.js'
import { testGateway } from '../support/gateway.js'
import { GrpcClient } from '../support/grpc-client.js'

t.test('a gateway tells what it counted', async (t) => {
  const { grpc, admin } = await testGateway(t)
  const client = new GrpcClient(grpc)
  t.teardown(() => client.close())
  const session = new AtomixClient({ version: 'v0.4.1', partition: 1 })
  await session.open(client)
  await session.keepAlive(client)
  const overview: unknown = await (await fetch(`${admin}/api/v1/overview`)).json()
  t.ok(Value.Check(OverviewSchema, overview))
  t.match(overview, {
    epoch: '10',
    notReady: [],
    sessions: [
      { generation: 'atomix', state: 'open', count: 1 },
      { generation: 'v1-legacy', state: 'pending', count: 0 },
    ],
    operations: [
      { operation: 'open', generation: 'atomix', outcome: 'ok', count: 1 },
      { operation: 'keep-alive', generation: 'atomix', outcome: 'ok', count: 1 },
    ],
    expired: [],
    storeErrors: 0,
    limitsHit: [],
  })
})

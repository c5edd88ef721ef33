import t from 'tap'
import { type Client, clientGroups } from '../../../src/page/overview/client-groups.js'

const CLIENT: Client = {
  generation: 'v2',
  dialect: 'v2',
  version: '2.21',
  userAgent: 'x',
  lastPeer: '127.0.0.1:1',
  firstSeen: '2024-01-01T00:00:00.000Z',
  lastSeen: '2024-01-01T00:00:05.000Z',
  calls: 3,
  bornExpired: 0,
}
const NONE = { rows: 0, calls: 0 }

t.test('every generation has a row, used or not', (t) => {
  const older = { ...CLIENT, version: '2.0', lastSeen: '2024-01-01T00:00:01.000Z', calls: 4, bornExpired: 1 }
  const groups = clientGroups({ clients: [older, CLIENT, { ...CLIENT, generation: 'v9' }], other: NONE })
  t.strictSame(
    groups.map(({ generation, clients, calls }) => [generation, clients, calls]),
    [
      ['v1-legacy', 0, 0],
      ['v1', 0, 0],
      ['v2', 2, 7],
      ['atomix', 0, 0],
      ['v9', 1, 3],
    ],
  )
  t.match(groups[2], { versions: ['2.21', '2.0'], lastSeen: CLIENT.lastSeen, bornExpired: 1 }, 'the latest first')
  t.equal(groups[0]?.lastSeen, undefined)
  t.end()
})

import t from 'tap'
import { ago, closed, expired, NOON, neoFsFacts } from '../support/session-facts.js'
import { checkTold, type ToldSession } from '../support/told-sessions.js'

const NODE = /^storage node, every version$/
const NODES_AT_END = [
  [/v0\.12 – v0\.26\.0$/, 'works'],
  [/v0\.26\.1$/, 'an error, "session token has been expired"'],
  [/v0\.27$/, 'status 4097, token expired'],
] as const
const V2: readonly ToldSession[] = [
  {
    name: 'v2, open',
    facts: neoFsFacts('v2', { expiration: 22n }),
    state: 'open',
    says: /by a client of v2, which announced 2\.21\n[\s\S]*until epoch 22 begins, and not into it \(exclusive, as storage nodes count\); it is epoch 20, with 2 epochs left, 2 hours at most/,
    genuine: [[NODE, 'works']],
  },
  {
    name: 'v2, in the epoch before its end',
    facts: neoFsFacts('v2', { expiration: 21n }),
    state: 'open',
    says: /it is epoch 20, its last one/,
    genuine: [[NODE, 'works']],
  },
  {
    name: 'v2, at the edge of nodes',
    facts: neoFsFacts('v2', { expiration: 20n }, expired(180)),
    state: 'expired',
    says: /it is epoch 20: over since epoch 20 began/,
    genuine: [...NODES_AT_END, [/v0\.28 and later/, 'status 4096, token not found'], [/^specification/, 'works']],
  },
  {
    name: 'v2, at the same edge as the specification counts',
    facts: neoFsFacts('v2', { expiration: 20n, edge: 'inclusive' }),
    state: 'open',
    says: /to the end of epoch 20 \(inclusive\); it is epoch 20, its last one/,
    genuine: [...NODES_AT_END, [/v0\.28 and later/, 'status 4096, token not found'], [/^specification/, 'works']],
  },
  {
    name: 'v2, expired',
    facts: neoFsFacts('v2', { expiration: 19n }, expired(180)),
    state: 'expired',
    says: /over since epoch 19 began/,
    genuine: [
      ...NODES_AT_END,
      [/v0\.28 – v0\.35/, 'status 4096, token not found, or an error, "malformed request … token has expired"'],
      [/v0\.36 and later/, 'status 4097, token expired'],
      [/^specification/, 'over'],
    ],
  },
  {
    name: 'v2, born expired',
    facts: neoFsFacts('v2', { expiration: 5n }, { createdAt_ms: ago(60), ...expired(59.9) }),
    state: 'expired',
    says: /over 100 ms after it was opened, so most likely from the start: .*--epoch/,
    genuine: [
      ...NODES_AT_END,
      [/v0\.28 – v0\.35/, 'status 4096, token not found, or an error, "malformed request … token has expired"'],
      [/v0\.36 and later/, 'status 4097, token expired'],
      [/^specification/, 'over'],
    ],
  },
  {
    name: 'v2, ended before the epoch went back',
    facts: neoFsFacts('v2', { expiration: 25n }, expired(180)),
    state: 'expired',
    says: /its lifetime was over; the epoch has gone back since, and what has ended stays ended/,
    genuine: [[NODE, 'works']],
  },
  {
    name: 'v2, closed by the admin: nodes know no close',
    facts: neoFsFacts('v2', { expiration: 25n }, closed('admin')),
    state: 'closed',
    says: /it was closed through the admin API\n/,
    genuine: [[NODE, 'works']],
  },
  {
    name: 'v2, and nobody knows the epoch',
    facts: neoFsFacts('v2', { expiration: 25n }, { origin: { generation: 'v2', dialect: 'v2', clientVersion: '' } }),
    now: { wall_ms: NOON.wall_ms, epoch: undefined, epochLength_ms: undefined },
    state: 'open',
    says: /which announced no version\n[\s\S]*; which epoch it is now is not known here\n/,
    genuine: [[/^storage node$/, 'not known']],
  },
  {
    name: 'v2 far from its end: no time is named that nobody can wait for',
    facts: neoFsFacts('v2', { expiration: 2n ** 40n }),
    state: 'open',
    says: /with 1099511627756 epochs left\n/,
    genuine: [[NODE, 'works']],
  },
  {
    name: 'F0',
    facts: neoFsFacts('F0', { notBefore: 22n, expiration: 30n }),
    state: 'not begun',
    says: /dialect F0, which announced 2\.21/,
    genuine: [[/F0/, 'not known']],
  },
]

t.test('what is told of sessions of v2', async (t) => checkTold(t, V2))

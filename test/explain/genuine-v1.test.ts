import t from 'tap'
import { ago, closed, expired, neoFsFacts } from '../support/session-facts.js'
import { checkTold, type ToldSession } from '../support/told-sessions.js'

const LEGACY: readonly ToldSession[] = [
  {
    name: 'A2, open',
    facts: neoFsFacts('A2', { expiration: 24n }),
    state: 'open',
    says: /to the end of epoch 24 \(inclusive\); it is epoch 20, with 5 epochs left, 5 hours at most/,
    genuine: [[/2019/, 'not known']],
  },
  {
    name: 'A0, for ever',
    facts: neoFsFacts('A0', {}),
    state: 'open',
    says: /for ever: 2\^64-1 is the last epoch that there is; it is epoch 20\n/,
    genuine: [[/2019/, 'not known']],
  },
  {
    name: 'A2, in its last epoch',
    facts: neoFsFacts('A2', { expiration: 20n }),
    state: 'open',
    says: /it is epoch 20, its last one/,
    genuine: [[/2019/, 'not known']],
  },
  {
    name: 'B, not begun',
    facts: neoFsFacts('B', { notBefore: 22n, expiration: 30n }),
    state: 'not begun',
    says: /from epoch 22 to the end of epoch 30 \(inclusive\); it is epoch 20, so it has not begun/,
    genuine: [[/2019/, 'not known']],
  },
  {
    name: 'A1, expired',
    facts: neoFsFacts('A1', { expiration: 17n }, expired(180)),
    state: 'expired',
    says: /: expired 3 minutes ago\n[\s\S]*it is epoch 20: over since epoch 18 began\n[\s\S]*3 minutes ago: its lifetime was over\n/,
    genuine: [[/2019/, 'not known']],
  },
  {
    name: 'A1, over and not swept',
    facts: neoFsFacts('A1', { expiration: 19n }),
    state: 'overdue',
    says: /: over, and not ended yet: it ends when anybody asks for it/,
    genuine: [[/2019/, 'not known']],
  },
  {
    name: 'A1, closed',
    facts: neoFsFacts('A1', { expiration: 30n }, closed('admin')),
    state: 'closed',
    says: /3 minutes ago: it was closed through the admin API\n/,
    genuine: [[/2019/, 'not known']],
  },
]

const V1: readonly ToldSession[] = [
  {
    name: 'C, open',
    facts: neoFsFacts('C', { expiration: 20n }),
    state: 'open',
    says: /by a client of v1, dialect C\n/,
    genuine: [
      [/v0\.10 and v0\.11/, 'a new session'],
      [/v0\.10$/, 'works'],
    ],
  },
  {
    name: 'C without an owner, as an inferred version sends it',
    facts: neoFsFacts(
      'C',
      {},
      { owner: new Uint8Array(25), origin: { generation: 'v1', dialect: 'C', clientVersion: 'v1.3' } },
    ),
    state: 'open',
    says: /in the form that v1\.3 sends\n {2}owner {5}none: the client named no owner/,
    genuine: [
      [/v0\.10 and v0\.11/, 'a new session'],
      [/v0\.10$/, 'works'],
    ],
  },
  {
    name: 'C, not begun',
    facts: neoFsFacts('C', { notBefore: 21n }),
    state: 'not begun',
    says: /from epoch 21 for ever: .* it is epoch 20, so it has not begun/,
    genuine: [
      [/v0\.10 and v0\.11/, 'a new session'],
      [/v0\.10$/, 'works'],
    ],
  },
  {
    name: 'C that ends before it begins',
    facts: neoFsFacts('C', { notBefore: 40n, expiration: 30n }),
    state: 'not begun',
    says: /looked at only when the token is used/,
    genuine: [
      [/v0\.10 and v0\.11/, 'a new session'],
      [/v0\.10$/, 'gRPC 2 "creation epoch number is greater than expired one"'],
    ],
  },
  {
    name: 'C, expired',
    facts: neoFsFacts('C', { expiration: 19n }, expired(1)),
    state: 'expired',
    says: /over since epoch 20 began/,
    genuine: [
      [/v0\.10 and v0\.11/, 'gRPC 2 "expired session"'],
      [/v0\.10$/, 'gRPC 2 "token is expired"'],
    ],
  },
  {
    name: 'Cx, closed',
    facts: neoFsFacts('Cx', {}, closed('a script')),
    state: 'closed',
    says: /it was closed by a script\n/,
    genuine: [
      [/v0\.10 and v0\.11/, 'a new session'],
      [/v0\.10$/, 'works'],
    ],
  },
  {
    name: 'C, overdue',
    facts: neoFsFacts('C', { expiration: 3n }),
    state: 'overdue',
    says: /over since epoch 4 began/,
    genuine: [
      [/v0\.10 and v0\.11/, 'gRPC 2 "expired session"'],
      [/v0\.10$/, 'gRPC 2 "token is expired"'],
    ],
  },
  {
    name: 'D, in its last epoch',
    facts: neoFsFacts('D', { expiration: 20n }),
    state: 'open',
    says: /read like C it would work: the last epoch counts in/,
    genuine: [[/D or E/, 'not known']],
  },
  {
    name: 'E2, expired a moment after it was opened: the epoch ended then, as v1 opens nothing that is over',
    facts: neoFsFacts('E2', { expiration: 19n }, { createdAt_ms: ago(60), ...expired(59.9) }),
    state: 'expired',
    says: /: its lifetime was over\n/,
    genuine: [[/D or E/, 'not known']],
  },
]

t.test('what is told of sessions of v1-legacy', async (t) => checkTold(t, LEGACY))

t.test('what is told of sessions of v1', async (t) => checkTold(t, V1))

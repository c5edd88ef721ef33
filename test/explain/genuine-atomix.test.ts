import t from 'tap'
import { ago, atomixFacts, closed, expired } from '../support/session-facts.js'
import { checkTold, type ToldSession } from '../support/told-sessions.js'

const UNKNOWN_7 = [
  [/v0\.1 – v0\.4$/, 'gRPC 2 "unknown session 7"'],
  [/v0\.5$/, 'gRPC 13 "unknown session 7"'],
] as const
const FRAMEWORK = /^go-framework v0\.1 – v0\.5$/

const MAYBE_GONE = [[FRAMEWORK, 'OK'], ...UNKNOWN_7] as const
const ATOMIX: readonly ToldSession[] = [
  {
    name: 'open',
    facts: atomixFacts({}),
    state: 'open',
    says: /^session 1:7 \(0188d5a4[^)]*\): open\n[\s\S]*30 seconds after each renewal; at exactly its end it still lives \(inclusive\); it ends at its deadline \(eager\); deadline 2026-01-02T12:00:18\.000Z, in 18 seconds\n {2}renewed {3}last 2026-01-02T11:59:48\.000Z, 12 seconds ago\n/,
    genuine: [[FRAMEWORK, 'OK']],
  },
  {
    name: 'never renewed',
    facts: atomixFacts({}, { createdAt_ms: ago(12) - 5 }),
    state: 'open',
    says: /renewed {3}never since it was opened\n/,
    genuine: [[FRAMEWORK, 'OK']],
  },
  {
    name: 'at exactly its timeout',
    facts: atomixFacts({ renewedAt_ms: ago(30) }),
    state: 'open',
    says: /deadline 2026-01-02T12:00:00\.000Z, just now/,
    genuine: [[FRAMEWORK, 'OK']],
  },
  {
    name: 'eager, over and not swept',
    facts: atomixFacts({ renewedAt_ms: ago(31) }),
    state: 'overdue',
    says: /over, and not ended yet/,
    genuine: MAYBE_GONE,
  },
  {
    name: 'lazily overdue',
    facts: atomixFacts({ expiry: 'lazy', renewedAt_ms: ago(100) }),
    state: 'overdue',
    says: /open, and overdue: the next keep-alive of its partition ends it, unless it is its own\n[\s\S]*it ends when a keep-alive of partition 1 notices/,
    genuine: MAYBE_GONE,
  },
  {
    name: 'expired at its deadline',
    facts: atomixFacts({ renewedAt_ms: ago(210) }, expired(180)),
    state: 'expired',
    says: /no renewal came in time; it ended at its deadline/,
    genuine: MAYBE_GONE,
  },
  {
    name: 'expired late',
    facts: atomixFacts({ renewedAt_ms: ago(300) }, expired(180)),
    state: 'expired',
    says: /no renewal came in time; it ended 1 minute 30 seconds after its deadline/,
    genuine: MAYBE_GONE,
  },
  {
    name: 'expired, and nobody knows when it was renewed',
    facts: atomixFacts({ renewedAt_ms: undefined }, expired(180)),
    state: 'expired',
    says: /renewed {3}not known any more\n {2}ended .*: no renewal came in time\n/,
    genuine: MAYBE_GONE,
  },
  {
    name: 'expired lazily',
    facts: atomixFacts({ expiry: 'lazy', renewedAt_ms: ago(300) }, expired(180)),
    state: 'expired',
    says: /a keep-alive of partition 1 noticed, as it did here/,
    genuine: UNKNOWN_7,
  },
  {
    name: 'closed',
    facts: atomixFacts({}, closed()),
    state: 'closed',
    says: /: closed 3 minutes ago\n[\s\S]*its client closed it\n[\s\S]*about once a second for ever/,
    genuine: UNKNOWN_7,
  },
  {
    name: "closed by a limit, which genuine servers don't have, and its timeout is not over",
    facts: atomixFacts({}, closed('limit')),
    state: 'closed',
    says: /it made room for another session of its owner\n[\s\S]*only its client closes it there/,
    genuine: [[FRAMEWORK, 'OK']],
  },
  {
    name: 'closed by the admin, and over since',
    facts: atomixFacts({ renewedAt_ms: ago(200) }, closed('admin')),
    state: 'closed',
    says: /it was closed through the admin API\n/,
    genuine: MAYBE_GONE,
  },
  {
    name: 'a timeout of 0',
    facts: atomixFacts({ timeout_ns: 0n, renewedAt_ms: ago(60) }, { createdAt_ms: ago(60), ...expired(60) }),
    state: 'expired',
    says: /0 seconds after each renewal, so it is over at once; [\s\S]*its timeout was over from the start/,
    genuine: MAYBE_GONE,
  },
  {
    name: 'the longest timeout there is',
    facts: atomixFacts({ timeout_ns: 2n ** 63n - 1n }),
    state: 'open',
    says: /106751 days 23 hours after each renewal; .*deadline 2318-/,
    genuine: [[FRAMEWORK, 'OK']],
  },
]

t.test('what is told of sessions of Atomix', async (t) => checkTold(t, ATOMIX))

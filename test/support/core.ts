import { SessionError } from '../../src/core/errors.js'
import { type SessionEvent, SessionEvents } from '../../src/core/events.js'
import { ExpiryEngine } from '../../src/core/expiry.js'
import type { KeyPairs } from '../../src/core/keys.js'
import { DEFAULT_SESSION_LIMITS, type SessionLimits } from '../../src/core/limits.js'
import type { NewSession } from '../../src/core/new-session.js'
import type { Random } from '../../src/core/random.js'
import type { Session } from '../../src/core/session.js'
import { Sessions } from '../../src/core/sessions.js'
import type { SessionStore } from '../../src/core/store.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { FakeKeyPairs } from './fake-key-pairs.js'
import { ManualClock } from './manual-clock.js'
import { ManualEpochs } from './manual-epochs.js'
import { SeededRandom } from './seeded-random.js'

export interface CoreOptions {
  readonly store?: SessionStore
  readonly clock?: ManualClock
  readonly epochs?: ManualEpochs
  readonly random?: Random
  readonly keyPairs?: KeyPairs
  readonly limits?: Partial<SessionLimits>
}

/** What a test sees of the engine. */
export interface Reports {
  readonly ended: { session: Session; lag_ms: number }[]
  readonly stalls_ms: number[]
  readonly faults: unknown[]
  readonly limitsHit: string[]
}

/** The clock of a test may stand still for thousands of sessions. */
const NO_RATES: Partial<SessionLimits> = { createsPerAddress: 1e9, createsPerOwner: 1e9 }

/** A core with everything passed in. The engine is there and not started: `core.engine.start()`. */
export function makeCore(options: CoreOptions = {}) {
  const clock = options.clock ?? new ManualClock()
  const epochs = options.epochs ?? new ManualEpochs()
  const limits: SessionLimits = { ...DEFAULT_SESSION_LIMITS, ...NO_RATES, ...options.limits }
  const store = options.store ?? new MemoryStore({ tombstones: limits.tombstones })
  const random = options.random ?? new SeededRandom()
  const keyPairs = options.keyPairs ?? new FakeKeyPairs()
  const reports: Reports = { ended: [], stalls_ms: [], faults: [], limitsHit: [] }
  const events = new SessionEvents({ capacity: limits.eventQueue, onFault: (fault) => void reports.faults.push(fault) })
  const onLimit = (limit: string) => void reports.limitsHit.push(limit)
  const sessions = new Sessions({ store, clock, epochs, random, keyPairs, limits, events, onLimit })
  const engine = new ExpiryEngine({
    reaper: sessions.reaper,
    store,
    clock,
    epochs,
    limits,
    observer: {
      ended: (session, lag_ms) => void reports.ended.push({ session, lag_ms }),
      stalled: (stall_ms) => void reports.stalls_ms.push(stall_ms),
      failed: (fault) => void reports.faults.push(fault),
    },
  })
  return { clock, epochs, limits, store, random, keyPairs, events, sessions, engine, reports }
}

/** Collects events without a queue, in the order in which they were published. */
export function recordEvents(events: SessionEvents): SessionEvent[] {
  const seen: SessionEvent[] = []
  events.subscribe((event) => void seen.push(event), { capacity: Number.POSITIVE_INFINITY })
  return seen
}

export const OWNER = Uint8Array.from({ length: 25 }, (_, index) => index)

/** A session that lives by epochs, to the end of epoch 20 if nothing else is said. */
export function epochSession(
  changes: Partial<NewSession> & { expiration?: bigint; edge?: 'inclusive' | 'exclusive' } = {},
): NewSession {
  const { expiration = 20n, edge = 'inclusive', ...rest } = changes
  return {
    origin: { generation: 'v2', dialect: 'v2', clientVersion: '2.21' },
    owner: OWNER,
    lifetime: { kind: 'epochs', notBefore: 0n, issuedAt: 0n, expiration, edge },
    withKey: true,
    ...rest,
  }
}

/** A session in partition 1 that lives for a second after each renewal, if nothing else is said. */
export function timeoutSession(
  changes: Partial<NewSession> & { timeout_ms?: number; expiry?: 'eager' | 'lazy' } = {},
): NewSession {
  const { timeout_ms = 1_000, expiry = 'eager', ...rest } = changes
  return {
    origin: { generation: 'atomix', dialect: 'atomix', clientVersion: '' },
    lifetime: { kind: 'timeout', timeout_ns: BigInt(timeout_ms) * 1_000_000n, edge: 'inclusive', expiry },
    partition: 1,
    withKey: false,
    ...rest,
  }
}

/** The code of the SessionError that `run` raises, now or later; 'ok' if it raises none. Anything else goes on. */
export async function outcomeOf(run: () => unknown): Promise<string> {
  try {
    await run()
    return 'ok'
  } catch (thrown) {
    if (thrown instanceof SessionError) return thrown.code
    throw thrown
  }
}

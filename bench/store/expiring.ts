import { setTimeout as sleep } from 'node:timers/promises'
import { NANOSECONDS_PER_MILLISECOND, systemClock } from '../../src/core/clock.js'
import { deadlineOf } from '../../src/core/lifetime.js'
import { systemRandom } from '../../src/crypto/system-random.js'
import { Closers } from '../../src/gateway/closers.js'
import { type Core, openCore } from '../../src/gateway/core.js'
import { silentLogger } from '../../src/log.js'
import { eventually } from '../../test/support/eventually.js'
import type { StorePlace } from './place.js'
import { SHARED_EXPIRATION, sharedDeadlines } from './population.js'
import { sampleOf } from './sample.js'
import { type Latencies, Traffic } from './traffic.js'

/** Sessions that end in ordinary traffic, and the time over which their deadlines are spread. */
const SPREAD = 30_000
const SPREAD_ms = 60_000
/** The shortest timeout of them: by then all are there, and the traffic, too. */
const FIRST_ms = 20_000
const NEVER_MISSES = 10_000_000
/** Creates of them at once. */
const AT_ONCE = 500
/** Ordinary traffic before all at once end. */
const BEFORE_ms = 10_000
const PATIENCE_ms = 600_000

export interface Expiring {
  /** From the end of a lifetime until a subscriber was told: of sessions with deadlines of their own. */
  readonly lags_ms: readonly number[]
  /** How often the process stood still until then: it gives sessions that time back, which is in their lag. */
  readonly stalls: number
  /** How many share the other deadline. */
  readonly shared: number
  /** From their end until a subscriber was told of the last of them. */
  readonly reclaimed_s: number
  readonly before: Latencies
  readonly during: Latencies
}

/** How late the end of sessions is told in ordinary traffic, and what it is for others when very many end at once. */
export async function measureExpiring(place: StorePlace, sessions: number): Promise<Expiring> {
  const closers = new Closers(silentLogger)
  const parts = { log: silentLogger, clock: systemClock, random: systemRandom }
  try {
    const core = await openCore(place.config, parts, closers, () => {})
    core.engine.start()
    closers.add('expiry', () => core.engine.stop())
    const watcher = new Watcher(core)
    await createSpread(core)
    const traffic = new Traffic(core.sessions, await sampleOf(core.store, sessions))
    await until(() => watcher.lags_ms.length === SPREAD)
    const stalls = core.sessions.reaper.stalls.count
    traffic.take()
    await sleep(BEFORE_ms)
    const before = traffic.take()
    const began = performance.now()
    const shared = sharedDeadlines(sessions)
    core.epochs.set(SHARED_EXPIRATION + 1n)
    await until(() => watcher.endedByEpoch === shared)
    const reclaimed_s = (watcher.lastAt_ms - began) / 1000
    const during = traffic.take()
    await traffic.stop()
    return { lags_ms: watcher.lags_ms, stalls, shared, reclaimed_s, before, during }
  } finally {
    await closers.closeAll()
  }
}

/** Hears of every end, as the pages and metrics that watch sessions do. */
class Watcher {
  readonly lags_ms: number[] = []
  endedByEpoch = 0
  lastAt_ms = 0

  constructor({ events }: Core) {
    events.subscribe(
      ({ kind, session: { lifetime } }) => {
        if (kind !== 'expired') return
        this.lastAt_ms = performance.now()
        if (lifetime.kind === 'epochs') this.endedByEpoch += 1
        else this.lags_ms.push(Number(systemClock.now() - deadlineOf(lifetime)) / Number(NANOSECONDS_PER_MILLISECOND))
      },
      { capacity: NEVER_MISSES },
    )
  }
}

async function createSpread({ sessions }: Core): Promise<void> {
  for (let made = 0; made < SPREAD; made += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, (_, n) => {
      const timeout_ms = FIRST_ms + ((made + n) * SPREAD_ms) / SPREAD
      const timeout_ns = BigInt(Math.trunc(timeout_ms)) * NANOSECONDS_PER_MILLISECOND
      return sessions.create({
        origin: { generation: 'atomix', dialect: 'atomix', clientVersion: '' },
        partition: 1,
        lifetime: { kind: 'timeout', timeout_ns, edge: 'inclusive', expiry: 'eager' },
        withKey: false,
      })
    })
    await Promise.all(some)
  }
}

async function until(holds: () => boolean): Promise<void> {
  if (!(await eventually(holds, PATIENCE_ms)))
    throw new Error(`not within ${PATIENCE_ms} ms: the ends that were awaited`)
}

import type { EpochLifetime, TimeoutLifetime } from '../core/lifetime.js'
import { isOver } from '../core/lifetime.js'
import type { Moment, SessionFacts, TimeoutFacts } from './facts.js'

/** Where the epoch of now stands against the numbers of a lifetime, whatever its edge. */
export type EpochPhase = 'unknown' | 'before' | 'within' | 'last' | 'over'

export function epochPhase({ notBefore, expiration }: EpochLifetime, { epoch }: Moment): EpochPhase {
  if (epoch === undefined) return 'unknown'
  if (epoch > expiration) return 'over'
  if (epoch < notBefore) return 'before'
  return epoch === expiration ? 'last' : 'within'
}

/** Whether the lifetime is over by its own edge; undefined if nobody can tell. */
export function overNow({ lifetime }: Pick<SessionFacts, 'lifetime'>, now: Moment): boolean | undefined {
  const instant = instantOf(now.wall_ms)
  if (lifetime.kind === 'epochs') {
    return now.epoch === undefined ? undefined : isOver(lifetime, { epoch: now.epoch, instant })
  }
  const onWallTime = wallLifetime(lifetime)
  return onWallTime === undefined ? undefined : isOver(onWallTime, { epoch: 0n, instant })
}

/** Wall-clock milliseconds at which a timeout ends, unless it is renewed. */
export function deadline_ms({ renewedAt_ms, timeout_ns }: TimeoutFacts): number | undefined {
  return renewedAt_ms === undefined ? undefined : renewedAt_ms + Number(timeout_ns) / 1e6
}

/** With instants that are nanoseconds of the wall clock. */
function wallLifetime(lifetime: TimeoutFacts): TimeoutLifetime | undefined {
  const { renewedAt_ms, ...rest } = lifetime
  return renewedAt_ms === undefined ? undefined : { ...rest, renewedAt: instantOf(renewedAt_ms) }
}

function instantOf(wall_ms: number): bigint {
  return BigInt(Math.trunc(wall_ms)) * 1_000_000n
}

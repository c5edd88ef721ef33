import { type Instant, NANOSECONDS_PER_MILLISECOND } from './clock.js'
import { deadlineOf, endOf, type TimeoutLifetime } from './lifetime.js'
import type { SessionLimits } from './limits.js'

/** A time in which this process did not run, and so could hear no keep-alive; or several that followed on each other. */
interface Stall {
  /** The last moment before it at which the process is known to have run: what was over by then stays over. */
  readonly from: Instant
  readonly end: Instant
  /** As much time after the end as the stall took. */
  readonly until: Instant
}

/**
 * Notices that the process stalled, and gives the sessions that were alive before it the stall back: none of them ends before
 * as much time has passed since the stall as the stall took, or as its own timeout is, whichever is shorter. A session that
 * was over before the stall stays over. Reads and the expiry engine ask here, so they never disagree.
 */
export class StallGuard {
  readonly #tick: bigint
  readonly #tolerated: bigint
  #lastBeat: Instant | undefined
  #stall: Stall | undefined
  #count = 0
  #last_ms = 0

  constructor(limits: Pick<SessionLimits, 'expiryTick_ms' | 'stall_ms'>) {
    this.#tick = BigInt(limits.expiryTick_ms) * NANOSECONDS_PER_MILLISECOND
    this.#tolerated = BigInt(limits.stall_ms) * NANOSECONDS_PER_MILLISECOND
  }

  /** How many stalls were noticed. */
  get count(): number {
    return this.#count
  }

  /** How long the last one was. */
  get last_ms(): number {
    return this.#last_ms
  }

  /** The engine's tick: says that the process runs. */
  beat(now: Instant): void {
    this.#notice(now)
    this.#lastBeat = now
  }

  /** Somebody has just decided something: the process runs. Only between beats, or nobody would tell when they are missing. */
  ran(now: Instant): void {
    if (this.#lastBeat !== undefined) this.beat(now)
  }

  /** No more beats will come, and their absence means nothing. */
  rest(): void {
    this.#lastBeat = undefined
  }

  /** The lifetime with the stalls given back. A call that is read after a stall may come before the tick that is late. */
  given(lifetime: TimeoutLifetime, now: Instant): TimeoutLifetime {
    this.#notice(now)
    const stall = this.#stall
    if (stall === undefined || lifetime.expiry === 'lazy' || endOf(lifetime) <= stall.from) return lifetime
    const fullTimeout = stall.end + lifetime.timeout_ns
    const deadline = stall.until < fullTimeout ? stall.until : fullTimeout
    if (deadline <= deadlineOf(lifetime)) return lifetime
    return { ...lifetime, renewedAt: deadline - lifetime.timeout_ns }
  }

  #notice(now: Instant): void {
    const lastBeat = this.#lastBeat
    if (lastBeat === undefined) return
    const length = now - lastBeat - this.#tick
    if (length <= this.#tolerated) return
    const before = this.#stall
    const until = now + length
    // A stall that came while the last one was being given back goes on with it: some sessions may still wait for their share.
    this.#stall =
      before !== undefined && before.until >= lastBeat
        ? { from: before.from, end: now, until: until > before.until ? until : before.until }
        : { from: lastBeat, end: now, until }
    this.#lastBeat = now
    this.#count += 1
    this.#last_ms = Number(length / NANOSECONDS_PER_MILLISECOND)
  }
}

/** For reports: how long ago the deadline of a timeout lifetime was. */
export function overdue_ms(lifetime: TimeoutLifetime, now: Instant): number {
  return Math.max(0, Number((now - deadlineOf(lifetime)) / NANOSECONDS_PER_MILLISECOND))
}

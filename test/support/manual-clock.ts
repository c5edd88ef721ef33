import { type Clock, type Instant, NANOSECONDS_PER_MILLISECOND, type Timer } from '../../src/core/clock.js'

interface ManualTimer {
  readonly at: Instant
  readonly sequence: number
  readonly run: () => void
}

/** Time that moves when a test says so. Timers run inside `advance`, in order, each at the moment it asked for. */
export class ManualClock implements Clock {
  #now: Instant
  #wall_ms: number
  #sequence = 0
  readonly #timers = new Set<ManualTimer>()

  constructor(start: { now?: Instant; wall_ms?: number } = {}) {
    this.#now = start.now ?? 1_000_000_000_000n
    this.#wall_ms = start.wall_ms ?? 1_600_000_000_000
  }

  now(): Instant {
    return this.#now
  }

  wallTime(): number {
    return this.#wall_ms
  }

  schedule(delay_ms: number, run: () => void): Timer {
    this.#sequence += 1
    const timer = { at: this.#now + nanoseconds(delay_ms), sequence: this.#sequence, run }
    this.#timers.add(timer)
    return { cancel: () => void this.#timers.delete(timer) }
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#timers.size
  }

  /** Lets time pass, and every timer run whose moment comes. */
  advance(time_ms: number): void {
    this.advanceNanoseconds(nanoseconds(time_ms))
  }

  advanceNanoseconds(time_ns: bigint): void {
    const end = this.#now + time_ns
    while (this.runNext(end)) {
      // One timer after the other: each may add more.
    }
    if (end > this.#now) this.#moveTo(end)
  }

  /** As `advance`, for timers and stores that answer with promises: what they started goes on between two timers. */
  async advanceAsync(time_ms: number): Promise<void> {
    const end = this.#now + nanoseconds(time_ms)
    await settled()
    while (this.runNext(end)) await settled()
    if (end > this.#now) this.#moveTo(end)
    await settled()
  }

  /** Lets time pass while nothing runs, as when the process is stopped. The timers that were due run late, at the next advance. */
  stall(time_ms: number): void {
    this.#moveTo(this.#now + nanoseconds(time_ms))
  }

  /** Sets what people see, as an administrator or NTP does it. No session may care. */
  setWallTime(wall_ms: number): void {
    this.#wall_ms = wall_ms
  }

  /** Runs the earliest timer that is due by `end`; false if there is none. */
  runNext(end: Instant = this.#now): boolean {
    let next: ManualTimer | undefined
    for (const timer of this.#timers) {
      if (timer.at > end) continue
      if (next === undefined || timer.at < next.at || (timer.at === next.at && timer.sequence < next.sequence))
        next = timer
    }
    if (next === undefined) return false
    this.#timers.delete(next)
    if (next.at > this.#now) this.#moveTo(next.at)
    next.run()
    return true
  }

  #moveTo(instant: Instant): void {
    // Whole milliseconds of the sum, so that many short steps add up.
    this.#wall_ms += Number(instant / NANOSECONDS_PER_MILLISECOND - this.#now / NANOSECONDS_PER_MILLISECOND)
    this.#now = instant
  }
}

/** Resolves when everything that was ready to run has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}

function nanoseconds(time_ms: number): bigint {
  return BigInt(Math.round(time_ms * 1e6))
}

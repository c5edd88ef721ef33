/** Nanoseconds of monotonic time since an arbitrary start. Never compared across machines. */
export type Instant = bigint

export interface Timer {
  cancel(): void
}

/** Time is passed in, so that a test drives it. */
export interface Clock {
  /** Monotonic time; the wall clock moves no session. */
  now(): Instant
  /** Milliseconds since 1970, for people and logs only. */
  wallTime(): number
  /** Calls `run` once, `delay_ms` from now at the earliest. The timer does not keep the process alive. */
  schedule(delay_ms: number, run: () => void): Timer
}

export const NANOSECONDS_PER_MILLISECOND = 1_000_000n

export const systemClock: Clock = {
  now: () => process.hrtime.bigint(),
  wallTime: () => Date.now(),
  schedule(delay_ms, run) {
    const timer = setTimeout(run, delay_ms)
    timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
}

import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION_MS = 10
const NANOSECONDS_PER_MILLISECOND = 1e6

/** How late the event loop was. */
export interface Delay {
  readonly p50_ms: number
  readonly p99_ms: number
  readonly max_ms: number
}

/** The delay in the last whole window: however many ask, and however often, they are told the same. */
export class EventLoopDelay {
  readonly #histogram: IntervalHistogram
  readonly #window_ms: number
  #since_ms = performance.now()
  #last: Delay | undefined

  constructor(window_ms = 5_000) {
    this.#window_ms = window_ms
    this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    this.#histogram.enable()
  }

  /** What was observed so far, while the first window lasts. */
  read(): Delay {
    const now_ms = performance.now()
    if (now_ms - this.#since_ms < this.#window_ms) return this.#last ?? this.#observed()
    this.#last = this.#observed()
    this.#histogram.reset()
    this.#since_ms = now_ms
    return this.#last
  }

  stop(): void {
    this.#histogram.disable()
  }

  #observed(): Delay {
    return { p50_ms: this.#percentile_ms(50), p99_ms: this.#percentile_ms(99), max_ms: this.#percentile_ms(100) }
  }

  /** Node reports the time between two of its samples, which is the resolution when nothing is late. */
  #percentile_ms(percentile: number): number {
    if (this.#histogram.count === 0) return 0
    return Math.max(0, this.#histogram.percentile(percentile) / NANOSECONDS_PER_MILLISECOND - RESOLUTION_MS)
  }
}

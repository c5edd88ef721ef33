import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { type Clock, systemClock, type Timer } from '../core/clock.js'

const RESOLUTION_MS = 10
const NANOSECONDS_PER_MILLISECOND = 1e6

/** How late the event loop was. */
export interface Delay {
  readonly p50_ms: number
  readonly p99_ms: number
  readonly max_ms: number
}

const WINDOW_MS = 5_000

/** The delay in the last whole window: however many ask, and however seldom, they are told the same. */
export class EventLoopDelay {
  readonly #histogram: IntervalHistogram
  readonly #clock: Pick<Clock, 'schedule'>
  #last: Delay | undefined
  #turn: Timer

  constructor(clock: Pick<Clock, 'schedule'> = systemClock) {
    this.#clock = clock
    this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    this.#histogram.enable()
    this.#turn = this.#nextTurn()
  }

  /** What was observed so far, while the first window lasts. */
  read(): Delay {
    return this.#last ?? this.#observed()
  }

  stop(): void {
    this.#turn.cancel()
    this.#histogram.disable()
  }

  /** Windows end whether or not anybody reads, so nobody is told of a delay that is long over. */
  #nextTurn(): Timer {
    return this.#clock.schedule(WINDOW_MS, () => {
      this.#last = this.#observed()
      this.#histogram.reset()
      this.#turn = this.#nextTurn()
    })
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

import type { Clock, Timer } from '../core/clock.js'

export interface LineLimitParts<T> {
  readonly clock: Pick<Clock, 'schedule'>
  /** Lines that one window takes. */
  readonly lines: number
  readonly window_ms: number
  write(item: T): void
  /** Called at the end of a window that had more than it takes, with how many were left out. */
  writeRest(count: number): void
}

/**
 * Keeps something that may happen all the time from filling the log. A window opens with the first line; what it does not
 * take is counted and told at its end, so that nothing is lost silently.
 */
export class LineLimit<T> {
  readonly #parts: LineLimitParts<T>
  #written = 0
  #rest = 0
  #window: Timer | undefined

  constructor(parts: LineLimitParts<T>) {
    this.#parts = parts
  }

  offer(item: T): void {
    const { clock, lines, window_ms } = this.#parts
    this.#window ??= clock.schedule(window_ms, () => this.#close())
    if (this.#written < lines) {
      this.#written += 1
      this.#parts.write(item)
    } else {
      this.#rest += 1
    }
  }

  /** Tells what is still to be told. */
  stop(): void {
    this.#window?.cancel()
    this.#close()
  }

  #close(): void {
    const rest = this.#rest
    this.#window = undefined
    this.#written = 0
    this.#rest = 0
    if (rest > 0) this.#parts.writeRest(rest)
  }
}

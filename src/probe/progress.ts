/** What a progress bar needs of a terminal. */
export interface Terminal {
  write(text: string): unknown
  readonly columns?: number
}

const BAR_CHARACTERS = 30
const CLEAR_LINE = '\r\u001b[2K'

/** One line that is written again and again, and gone at the end. */
export class Progress {
  readonly #terminal: Terminal
  readonly #total: number
  #done = 0

  constructor(terminal: Terminal, total: number) {
    this.#terminal = terminal
    this.#total = total
  }

  /** What is under way now. */
  show(name: string): void {
    const filled = Math.round((BAR_CHARACTERS * this.#done) / Math.max(this.#total, 1))
    const bar = `${'#'.repeat(filled)}${'-'.repeat(BAR_CHARACTERS - filled)}`
    const line = `[${bar}] ${this.#done}/${this.#total} ${name}`
    this.#terminal.write(`${CLEAR_LINE}${line.slice(0, (this.#terminal.columns ?? 80) - 1)}`)
  }

  advance(count = 1): void {
    this.#done = Math.min(this.#done + count, this.#total)
  }

  end(): void {
    this.#terminal.write(CLEAR_LINE)
  }
}

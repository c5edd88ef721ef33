/** What progress needs of a terminal. */
export interface Terminal {
  write(text: string): unknown
}

const CLEAR_LINE = '\r\u001b[2K'
/** Between two writes: often enough to be seen, and too seldom to cost anything. */
const INTERVAL_MS = 100
/** Steps between two looks at the clock. */
const STEPS = 256

/** One line of a terminal that counts, and is gone at the end. Nothing where standard error is no terminal. */
export class Progress {
  readonly #terminal: Terminal | undefined
  readonly #what: string
  readonly #total: number | undefined
  #done = 0
  #shownAt_ms = 0

  constructor(
    what: string,
    total?: number,
    terminal: Terminal | undefined = process.stderr.isTTY ? process.stderr : undefined,
  ) {
    this.#what = what
    this.#total = total
    this.#terminal = terminal
  }

  readonly step = (): void => this.advance(1)

  advance(count: number): void {
    const before = this.#done
    this.#done += count
    if (this.#terminal === undefined || Math.floor(before / STEPS) === Math.floor(this.#done / STEPS)) return
    const now_ms = performance.now()
    if (now_ms - this.#shownAt_ms < INTERVAL_MS) return
    this.#shownAt_ms = now_ms
    const of = this.#total === undefined ? '' : ` of ${grouped(this.#total)}`
    this.#terminal.write(`${CLEAR_LINE}${this.#what}: ${grouped(this.#done)}${of}`)
  }

  end(): void {
    this.#terminal?.write(CLEAR_LINE)
  }
}

/** `1,234,567`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

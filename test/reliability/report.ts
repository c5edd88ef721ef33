/** Where a run tells what it found. */
export interface Report {
  /** A figure of the run's line. */
  figure(name: string, value: string | number): void
  /** Something that has to hold. The run goes on if it does not, and has failed. */
  check(holds: boolean, fault: string): void
  /** What goes on, for whoever watches. */
  progress(text: string): void
  /** Rows for docs/reliability.md, shown after the run's line. The first names the columns. */
  table(rows: readonly (readonly (string | number)[])[]): void
}

/** The run needs something that is not there. */
export class Skipped extends Error {
  override readonly name = 'Skipped'
}

export class RunReport implements Report {
  readonly faults: string[] = []
  readonly tables: string[] = []
  readonly #figures: string[] = []
  readonly #print: (line: string) => void

  constructor(print: (line: string) => void) {
    this.#print = print
  }

  figure(name: string, value: string | number): void {
    this.#figures.push(`${name} ${shown(value)}`)
  }

  check(holds: boolean, fault: string): void {
    if (!holds) this.faults.push(fault)
  }

  progress(text: string): void {
    this.#print(`  … ${text}`)
  }

  table([head = [], ...rows]: readonly (readonly (string | number)[])[]): void {
    const line = (cells: readonly (string | number)[]): string => `| ${cells.map(shown).join(' | ')} |`
    this.tables.push(line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line))
  }

  /** All figures. */
  line(): string {
    return this.#figures.join(', ')
  }
}

/** `12,345` or `0.12`. */
export function shown(value: string | number): string {
  if (typeof value === 'string') return value
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 1 })
}

/** `83.1 MB`. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

/** The smallest value that `share` of the values do not exceed; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}

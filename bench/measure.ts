const NANOSECONDS_PER_MICROSECOND = 1000

/** Microseconds of one `operation`, after warming up. */
export function measure(count: number, operation: (i: number) => void): number {
  for (let i = 0; i < count / 4; i++) operation(i)
  const start = process.hrtime.bigint()
  for (let i = 0; i < count; i++) operation(i)
  return Number(process.hrtime.bigint() - start) / count / NANOSECONDS_PER_MICROSECOND
}

/** Prints what each row costs in microseconds, and as a multiple of the first, the baseline of the run. */
export function printRatios(title: string, rows: readonly (readonly [name: string, cost_us: number])[]): void {
  const baseline_us = rows[0]?.[1] ?? 1
  process.stdout.write(`\n${title}\n`)
  for (const [name, cost_us] of rows) {
    const ratio = (cost_us / baseline_us).toFixed(3)
    process.stdout.write(`  ${name.padEnd(44)} ${cost_us.toFixed(2).padStart(9)} µs ${ratio.padStart(9)}\n`)
  }
}

/** The smallest of the values that so large a share of them does not exceed; not a number if there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

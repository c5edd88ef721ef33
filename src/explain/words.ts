/** Times and durations as people say them. */

const UNITS: readonly (readonly [name: string, size_ns: bigint])[] = [
  ['day', 86_400_000_000_000n],
  ['hour', 3_600_000_000_000n],
  ['minute', 60_000_000_000n],
  ['second', 1_000_000_000n],
  ['ms', 1_000_000n],
  ['µs', 1_000n],
  ['ns', 1n],
]
/** Symbols have no plural. */
const SYMBOLS: ReadonlySet<string> = new Set(['ms', 'µs', 'ns'])

/** The two greatest units that are not 0: `1 minute 30 seconds`, `200 ms`, `-5 seconds`. */
export function durationText(time_ns: bigint): string {
  if (time_ns === 0n) return '0 seconds'
  let rest = time_ns < 0n ? -time_ns : time_ns
  const parts: string[] = []
  for (const [name, size] of UNITS) {
    const count = rest / size
    rest %= size
    if (count > 0n) parts.push(counted(count, name))
    // What stands below the unit after the greatest one is noise.
    if (parts.length === 2 || (parts.length === 1 && count === 0n)) break
  }
  return `${time_ns < 0n ? '-' : ''}${parts.join(' ')}`
}

/** `3 minutes ago`, `in 2 hours`, `just now`: one unit, rounded down. */
export function distanceText(at_ms: number, now_ms: number): string {
  const distance_ms = Math.trunc(now_ms - at_ms)
  const length_ns = BigInt(Math.abs(distance_ms)) * 1_000_000n
  const unit = UNITS.find(([name, size]) => !SYMBOLS.has(name) && length_ns >= size)
  if (unit === undefined) return 'just now'
  const [name, size] = unit
  const text = counted(length_ns / size, name)
  return distance_ms < 0 ? `in ${text}` : `${text} ago`
}

/** `2026-11-21T13:25:00.000Z, 3 minutes ago`. */
export function timeText(at_ms: number, now_ms: number): string {
  return `${timestamp(at_ms)}, ${distanceText(at_ms, now_ms)}`
}

/** RFC 3339. */
export function timestamp(at_ms: number): string {
  return new Date(at_ms).toISOString()
}

export function counted(count: bigint, name: string): string {
  return `${count} ${name}${count === 1n || SYMBOLS.has(name) ? '' : 's'}`
}

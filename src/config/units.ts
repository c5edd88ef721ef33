const DURATION =
  /^(?:(?<d>\d+(?:\.\d+)?)d)?(?:(?<h>\d+(?:\.\d+)?)h)?(?:(?<m>\d+(?:\.\d+)?)m(?!s))?(?:(?<s>\d+(?:\.\d+)?)s)?(?:(?<ms>\d+)ms)?$/

const MILLISECONDS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }

/**
 * `500ms`, `30s`, `1.5h`, `1h30m`: the units d, h, m, s, ms, each at most once, the biggest first. Milliseconds, or
 * undefined if it is no duration or no whole number of milliseconds. A number without a unit is refused, because nobody
 * knows what it counts; only `0` needs none.
 */
export function parseDuration_ms(text: string): number | undefined {
  if (text === '0') return 0
  const groups = DURATION.exec(text)?.groups
  if (groups === undefined || text === '') return undefined
  let sum = 0
  for (const [unit, count] of Object.entries(groups)) {
    if (count !== undefined) sum += Number(count) * (MILLISECONDS[unit] ?? Number.NaN)
  }
  const whole = Math.round(sum)
  return Number.isSafeInteger(whole) && Math.abs(sum - whole) < 1e-6 ? whole : undefined
}

/** A duration as text, in the biggest unit from hours down in which it is a whole number. */
export function durationText(duration_ms: number): string {
  const unit = ['h', 'm', 's'].find((name) => duration_ms % (MILLISECONDS[name] ?? 1) === 0) ?? 'ms'
  return `${duration_ms / (MILLISECONDS[unit] ?? 1)}${unit}`
}

const SIZE = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)?$/

const BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

/** `4MiB`, `16KiB`, `4194304`, `1GiB`: bytes, or undefined if it is no size or no whole number of bytes. */
export function parseSize_bytes(text: string): number | undefined {
  const [, count, unit] = SIZE.exec(text) ?? []
  const bytes = Number(count) * (BYTES[unit ?? 'B'] ?? Number.NaN)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** A whole number in decimal digits; undefined for anything else, and for what a JavaScript number can't hold exactly. */
export function parseCount(text: string): number | undefined {
  if (!/^-?\d+$/.test(text)) return undefined
  const count = Number(text)
  return Number.isSafeInteger(count) ? count : undefined
}

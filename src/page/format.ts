/** Numbers and times as the page shows them. All take what may be missing apart from what is 0. */

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** `12,345`; of texts of any length, for 64-bit numbers. */
export function formatCount(count: number | string): string {
  return WHOLE.format(typeof count === 'string' ? BigInt(count) : count)
}

/** Per second: three digits are enough to compare. */
export function formatRate(rate: number): string {
  if (rate === 0) return '0'
  if (rate < 0.01) return '<0.01'
  if (rate < 10) return rate.toFixed(2).replace(/0$/, '')
  if (rate < 100) return rate.toFixed(1)
  return WHOLE.format(rate)
}

const UNITS: readonly (readonly [symbol: string, size_s: number])[] = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
  ['ms', 0.001],
  ['µs', 0.000_001],
]

/** In the greatest unit of which it has one: `2.5 ms`, `30 s`, `3 min`. */
export function formatSeconds(time_s: number): string {
  if (time_s === 0) return '0 s'
  const size = Math.abs(time_s)
  const [symbol, unit_s] = UNITS.find(([, unit]) => size >= unit) ?? ['µs', 0.000_001]
  const value = size / unit_s
  const digits = value < 10 && unit_s < 60 ? value.toFixed(1).replace(/\.0$/, '') : String(Math.round(value))
  return `${time_s < 0 ? '-' : ''}${digits} ${symbol}`
}

/** In two units at most: `1 h 30 min`. */
export function formatDuration(time_ms: number): string {
  let rest_s = Math.max(0, Math.floor(time_ms / 1000))
  const parts: string[] = []
  for (const [symbol, size_s] of UNITS.slice(0, 4)) {
    const count = Math.floor(rest_s / size_s)
    rest_s -= count * size_s
    if (count > 0) parts.push(`${count} ${symbol}`)
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break
  }
  return parts.length === 0 ? '0 s' : parts.join(' ')
}

/** `3 min ago`, `in 2 h`, `just now`. */
export function formatAgo(at_ms: number, now_ms: number): string {
  const distance_s = Math.trunc((now_ms - at_ms) / 1000)
  const [symbol, size_s] = UNITS.find(([, size]) => Math.abs(distance_s) >= size && size >= 1) ?? []
  if (symbol === undefined || size_s === undefined) return 'just now'
  const text = `${Math.floor(Math.abs(distance_s) / size_s)} ${symbol}`
  return distance_s < 0 ? `in ${text}` : `${text} ago`
}

/** Long names keep their beginning and end: `0188d5a4…89ab`. */
export function shorten(text: string, most = 20): string {
  if (text.length <= most) return text
  const end = Math.floor((most - 1) / 3)
  return `${text.slice(0, most - 1 - end)}…${text.slice(-end)}`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

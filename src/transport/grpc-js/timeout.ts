/**
 * What `grpc-timeout` says, made readable for grpc-js. It computes `(value * unit) | 0` milliseconds, so that a deadline
 * of 2^31 ms (24.8 days) or more turns negative or short and the call ends at once; and it looks for at most eight digits
 * anywhere in the text, so that of ten digits it reads the last eight. Genuine clients whose context never ends do send
 * such values (`99999999H`). No timer of Node reaches that far anyway, so those calls are served without a deadline here;
 * the client still keeps its own.
 */

const TIMER_MAX_ms = 2 ** 31 - 1
const DIGITS_MAX = 8

const UNIT_ms: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 }

/** The header as grpc-js may read it; undefined when the call is to be served without a deadline. */
export function readableTimeout(header: string): string | undefined {
  // Almost every call: few digits of a small unit can't reach the limit.
  if (header.length <= DIGITS_MAX + 1 && 'mun'.includes(header.slice(-1))) return header
  // A repeated header arrives joined by commas; the first one counts.
  const parts = /^\s*(\d+)\s*([HMSmun])\s*(?:,|$)/.exec(header)
  const digits = parts?.[1]
  const unit = parts?.[2]
  // Not a timeout at all: grpc-js answers that with a status.
  if (digits === undefined || unit === undefined) return header
  const timeout_ms = Number(digits) * (UNIT_ms[unit] ?? 0)
  if (timeout_ms > TIMER_MAX_ms) return undefined
  if (digits.length <= DIGITS_MAX) return `${digits}${unit}`
  return timeout_ms < 10 ** DIGITS_MAX ? `${Math.ceil(timeout_ms)}m` : `${Math.floor(timeout_ms / 1000)}S`
}

import type { SessionJson } from '../../admin/session-json.js'
import { formatCount, formatDuration, formatSeconds } from '../format.js'

const NANOSECONDS_PER_MILLISECOND = 1e6
const UINT64_MAX = String(2n ** 64n - 1n)

/** Until when, in a few words; the session's own view tells all of it. */
export function lifetimeText({ lifetime, state }: Pick<SessionJson, 'lifetime' | 'state'>): string {
  const { kind, edge, expiration = '0', timeout_ns = '0', remaining_ms } = lifetime
  if (kind === 'epochs') {
    if (expiration === UINT64_MAX) return 'for ever'
    return edge === 'inclusive'
      ? `to the end of epoch ${formatCount(expiration)}`
      : `until epoch ${formatCount(expiration)}`
  }
  const length = `${timeText(Number(timeout_ns) / NANOSECONDS_PER_MILLISECOND)} after each renewal`
  if (state !== 'open' || remaining_ms === undefined) return length
  const left_ms = Number(remaining_ms)
  return left_ms < 0 ? `${length}, overdue` : `${length}, ${timeText(left_ms)} left`
}

/** Whole seconds where there are any. */
function timeText(time_ms: number): string {
  return time_ms < 1000 ? formatSeconds(time_ms / 1000) : formatDuration(time_ms)
}

import { plural } from '../format.js'

/** What happened to sessions since a list was read. */
export interface Changes {
  /** Sessions opened or ended, as far as that was told. */
  readonly count: number
  /** Whether some were not told: this page was too slow, or away for too long. */
  readonly isMissing: boolean
  /** Whether nothing is told any more. */
  readonly isRefused: boolean
}

/** Goes on after the number of the page. */
export function changesText({ count, isMissing, isRefused }: Changes): string {
  const parts = [
    ...(count > 0 ? [`${plural(count, 'change')} since it was read`] : []),
    ...(isMissing ? ['some changes were missed'] : []),
    ...(isRefused ? ['changes are not counted: the gateway refused the stream of events'] : []),
  ]
  return parts.map((part) => `; ${part}`).join('')
}

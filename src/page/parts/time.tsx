import { formatAgo } from '../format.js'

/** How long ago, and exactly when on a closer look. */
export function Time({ at, now_ms }: { readonly at: string; readonly now_ms: number }) {
  return (
    <time dateTime={at} title={at}>
      {formatAgo(Date.parse(at), now_ms)}
    </time>
  )
}

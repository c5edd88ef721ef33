/** An entity tag, weak or not (RFC 9110 §8.8.3); the group is what weak comparison compares. */
const TAG = /(?:W\/)?("[^"]*")/g

/** Whether an If-None-Match header (RFC 9110 §13.1.2) names `tag`, which is one with its quotes. `*` names every one. */
export function namesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  if (header.trim() === '*') return true
  return [...header.matchAll(TAG)].some(([, named]) => named === tag)
}

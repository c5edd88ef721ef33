import type { DistributionJson } from '../admin/overview-json.js'

/** What was observed between two readings of one distribution; the later one alone if it began anew since. */
export function since(earlier: DistributionJson | undefined, later: DistributionJson): DistributionJson {
  if (earlier === undefined || earlier.count > later.count) return later
  const before = new Map(earlier.buckets.map(({ le_s, count }) => [le_s, count]))
  return {
    count: later.count - earlier.count,
    sum_s: later.sum_s - earlier.sum_s,
    buckets: later.buckets.map(({ le_s, count }) => ({ le_s, count: count - (before.get(le_s) ?? 0) })),
  }
}

/** The bound of the bucket in which the quantile lies. */
export type Bound = { readonly atMost_s: number } | { readonly above_s: number }

/** Buckets say no more than between which bounds something was, so this says no more either. Undefined if nothing was observed. */
export function quantile({ count, buckets }: DistributionJson, share: number): Bound | undefined {
  if (count === 0) return undefined
  const bucket = buckets.find((one) => one.count >= count * share)
  return bucket === undefined ? { above_s: buckets.at(-1)?.le_s ?? 0 } : { atMost_s: bucket.le_s }
}

import type { DistributionJson } from '../admin/overview-json.js'

interface Reading {
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string | number | undefined>>
  readonly value: number
}

/** A counter or a histogram, as far as it is read here. */
interface Readable {
  get(): Promise<{ readonly values: readonly Reading[] }>
}

/** The values of a counter by what `rowOf` takes of the labels; the other labels are summed over. */
export async function countsBy<Row extends object>(
  counter: Readable,
  rowOf: (label: (name: string) => string) => Row,
): Promise<(Row & { count: number })[]> {
  const rows = new Map<string, Row & { count: number }>()
  for (const { labels, value } of (await counter.get()).values) {
    const row = rowOf((name) => String(labels[name] ?? ''))
    const key = JSON.stringify(row)
    rows.set(key, { ...row, count: (rows.get(key)?.count ?? 0) + value })
  }
  return [...rows.values()]
}

/** The value of a counter over all its labels. */
export async function countOf(counter: Readable): Promise<number> {
  return (await counter.get()).values.reduce((sum, { value }) => sum + value, 0)
}

/** What a histogram without labels observed, in seconds. */
export async function distributionOf(histogram: Readable): Promise<DistributionJson> {
  const distribution: DistributionJson = { count: 0, sum_s: 0, buckets: [] }
  for (const { metricName, labels, value } of (await histogram.get()).values) {
    const le_s = Number(labels['le'])
    if (metricName?.endsWith('_count')) distribution.count = value
    else if (metricName?.endsWith('_sum')) distribution.sum_s = value
    else if (Number.isFinite(le_s)) distribution.buckets.push({ le_s, count: value })
  }
  return distribution
}

import type { OverviewJson } from '../admin/overview-json.js'

/** What is drawn over time. All but `open` are rates per second. */
export const MEASURES = ['open', 'opened', 'renewed', 'closed', 'expired', 'refused'] as const
export type Measure = (typeof MEASURES)[number]

/** By generation; one that is not in it is 0. */
export type ByGeneration = Readonly<Record<string, number>>

export interface Point {
  readonly at_ms: number
  readonly values: Readonly<Record<Measure, ByGeneration>>
}

/** How far back the charts look at most. */
export const WINDOW_MS = 5 * 60_000
/** And at least, while the page is young. */
const WINDOW_MS_MIN = 60_000

/** Rates are over so long, or as long as there are readings: over less they jump. */
const RATE_MS = 10_000

/** Readings of the overview of the last minutes, and what they come to. */
export interface History {
  readonly readings: readonly OverviewJson[]
  readonly points: readonly Point[]
}

export const EMPTY: History = { readings: [], points: [] }

/** The history with one more reading. A gateway that was started again begins a new one. */
export function withReading(history: History, reading: OverviewJson): History {
  const last = history.readings.at(-1)
  if (last !== undefined && last.startedAt !== reading.startedAt) return withReading(EMPTY, reading)
  const at_ms = Date.parse(reading.at)
  if (last !== undefined && Date.parse(last.at) >= at_ms) return history
  const from_ms = at_ms - WINDOW_MS
  return {
    readings: [...history.readings.filter(({ at }) => Date.parse(at) >= from_ms), reading],
    points: [...history.points.filter((point) => point.at_ms >= from_ms), ...pointOf(baseOf(history, at_ms), reading)],
  }
}

/** The reading that the rates of `at_ms` are reckoned from: the latest that is old enough, else the oldest. */
function baseOf({ readings }: History, at_ms: number): OverviewJson | undefined {
  return readings.findLast(({ at }) => Date.parse(at) <= at_ms - RATE_MS) ?? readings[0]
}

/** None for the first reading: a rate takes two. */
function pointOf(before: OverviewJson | undefined, now: OverviewJson): Point[] {
  if (before === undefined) return []
  const at_ms = Date.parse(now.at)
  const seconds = (at_ms - Date.parse(before.at)) / 1000
  const rate = (count: (reading: OverviewJson) => ByGeneration) => rates(count(before), count(now), seconds)
  return [
    {
      at_ms,
      values: {
        open: openSessions(now),
        opened: rate((reading) => finished(reading, 'open')),
        renewed: rate((reading) => finished(reading, 'keep-alive')),
        closed: rate((reading) => finished(reading, 'close')),
        expired: rate(({ expired }) => total(expired)),
        refused: rate(({ operations }) => total(operations.filter(({ outcome }) => outcome !== 'ok'))),
      },
    },
  ]
}

export function openSessions({ sessions }: OverviewJson): ByGeneration {
  return total(sessions.filter(({ state }) => state === 'open'))
}

function finished({ operations }: OverviewJson, wanted: string): ByGeneration {
  return total(operations.filter(({ operation, outcome }) => operation === wanted && outcome === 'ok'))
}

function total(rows: readonly { readonly generation: string; readonly count: number }[]): ByGeneration {
  const sums: Record<string, number> = {}
  for (const { generation, count } of rows) sums[generation] = (sums[generation] ?? 0) + count
  return sums
}

function rates(before: ByGeneration, now: ByGeneration, seconds: number): ByGeneration {
  return Object.fromEntries(
    Object.entries(now).map(([generation, count]) => [
      generation,
      Math.max(0, count - (before[generation] ?? 0)) / seconds,
    ]),
  )
}

/** How far back the charts look now. */
export function shownWindow_ms({ points }: History): number {
  const [first, last] = [points[0], points.at(-1)]
  const seen_ms = first === undefined || last === undefined ? 0 : last.at_ms - first.at_ms
  return Math.min(WINDOW_MS, Math.max(WINDOW_MS_MIN, seen_ms))
}

export function sum(values: ByGeneration): number {
  return Object.values(values).reduce((all, value) => all + value, 0)
}

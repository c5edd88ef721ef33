import fc from 'fast-check'
import t from 'tap'
import type { OverviewJson } from '../../src/admin/overview-json.js'
import {
  EMPTY,
  type History,
  MEASURES,
  openSessions,
  shownWindow_ms,
  sum,
  WINDOW_MS,
  withReading,
} from '../../src/page/history.js'
import { OVERVIEW } from '../support/admin-api.js'

const START_MS = Date.parse(OVERVIEW.startedAt)

interface Counts {
  readonly opened?: number
  readonly refused?: number
  readonly expired?: number
  readonly startedAt?: string
}

function readingAt(at_ms: number, { opened = 0, refused = 0, expired = 0, startedAt }: Counts = {}): OverviewJson {
  return {
    ...OVERVIEW,
    at: new Date(START_MS + at_ms).toISOString(),
    startedAt: startedAt ?? OVERVIEW.startedAt,
    operations: [
      { operation: 'open', generation: 'v2', outcome: 'ok', count: opened },
      { operation: 'open', generation: 'v2', outcome: 'limit', count: refused },
      { operation: 'keep-alive', generation: 'atomix', outcome: 'ok', count: 0 },
    ],
    expired: [{ generation: 'v2', count: expired }],
  }
}

function historyOf(...readings: OverviewJson[]): History {
  return readings.reduce(withReading, EMPTY)
}

t.test('rates are counts by the time between two readings', (t) => {
  const { points } = historyOf(readingAt(0), readingAt(2_000, { opened: 10, refused: 1, expired: 4 }))
  t.equal(points.length, 1)
  t.match(points[0]?.values, {
    open: { v2: 3 },
    opened: { v2: 5 },
    refused: { v2: 0.5 },
    expired: { v2: 2 },
    renewed: { atomix: 0 },
    closed: {},
  })
  t.end()
})

t.test('rates are over ten seconds, where there are as many', (t) => {
  const steady = [0, 2, 4, 6, 8, 10, 12].map((at_s) => readingAt(at_s * 1000, { opened: at_s * 5 }))
  const burst = readingAt(14_000, { opened: 60 + 40 })
  const rates = historyOf(...steady, burst).points.map(({ values }) => values.opened['v2'])
  t.strictSame(rates, [5, 5, 5, 5, 5, 5, (100 - 20) / 10])
  // After a while without readings.
  const later = historyOf(readingAt(0), readingAt(2_000), readingAt(60_000, { opened: 58 }))
  t.strictSame(later.points.at(-1)?.values.opened, { v2: 1 })
  t.end()
})

t.test('a first reading has no rate, and one that is not newer says nothing', (t) => {
  t.strictSame(historyOf(readingAt(0)).points, [])
  const twice = historyOf(readingAt(0), readingAt(2_000, { opened: 10 }), readingAt(2_000, { opened: 10 }))
  t.equal(twice.points.length, 1)
  t.end()
})

t.test('a gateway that was started again begins anew', (t) => {
  const again = readingAt(4_000, { opened: 1, startedAt: new Date(START_MS + 3_000).toISOString() })
  const history = historyOf(readingAt(0), readingAt(2_000, { opened: 10 }), again)
  t.strictSame(history, { readings: [again], points: [] })
  t.end()
})

t.test('no rate is negative or infinite, and what is older than the window goes', (t) => {
  const step = fc.record({ after_ms: fc.integer({ min: 0, max: 100_000 }), opened: fc.nat(), expired: fc.nat() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let at_ms = 0
      let history = EMPTY
      for (const { after_ms, ...counts } of steps) {
        at_ms += after_ms
        history = withReading(history, readingAt(at_ms, counts))
      }
      const rates = history.points.flatMap(({ values }) => MEASURES.map((measure) => sum(values[measure])))
      const [first, last] = [history.points[0], history.points.at(-1)]
      return (
        rates.every((rate) => rate >= 0 && Number.isFinite(rate)) &&
        (first === undefined || last === undefined || last.at_ms - first.at_ms <= WINDOW_MS) &&
        shownWindow_ms(history) <= WINDOW_MS
      )
    }),
  )
  t.end()
})

t.test('open sessions are those, and not pending handshakes', (t) => {
  const sessions: OverviewJson['sessions'] = [
    { generation: 'v1-legacy', state: 'open', count: 2 },
    { generation: 'v1-legacy', state: 'pending', count: 5 },
  ]
  t.strictSame(openSessions({ ...OVERVIEW, sessions }), { 'v1-legacy': 2 })
  t.end()
})

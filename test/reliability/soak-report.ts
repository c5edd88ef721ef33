import { type AtRest, isFlat } from './at-rest.js'
import { megabytes, quantile, type Report } from './report.js'

/** A stretch of traffic, and what the gateway held afterwards. */
export interface Cycle extends AtRest {
  /** Since the begin of the run. */
  readonly at_s: number
  readonly calls: number
  readonly perSecond: number
  /** Calls that had to succeed and did not. */
  readonly failed: number
  readonly faults: readonly string[]
  readonly p99_ms: number
  readonly dataFile_bytes: number
}

/** A machine that is quicker for a while has more sessions to keep. */
const FILE_FACTOR = 1.5
/** LMDB takes pages for a file in steps. */
const FILE_NOISE_BYTES = 1e6
const ROWS_MAX = 12
const FAULTS_SHOWN = 10

/** Compares the last third of the cycles with the first. */
export function judge(report: Report, cycles: readonly Cycle[], p99Factor: number): void {
  const third = Math.max(1, Math.floor(cycles.length / 3))
  const thirds = [cycles.slice(0, third), cycles.slice(-third)] as const
  const compare = (value: (cycle: Cycle) => number): readonly [first: number, last: number] => {
    const [first, last] = thirds.map((part) => quantile(part.map(value), 0.5))
    return [first ?? 0, last ?? 0]
  }
  const sum = (value: (cycle: Cycle) => number): number => cycles.reduce((total, cycle) => total + value(cycle), 0)

  const faults = cycles.flatMap((cycle) => cycle.faults)
  report.figure('cycles', cycles.length)
  report.figure(
    'calls',
    sum(({ calls }) => calls),
  )
  report.figure(
    'per second',
    Math.round(
      quantile(
        cycles.map(({ perSecond }) => perSecond),
        0.5,
      ),
    ),
  )
  report.figure(
    'failed',
    sum(({ failed }) => failed),
  )
  report.check(faults.length === 0, faults.slice(0, FAULTS_SHOWN).join('\n'))

  const [before, after] = compare(({ rssAnon_bytes }) => rssAnon_bytes)
  const growth = `${((after / before - 1) * 100).toFixed(1)} %`
  report.figure('RssAnon', `${megabytes(before)} → ${megabytes(after)} (${growth})`)
  report.check(isFlat(before, after), `RssAnon grew by ${growth}`)
  for (const what of ['descriptors', 'handles'] as const) {
    const [first, last] = compare((cycle) => cycle[what])
    report.figure(what, `${first} → ${last}`)
    report.check(last <= first, `${what}: ${first} in the first third, ${last} in the last`)
  }
  report.figure('sessions open', compare(({ open }) => open).join(' → '))
  const [small, big] = compare(({ dataFile_bytes }) => dataFile_bytes)
  report.figure('data file', `${megabytes(small)} → ${megabytes(big)}`)
  report.check(big <= small * FILE_FACTOR + FILE_NOISE_BYTES, 'the data file grows: free pages are not used again')
  const [early, late] = compare(({ p99_ms }) => p99_ms)
  report.figure('p99', `${early.toFixed(1)} ms → ${late.toFixed(1)} ms (×${(late / early).toFixed(2)})`)
  report.check(late <= early * p99Factor, `p99 is more than ${p99Factor} times what it was`)
}

/** Some of the cycles, evenly, the last one among them. */
export function tableOf(cycles: readonly Cycle[]): (readonly (string | number)[])[] {
  const step = Math.max(1, cycles.length / ROWS_MAX)
  const shown = cycles.filter((_, at) => Math.floor((at + 1) / step) > Math.floor(at / step))
  return [
    ['s', 'calls/s', 'p99 in ms', 'RssAnon', 'heap', 'descriptors', 'handles', 'sessions open', 'data file'],
    ...shown.map((cycle) => [
      Math.round(cycle.at_s),
      Math.round(cycle.perSecond),
      cycle.p99_ms,
      megabytes(cycle.rssAnon_bytes),
      megabytes(cycle.heapUsed_bytes),
      cycle.descriptors,
      cycle.handles,
      cycle.open,
      megabytes(cycle.dataFile_bytes),
    ]),
  ]
}

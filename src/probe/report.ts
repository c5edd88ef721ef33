import { observedText } from './conformance/case.js'
import type { CaseResult, Conformance } from './conformance/run.js'
import { findingText } from './finding.js'
import type { Group } from './row.js'
import type { Latency, Outcome, RowResult } from './run.js'

/** All that a probe found, as `--json` prints it. The names are part of the command's promise. */
export interface Report {
  /** HOST:PORT as given. */
  readonly server: string
  /** True if every row that was asked for works, and the server survived. */
  readonly works: boolean
  readonly rows: readonly RowReport[]
  /** Only with `--conformance`. */
  readonly conformance?: ConformanceReport
}

export interface RowReport {
  readonly name: string
  readonly group: Group
  readonly client: string
  readonly path: string
  readonly outcome: Outcome
  readonly attempts: number
  readonly latency_ms: Latency | null
  readonly findings: readonly { readonly reference: string; readonly what: string }[]
}

export interface ConformanceReport {
  /** False if the server no longer serves what it served before. */
  readonly survived: boolean
  readonly cases: readonly CaseReport[]
}

export interface CaseReport {
  readonly row: string
  readonly sent: string
  readonly reference: string
  readonly genuine: string
  readonly observed: string
  readonly agrees: boolean
}

export function reportOf(server: string, rows: readonly RowResult[], conformance: Conformance | undefined): Report {
  const works = rows.every(({ outcome }) => outcome === 'works') && conformance?.survived !== false
  const report = { server, works, rows: rows.map(rowReport) }
  if (conformance === undefined) return report
  const { survived, results } = conformance
  return { ...report, conformance: { survived, cases: results.map(caseReport) } }
}

function rowReport({ row, outcome, attempts, latency_ms, findings }: RowResult): RowReport {
  const { name, group, client, path } = row
  return {
    name,
    group,
    client,
    path,
    outcome,
    attempts,
    latency_ms: latency_ms === undefined ? null : rounded(latency_ms),
    findings: findings.map(({ reference, what }) => ({ reference, what })),
  }
}

function caseReport({ case: { row, name, reference, genuine }, observed, agrees }: CaseResult): CaseReport {
  return { row, sent: name, reference, genuine: genuine.text, observed: observedText(observed), agrees }
}

/** To the microsecond. */
function rounded({ min, median, max }: Latency): Latency {
  const each = (value_ms: number) => Math.round(value_ms * 1000) / 1000
  return { min: each(min), median: each(median), max: each(max) }
}

/** One line for a row that does not work. */
export function rowText({ findings }: RowReport): string {
  const [first, ...more] = findings
  if (first === undefined) return ''
  return `${findingText({ kind: 'fault', ...first })}${more.length === 0 ? '' : ` (and ${more.length} more)`}`
}

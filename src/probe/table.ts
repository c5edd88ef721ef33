import { type CaseReport, type ConformanceReport, type Report, type RowReport, rowText } from './report.js'
import { GROUPS } from './row.js'
import type { Latency, Outcome } from './run.js'

export interface TableOptions {
  readonly colour: boolean
}

const COLOURS: Readonly<Record<Outcome, number>> = { works: 32, 'not served': 33, fails: 31 }
const OUTCOME_WIDTH = 'not served'.length

/** The report for people: a line per row by group, what was wrong beside it, and the differences of `--conformance` below. */
export function renderTable({ server, rows, conformance }: Report, { colour }: TableOptions): string {
  const paint = (text: string, code: number) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)
  const nameWidth = widest(rows.map(({ name }) => name))
  const clientWidth = widest(rows.map(({ client }) => client))
  const lines = [server]
  for (const group of GROUPS) {
    const ofGroup = rows.filter((row) => row.group === group)
    if (ofGroup.length === 0) continue
    lines.push('', paint(group, 1))
    for (const row of ofGroup) {
      const outcome = paint(row.outcome.padEnd(OUTCOME_WIDTH), COLOURS[row.outcome])
      const cells = [row.name.padEnd(nameWidth), row.client.padEnd(clientWidth), outcome, lastCell(row)]
      lines.push(`  ${cells.join('  ')}`.trimEnd())
    }
  }
  lines.push('', summary(rows))
  if (conformance !== undefined) lines.push('', ...conformanceLines(conformance))
  return `${lines.join('\n')}\n`
}

function lastCell(row: RowReport): string {
  if (row.outcome === 'works') return row.latency_ms === null ? '' : latencyText(row.latency_ms, row.attempts)
  const after = row.attempts > 1 ? `attempt ${row.attempts}: ` : ''
  return `${after}${rowText(row)}`
}

function latencyText({ min, median, max }: Latency, attempts: number): string {
  if (attempts === 1) return `${ms(median)} ms`
  return `${ms(min)} / ${ms(median)} / ${ms(max)} ms, ${attempts} times`
}

function ms(value_ms: number): string {
  return value_ms.toFixed(1)
}

function summary(rows: readonly RowReport[]): string {
  const count = (wanted: Outcome) => rows.filter(({ outcome }) => outcome === wanted).length
  const parts = [`${count('works')} of ${rows.length} work`]
  if (count('not served') > 0) parts.push(`${count('not served')} not served`)
  if (count('fails') > 0) parts.push(`${count('fails')} fail`)
  return parts.join(', ')
}

function conformanceLines({ survived, cases }: ConformanceReport): string[] {
  const different = cases.filter(({ agrees }) => !agrees)
  const title = `conformance: ${cases.length} cases, ${cases.length - different.length} answered as the genuine servers do`
  const lines = [different.length === 0 ? title : `${title}, ${different.length} otherwise:`]
  for (const each of different) lines.push('', ...caseLines(each))
  const last = cases.at(-1)
  if (!survived && last !== undefined) lines.push('', `the server no longer works after ${last.row}: ${last.sent}`)
  return lines
}

function caseLines({ row, sent, reference, genuine, observed }: CaseReport): string[] {
  return [`  ${row}: ${sent} (${reference})`, `    genuine  ${genuine}`, `    here     ${observed}`]
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map(({ length }) => length))
}

import type { ProbeClient } from './client.js'
import type { Finding } from './finding.js'
import type { Row } from './row.js'
import type { ProbeSetup } from './setup.js'

export type Outcome = 'works' | 'not served' | 'fails'

export interface Latency {
  readonly min: number
  readonly median: number
  readonly max: number
}

export interface RowResult {
  readonly row: Row
  readonly outcome: Outcome
  /** Sessions tried; a row ends at the first that fails. */
  readonly attempts: number
  /** Of the attempts that worked: time spent waiting for answers, from opening a session to the end of it. */
  readonly latency_ms: Latency | undefined
  /** None if it works. The first tells most. */
  readonly findings: readonly Finding[]
}

export interface RunOptions {
  /** How often each row is tried. */
  readonly repeat: number
  /** Called before each attempt. */
  readonly onAttempt?: (row: Row) => void
  /** Called when a row is over, with the attempts that it left out. */
  readonly onRow?: (row: Row, skipped: number) => void
}

/** What one row's attempts brought. */
interface Tried {
  readonly row: Row
  readonly waits_ms: readonly number[]
  readonly findings: readonly Finding[]
}

/** One row after the other over one connection, so that latencies don't disturb each other. */
export async function runRows(
  client: ProbeClient,
  rows: readonly Row[],
  setup: ProbeSetup,
  options: RunOptions,
): Promise<RowResult[]> {
  const tried: Tried[] = []
  for (const row of rows) {
    const result = await tryRow(client, row, setup, options)
    tried.push(result)
    options.onRow?.(row, options.repeat - attemptsOf(result))
  }
  const working = new Set(tried.filter(({ findings }) => findings.length === 0).map(({ row }) => row.path))
  return tried.map((each) => ({
    row: each.row,
    outcome: outcomeOf(each, working),
    attempts: attemptsOf(each),
    latency_ms: latencyOf(each.waits_ms),
    findings: each.findings,
  }))
}

async function tryRow(client: ProbeClient, row: Row, setup: ProbeSetup, options: RunOptions): Promise<Tried> {
  const waits_ms: number[] = []
  for (let attempt = 0; attempt < options.repeat; attempt++) {
    options.onAttempt?.(row)
    const before_ms = client.waited_ms
    const findings = await row.probe(client, setup)
    if (findings.length > 0) return { row, waits_ms, findings }
    waits_ms.push(client.waited_ms - before_ms)
  }
  return { row, waits_ms, findings: [] }
}

function attemptsOf({ waits_ms, findings }: Tried): number {
  return waits_ms.length + (findings.length > 0 ? 1 : 0)
}

/** A path that serves one dialect says of the others what it likes: they are not served. Once a session was opened they are. */
function outcomeOf({ row, waits_ms, findings }: Tried, working: ReadonlySet<string>): Outcome {
  if (findings.length === 0) return 'works'
  if (waits_ms.length > 0) return 'fails'
  const absent = findings.every(({ kind }) => kind === 'notServed' || (kind === 'foreign' && working.has(row.path)))
  return absent ? 'not served' : 'fails'
}

function latencyOf(waits_ms: readonly number[]): Latency | undefined {
  const sorted = [...waits_ms].sort((a, b) => a - b)
  const [min, max] = [sorted[0], sorted.at(-1)]
  if (min === undefined || max === undefined) return undefined
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)] ?? min, sorted[Math.floor(sorted.length / 2)] ?? max]
  return { min, median: (low + high) / 2, max }
}

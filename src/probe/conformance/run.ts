import { GrpcCode } from '../../transport/transport.js'
import type { ProbeClient } from '../client.js'
import type { RowResult } from '../run.js'
import type { ProbeSetup } from '../setup.js'
import { atomixCases, lethalCases } from './atomix.js'
import type { Case, Observed } from './case.js'
import { companionCases } from './companions.js'
import { v1Cases } from './v1.js'
import { legacyCases } from './v1-legacy.js'
import { v2Cases } from './v2.js'

export const CASES: readonly Case[] = [
  ...legacyCases,
  ...v1Cases,
  ...v2Cases,
  ...atomixCases,
  ...companionCases,
  ...lethalCases,
]

export interface CaseResult {
  readonly case: Case
  readonly observed: Observed
  /** As the genuine servers of that generation. */
  readonly agrees: boolean
}

export interface Conformance {
  readonly results: readonly CaseResult[]
  /** False if the server no longer serves what it served: the one thing here that makes the probe itself fail. */
  readonly survived: boolean
}

export interface ConformanceOptions {
  readonly onCase?: (each: Case) => void
}

/** The cases of the rows that work, in the order in which they are run. */
function casesFor(rows: readonly RowResult[]): Case[] {
  const working = new Set(rows.filter(({ outcome }) => outcome === 'works').map(({ row }) => row.name))
  return CASES.filter(({ row }) => working.has(row))
}

/** Runs the cases one after the other until the server is gone, and asks in the end whether it is still there. */
export async function runCases(
  client: ProbeClient,
  rows: readonly RowResult[],
  setup: ProbeSetup,
  options: ConformanceOptions = {},
): Promise<Conformance> {
  const results: CaseResult[] = []
  for (const each of casesFor(rows)) {
    options.onCase?.(each)
    const observed = await each.run(client, setup)
    results.push({ case: each, observed, agrees: each.genuine.holds(observed) && observed.faults.length === 0 })
    // What is sent to a server that is gone tells nothing.
    if (observed.code === GrpcCode.UNAVAILABLE && !(await stillWorks(client, rows, setup))) {
      return { results, survived: false }
    }
  }
  return { results, survived: await stillWorks(client, rows, setup) }
}

async function stillWorks(client: ProbeClient, rows: readonly RowResult[], setup: ProbeSetup): Promise<boolean> {
  const [first] = rows.filter(({ outcome }) => outcome === 'works')
  if (first === undefined) return true
  return (await first.row.probe(client, setup)).length === 0
}

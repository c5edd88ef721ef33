import { packageVersion } from '../version.js'
import { ProbeClient, type ProbeTls } from './client.js'
import { runCases } from './conformance/run.js'
import type { Identity } from './identity.js'
import { type Report, reportOf } from './report.js'
import type { Row } from './row.js'
import { runRows } from './run.js'
import { setupFor } from './setup.js'
import { toldEpoch } from './v2/companions.js'

export interface ProbeOptions {
  readonly rows: readonly Row[]
  readonly identity: Identity
  readonly repeat: number
  readonly timeout_ms: number
  readonly tls?: ProbeTls
  /** The current epoch, for short lifetimes; without it they are as long as those of genuine clients. */
  readonly epoch?: bigint
  readonly conformance: boolean
  readonly progress?: ProgressReceiver
}

/** Hears how far it is. */
export interface ProgressReceiver {
  show(name: string): void
  advance(count?: number): void
}

/** Finds out what a server serves. Throws an UnreachableError if there is none. */
export async function probe(server: string, options: ProbeOptions): Promise<Report> {
  const { rows, identity, repeat, timeout_ms, tls, epoch, conformance, progress } = options
  const client = new ProbeClient(server, {
    timeout_ms,
    ...(tls === undefined ? {} : { tls }),
    userAgent: `session-gateway-probe/${packageVersion()}`,
  })
  try {
    await client.connect()
    const first = setupFor(identity, epoch, undefined)
    const told =
      rows.some(({ group }) => group === 'v2') && epoch === undefined ? await toldEpoch(client, first) : undefined
    const setup = setupFor(identity, epoch, told)
    const results = await runRows(client, rows, setup, {
      repeat,
      onAttempt({ name }) {
        progress?.show(name)
        progress?.advance()
      },
      onRow: (_row, skipped) => progress?.advance(skipped),
    })
    if (!conformance) return reportOf(server, results, undefined)
    const onCase = (each: { row: string; name: string }) => progress?.show(`${each.row}: ${each.name}`)
    return reportOf(server, results, await runCases(client, results, setup, { onCase }))
  } finally {
    client.close()
  }
}

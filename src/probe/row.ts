import type { ProbeClient } from './client.js'
import type { Finding } from './finding.js'
import type { ProbeSetup } from './setup.js'

/** What `--only` can name beside single rows. */
export const GROUPS = ['v1-legacy', 'v1', 'v2', 'atomix', 'companions'] as const
export type Group = (typeof GROUPS)[number]

/** One line of the table: one kind of client, and how it finds the server. */
export interface Row {
  /** As in `--only`: unique among rows, none of the groups. */
  readonly name: string
  readonly group: Group
  /** Whose client this is. */
  readonly client: string
  /** What opens the session. Rows with the same path tell each other's answers apart. */
  readonly path: string
  /** Opens a session, keeps it alive and closes it where that exists, and judges every answer. Nothing found: it works. */
  readonly probe: (client: ProbeClient, setup: ProbeSetup) => Promise<Finding[]>
}

import type { ClientsJson } from '../../admin/clients-json.js'
import { versionOf } from '../client-version.js'
import { generationsWith } from '../generations.js'

export type Client = ClientsJson['clients'][number]

/** All clients of one generation together. */
export interface ClientGroup {
  readonly generation: string
  readonly clients: number
  readonly calls: number
  /** The latest first. */
  readonly versions: readonly string[]
  readonly lastSeen: string | undefined
  readonly bornExpired: number
}

/** A row for each generation, also for those that nobody uses: that nobody does is what a migration waits for. */
export function clientGroups({ clients }: ClientsJson): ClientGroup[] {
  return generationsWith(clients.map(({ generation }) => generation)).map((generation) => {
    const rows = clients.filter((client) => client.generation === generation).sort(latestFirst)
    return {
      generation,
      clients: rows.length,
      calls: rows.reduce((sum, { calls }) => sum + calls, 0),
      versions: [...new Set(rows.map(versionOf))],
      lastSeen: rows[0]?.lastSeen,
      bornExpired: rows.reduce((sum, { bornExpired }) => sum + bornExpired, 0),
    }
  })
}

function latestFirst(a: Client, b: Client): number {
  return Date.parse(b.lastSeen) - Date.parse(a.lastSeen)
}

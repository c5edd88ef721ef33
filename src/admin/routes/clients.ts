import { ClientsSchema } from '../clients-json.js'
import type { AdminParts } from '../parts.js'
import { time } from '../session-json.js'
import type { AdminApp } from '../typed-app.js'

/** Who still uses which generation. The latest first. */
export function clientRoutes(app: AdminApp, { clients }: AdminParts): void {
  app.get(
    '/api/v1/clients',
    {
      config: { need: 'read' },
      schema: { summary: 'Who still uses which generation', response: { 200: ClientsSchema } },
    },
    () => {
      const { rows, calls, lastSeenAt_ms } = clients.folded()
      return {
        clients: clients.rows().map((row) => ({
          generation: row.generation,
          dialect: row.dialect,
          version: row.version,
          userAgent: row.userAgent,
          lastPeer: row.peer,
          firstSeen: time(row.firstSeenAt_ms),
          lastSeen: time(row.lastSeenAt_ms),
          calls: row.calls,
          bornExpired: row.bornExpired,
        })),
        other: { rows, calls, ...(lastSeenAt_ms === undefined ? {} : { lastSeen: time(lastSeenAt_ms) }) },
      }
    },
  )
}

import { OverviewSchema } from '../overview-json.js'
import type { AdminParts } from '../parts.js'
import type { AdminApp } from '../typed-app.js'

/** What the web page shows at a glance; monitoring reads `/metrics`. */
export function overviewRoutes(app: AdminApp, { overview }: Pick<AdminParts, 'overview'>): void {
  app.get(
    '/api/v1/overview',
    {
      config: { need: 'read' },
      schema: { summary: 'Sessions, operations and health in numbers', response: { 200: OverviewSchema } },
    },
    () => overview(),
  )
}

import { InfoSchema } from '../info-json.js'
import type { AdminParts } from '../parts.js'
import type { AdminApp } from '../typed-app.js'

export function infoRoutes(app: AdminApp, { info }: AdminParts): void {
  app.get(
    '/api/v1/info',
    {
      config: { need: 'read' },
      schema: { summary: 'What this gateway is, and its limits', response: { 200: InfoSchema } },
    },
    () => info(),
  )
}

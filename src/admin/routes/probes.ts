import Type from 'typebox'
import type { AdminParts } from '../parts.js'
import { Problem } from '../problem.js'
import type { AdminApp } from '../typed-app.js'

const AliveSchema = Type.Object({ status: Type.Literal('alive') })
const ReadySchema = Type.Object({ status: Type.Literal('ready') })

/** For orchestrators: is the process alive, may calls be sent to it; and what it counts. */
export function probeRoutes(app: AdminApp, { notReady, metrics }: AdminParts): void {
  app.get(
    '/healthz',
    { config: { need: 'nothing' }, schema: { summary: 'Is the process alive', response: { 200: AliveSchema } } },
    () => ({
      status: 'alive' as const,
    }),
  )

  app.get(
    '/readyz',
    { config: { need: 'nothing' }, schema: { summary: 'May calls be sent here', response: { 200: ReadySchema } } },
    () => {
      const reasons = notReady()
      if (reasons.length > 0) throw new Problem('not_ready', reasons.join('; '), { reasons })
      return { status: 'ready' as const }
    },
  )

  app.get(
    '/metrics',
    { config: { need: 'nothing' }, schema: { summary: 'Prometheus or OpenMetrics' } },
    async (request, reply) => {
      const { type, body } = await metrics.text(request.headers.accept)
      return reply.type(type).send(body)
    },
  )
}

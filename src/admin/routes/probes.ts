import Type from 'typebox'
import { Rates } from '../../core/rates.js'
import { sourceOf } from '../../transport/address.js'
import type { AdminParts } from '../parts.js'
import type { Place } from '../place.js'
import { Problem } from '../problem.js'
import type { AdminApp } from '../typed-app.js'

const AliveSchema = Type.Object({ status: Type.Literal('alive') })
const ReadySchema = Type.Object({ status: Type.Literal('ready') })
const MetricsAnswer = {
  description: 'In the format that the Accept header prefers.',
  content: {
    'text/plain': { schema: Type.String() },
    'application/openmetrics-text': { schema: Type.String() },
  },
}

/** For orchestrators: is the process alive, may calls be sent to it; and what it counts. */
export function probeRoutes(
  app: AdminApp,
  { notReady, metrics, clock, limits }: AdminParts,
  { metricsToken }: Pick<Place, 'metricsToken'>,
): void {
  app.get(
    '/healthz',
    {
      config: { need: 'nothing', limitedBy: 'nothing' },
      schema: { summary: 'Is the process alive', response: { 200: AliveSchema } },
    },
    () => ({
      status: 'alive' as const,
    }),
  )

  app.get(
    '/readyz',
    {
      config: { need: 'nothing', limitedBy: 'nothing' },
      schema: { summary: 'May calls be sent here', response: { 200: ReadySchema } },
    },
    () => {
      const reasons = notReady()
      if (reasons.length > 0) throw new Problem('not_ready', reasons.join('; '), { reasons })
      return { status: 'ready' as const }
    },
  )

  const scrapes = new Rates(clock, limits.scrapesPerSecond)
  app.get(
    '/metrics',
    {
      config: { need: metricsToken ? 'read' : 'nothing', alwaysToken: metricsToken, limitedBy: 'itself' },
      schema: { summary: 'Prometheus or OpenMetrics', response: { 200: MetricsAnswer } },
    },
    async (request, reply) => {
      if (!scrapes.take(sourceOf(request.socket.remoteAddress))) {
        throw new Problem('too_many_requests', 'too many scrapes from this address (admin.limits.scrapesPerSecond)', {
          limit: 'admin.limits.scrapesPerSecond',
        })
      }
      const { type, body } = await metrics.text(request.headers.accept)
      return reply.type(type).send(body)
    },
  )
}

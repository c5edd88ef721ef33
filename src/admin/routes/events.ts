import Type from 'typebox'
import type { Callers } from '../callers.js'
import { EventFeed } from '../events/feed.js'
import { EventReader } from '../events/reader.js'
import type { AdminParts } from '../parts.js'
import { Problem } from '../problem.js'
import type { AdminApp } from '../typed-app.js'

const HeadersSchema = Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 64 })) })

/** What happens to sessions, while it happens. */
export function eventRoutes(
  app: AdminApp,
  { events, clock, limits, onLimit }: AdminParts,
  callers: Pick<Callers, 'isStill' | 'watch'>,
): void {
  const feed = new EventFeed({ events, clock, limits: limits.events })
  const readers = new Set<EventReader>()
  const onForgotten = (): void => onLimit('admin.limits.eventsRemembered')
  const stopWatching = callers.watch(() => {
    for (const reader of readers) reader.recheck()
  })
  // They would keep the listener open for ever.
  app.addHook('preClose', async () => {
    for (const reader of readers) reader.finish()
    feed.close()
    stopWatching()
  })

  app.get(
    '/api/v1/events',
    {
      config: { need: 'read' },
      // Its stream would have no reader, and no end.
      exposeHeadRoute: false,
      schema: {
        summary: 'What happens to sessions, as server-sent events: created, renewed, closed, expired, gap',
        headers: HeadersSchema,
      },
    },
    async ({ headers, caller, login }, reply) => {
      const { readers: most, heartbeat_ms } = limits.events
      if (readers.size >= most) {
        throw new Problem('too_many_readers', `${most} read the events already (admin.limits.eventReaders)`, {
          limit: 'admin.limits.eventReaders',
        })
      }
      const began = { ...(caller === undefined ? {} : { token: caller }), ...(login === undefined ? {} : { login }) }
      const isAllowed = (): boolean => callers.isStill(began)
      const lastId = headers['last-event-id']
      const reader = new EventReader({ feed, clock, heartbeat_ms, lastId, isAllowed, onForgotten })
      readers.add(reader)
      reader.once('close', () => readers.delete(reader))
      return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(reader)
    },
  )
}

import Type from 'typebox'
import { EventFeed } from '../events/feed.js'
import { EventReader } from '../events/reader.js'
import type { AdminParts } from '../parts.js'
import { Problem } from '../problem.js'
import type { AdminApp } from '../typed-app.js'

const HeadersSchema = Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 64 })) })

/** What happens to sessions, while it happens. */
export function eventRoutes(app: AdminApp, { events, clock, limits }: AdminParts): void {
  const feed = new EventFeed({ events, clock, limits: limits.events })
  const readers = new Set<EventReader>()
  // They would keep the listener open for ever.
  app.addHook('preClose', async () => {
    for (const reader of readers) reader.push(null)
    feed.close()
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
    async ({ headers, socket }, reply) => {
      const { readers: most, heartbeat_ms } = limits.events
      if (readers.size >= most) {
        throw new Problem('too_many_readers', `${most} read the events already (admin.limits.eventReaders)`)
      }
      const reader = new EventReader({ feed, clock, heartbeat_ms, lastId: headers['last-event-id'] })
      readers.add(reader)
      // An answer that waits behind another one on its connection is told nothing when that goes.
      const gone = (): void => void reader.destroy()
      socket.once('close', gone)
      reader.once('close', () => {
        readers.delete(reader)
        socket.off('close', gone)
      })
      return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(reader)
    },
  )
}

import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { GENERATIONS } from '../../adapters/adapter.js'
import type { ListedSession, SessionFilter } from '../../core/store.js'
import type { AdminParts } from '../parts.js'
import { Problem } from '../problem.js'
import { type ReadingTime, SessionPageSchema, SessionSchema, sessionJson } from '../session-json.js'
import { ownerIdOf, SessionNameSchema, sessionRefOf } from '../session-ref.js'
import { Turns } from '../turns.js'
import type { AdminApp } from '../typed-app.js'

const DEFAULT_PAGE = 100
/** Sessions that are written as JSON before others have their turn: about a millisecond of work. */
const SLICE = 100

/** The parameters are texts, as they stand in the address: nothing is guessed about their type. */
const ListQuerySchema = Type.Object(
  {
    state: Type.Optional(Type.Enum(['open', 'closed', 'expired'])),
    generation: Type.Optional(Type.Enum([...GENERATIONS])),
    dialect: Type.Optional(Type.String({ minLength: 1, maxLength: 32 })),
    owner: Type.Optional(Type.String({ maxLength: 128 })),
    account: Type.Optional(Type.String({ maxLength: 128 })),
    limit: Type.Optional(Type.String({ pattern: '^[0-9]{1,6}$' })),
    cursor: Type.Optional(Type.String({ maxLength: 512 })),
  },
  { additionalProperties: false },
)

/** Its serializer is kept by this object. */
const ROW = { ...SessionSchema }

export function sessionRoutes(app: AdminApp, { sessions, clock, limits, audit }: AdminParts): void {
  const lists = new Turns(limits.listsWaiting)
  const readingTime = (): ReadingTime => ({ instant: clock.now(), wall_ms: clock.wallTime() })

  app.get(
    '/api/v1/sessions',
    {
      config: { need: 'read' },
      schema: {
        summary: 'Sessions, open and ended, page by page',
        querystring: ListQuerySchema,
        // Its rows are written a few at a time.
        response: { 200: Type.Unsafe<string>(SessionPageSchema) },
      },
    },
    async ({ query, socket }, reply) => {
      const limit = pageSize(query.limit, limits.page)
      const filter = filterOf(query)
      const json = await lists.take(async () => {
        if (socket.destroyed) throw new Problem('bad_request', 'whoever asked is gone')
        const { items, cursor } = await sessions.list(filter, limit, query.cursor)
        const end = cursor === undefined ? '' : `,"cursor":${JSON.stringify(cursor)}`
        return `{"sessions":[${await rowsOf(items, readingTime(), reply)}]${end}}`
      })
      return reply.type('application/json').serializer(String).send(json)
    },
  )

  app.get(
    '/api/v1/sessions/:id',
    {
      config: { need: 'read' },
      schema: {
        summary: 'One session: by UUID, 32 hex digits, or PARTITION:NUMBER',
        params: SessionNameSchema,
        response: { 200: SessionSchema },
      },
    },
    async ({ params }) => {
      const known = await sessions.known(sessionRefOf(params.id))
      if (known === undefined) throw new Problem('not_found', 'no session of that name is open or remembered')
      return sessionJson(known, readingTime())
    },
  )

  app.delete(
    '/api/v1/sessions/:id',
    {
      config: { need: 'operate', action: 'close' },
      schema: { summary: 'Close a session', params: SessionNameSchema, response: { 204: Type.Null() } },
    },
    async (request, reply) => {
      await sessions.close(sessionRefOf(request.params.id), { endedBy: 'admin' })
      audit.done(request)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/api/v1/sessions/:id/keep-alive',
    {
      config: { need: 'operate', action: 'renew' },
      schema: {
        summary: 'Renew a session that has a timeout',
        params: SessionNameSchema,
        response: { 200: SessionSchema },
      },
    },
    async (request) => {
      const ref = sessionRefOf(request.params.id)
      const open = await sessions.find(ref)
      if (open?.lifetime.kind === 'epochs') {
        throw new Problem('not_renewable', 'the session lives until its expiration epoch and can not be renewed')
      }
      const session = await sessions.keepAlive(ref, {})
      audit.done(request)
      return sessionJson({ session }, readingTime())
    },
  )
}

/** With the fields of the schema and no others. */
async function rowsOf(items: readonly ListedSession[], now: ReadingTime, reply: FastifyReply): Promise<string> {
  const rows: string[] = []
  for (const item of items) {
    if (rows.length > 0 && rows.length % SLICE === 0) await nextTurn()
    rows.push(reply.serializeInput(sessionJson(item, now), ROW))
  }
  return rows.join()
}

function filterOf(query: Type.Static<typeof ListQuerySchema>): SessionFilter {
  const { state, generation, dialect, owner, account } = query
  return {
    ...(state === undefined ? {} : { state }),
    ...(generation === undefined ? {} : { generation }),
    ...(dialect === undefined ? {} : { dialect }),
    ...(owner === undefined ? {} : { owner: ownerIdOf('owner', owner) }),
    ...(account === undefined ? {} : { account: ownerIdOf('account', account) }),
  }
}

function pageSize(text: string | undefined, most: number): number {
  if (text === undefined) return Math.min(DEFAULT_PAGE, most)
  const limit = Number(text)
  if (limit >= 1 && limit <= most) return limit
  throw new Problem('invalid_parameter', `query parameter limit has to be 1 to ${most}`, {
    ...(limit > most ? { limit: 'admin.limits.page' } : {}),
  })
}

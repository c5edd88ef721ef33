import Type from 'typebox'
import { GENERATIONS } from '../../adapters/adapter.js'
import type { SessionFilter } from '../../core/store.js'
import type { AdminParts } from '../parts.js'
import { Problem } from '../problem.js'
import { type ReadingTime, SessionPageSchema, SessionSchema, sessionJson } from '../session-json.js'
import { ownerIdOf, SessionNameSchema, sessionRefOf } from '../session-ref.js'
import type { AdminApp } from '../typed-app.js'

const DEFAULT_PAGE = 100

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

export function sessionRoutes(app: AdminApp, { sessions, clock, limits, audit }: AdminParts): void {
  const readingTime = (): ReadingTime => ({ instant: clock.now(), wall_ms: clock.wallTime() })

  app.get(
    '/api/v1/sessions',
    {
      config: { need: 'read' },
      schema: {
        summary: 'Sessions, open and ended, page by page',
        querystring: ListQuerySchema,
        response: { 200: SessionPageSchema },
      },
    },
    async ({ query }) => {
      const limit = pageSize(query.limit, limits.page)
      const { items, cursor } = await sessions.list(filterOf(query), limit, query.cursor)
      const now = readingTime()
      return { sessions: items.map((item) => sessionJson(item, now)), ...(cursor === undefined ? {} : { cursor }) }
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

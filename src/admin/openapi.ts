import swagger from '@fastify/swagger'
import type { FastifySchema } from 'fastify'
import Type from 'typebox'
import type { Role } from '../config/token-spec.js'
import type { Need } from './access.js'
import type { Place } from './place.js'
import { PROBLEM_TYPE, ProblemSchema } from './problem.js'
import type { AdminApp } from './typed-app.js'

const BEARER = 'token'
const COOKIE = 'login'

const ROLES: Readonly<Record<Role, string>> = {
  read: 'a token with the role `read` or `operate`',
  operate: 'a token with the role `operate`',
  sign: 'a token with the role `sign`',
}

/** What any route may answer, as docs/errors.md lists it. */
const ProblemAnswer = {
  description: 'A problem document; `code` is stable.',
  content: { [PROBLEM_TYPE]: { schema: ProblemSchema } },
}

/** Describes the routes that are declared after this, from their own schemas. */
export async function describeRoutes(app: AdminApp, version: string, { reach }: Pick<Place, 'reach'>): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'session-gateway admin API',
        description:
          '64-bit numbers are decimal strings, bytes are hex, times are RFC 3339. Failures are problem documents (RFC 9457).',
        version,
      },
      components: {
        securitySchemes: {
          [BEARER]: { type: 'http', scheme: 'bearer', description: 'A token of `admin.tokens`.' },
          [COOKIE]: {
            type: 'apiKey',
            in: 'cookie',
            name: 'session-gateway',
            description:
              'What `POST /api/v1/login` sets. The name has `__Host-` before it where there is TLS, and the port behind it. ' +
              'What changes something has to come from a page of this listener.',
          },
        },
      },
    },
    transform: ({ schema, url, route }) => {
      const { need = 'nothing', alwaysToken = false, limitedBy } = route.config ?? {}
      const isOpen = need === 'nothing' || (need === 'read' && reach !== 'network' && !alwaysToken)
      return { url, schema: described(schema, { need, isOpen, isLimited: limitedBy !== 'nothing' }) }
    },
  })
  app.get(
    '/openapi.json',
    { config: { need: 'read' }, schema: { summary: 'This description', response: { 200: Type.Unknown() } } },
    (_request, reply) => reply.type('application/json').send(JSON.stringify(app.swagger())),
  )
}

interface Asked {
  readonly need: Need
  /** No token is needed where this listener is. */
  readonly isOpen: boolean
  readonly isLimited: boolean
}

/** The role stands where OpenAPI 3.1 has it: in the list of a security requirement. */
function described(schema: FastifySchema, { need, isOpen, isLimited }: Asked): FastifySchema {
  const roles = need === 'nothing' ? [] : [need]
  const security = need === 'nothing' ? [] : [...(isOpen ? [{}] : []), { [BEARER]: roles }, { [COOKIE]: roles }]
  const answers = typeof schema.response === 'object' ? schema.response : {}
  const refusals = [...(need === 'nothing' ? [] : ['401']), '403', ...(isLimited ? ['429'] : []), 'default']
  const response = { ...answers, ...Object.fromEntries(refusals.map((status) => [status, ProblemAnswer])) }
  return { ...schema, description: neededText(need, isOpen), security, response }
}

function neededText(need: Need, isOpen: boolean): string {
  if (need === 'nothing') return 'Needs no token.'
  return isOpen ? `Needs no token here; one that is sent has to be ${ROLES[need]}.` : `Needs ${ROLES[need]}.`
}

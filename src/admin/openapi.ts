import swagger from '@fastify/swagger'
import type { FastifySchema } from 'fastify'
import Type from 'typebox'
import type { Need } from './access.js'
import { PROBLEM_TYPE, ProblemSchema } from './problem.js'
import type { AdminApp } from './typed-app.js'

const BEARER = 'token'

const ROLES: Readonly<Record<Need, string>> = {
  nothing: 'Needs no token.',
  read: 'Needs no token on loopback; a token that is sent has to have the role `read` or `operate`.',
  operate: 'Needs a token with the role `operate`.',
  sign: 'Needs a token with the role `sign`.',
}

/** What any route may answer, as docs/errors.md lists it. */
const ProblemAnswer = {
  description: 'A problem document; `code` is stable.',
  content: { [PROBLEM_TYPE]: { schema: ProblemSchema } },
}

/** Describes the routes that are declared after this, from their own schemas. */
export async function describeRoutes(app: AdminApp, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'session-gateway admin API',
        description:
          '64-bit numbers are decimal strings, bytes are hex, times are RFC 3339. Failures are problem documents (RFC 9457).',
        version,
      },
      components: { securitySchemes: { [BEARER]: { type: 'http', scheme: 'bearer' } } },
    },
    transform: ({ schema, url, route }) => {
      const need = route.config?.need ?? 'nothing'
      return { url, schema: described(schema, need) }
    },
  })
  app.get(
    '/openapi.json',
    { config: { need: 'nothing' }, schema: { summary: 'This description', response: { 200: Type.Unknown() } } },
    (_request, reply) => reply.type('application/json').send(JSON.stringify(app.swagger())),
  )
}

function described(schema: FastifySchema, need: Need): FastifySchema {
  const security = need === 'nothing' ? [] : need === 'read' ? [{}, { [BEARER]: [] }] : [{ [BEARER]: [] }]
  const answers = typeof schema.response === 'object' ? schema.response : {}
  return { ...schema, description: ROLES[need], security, response: { ...answers, default: ProblemAnswer } }
}

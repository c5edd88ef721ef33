import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Token } from '../access.js'
import type { Attempts } from '../attempts.js'
import type { Callers } from '../callers.js'
import { setCookie } from '../cookie.js'
import { LoginSchema } from '../login-json.js'
import type { Logins } from '../logins.js'
import type { AdminParts } from '../parts.js'
import type { Place } from '../place.js'
import { Problem } from '../problem.js'
import { time } from '../session-json.js'
import type { AdminApp } from '../typed-app.js'

const BodySchema = Type.Object({ token: Type.String({ maxLength: 1024 }) }, { additionalProperties: false })

export interface LoginParts {
  readonly place: Place
  readonly callers: Callers
  readonly logins: Logins
  readonly attempts: Attempts
}

/** Trades a token for a cookie that a page can't read, and tells a page whether it needs one. */
export function loginRoutes(
  app: AdminApp,
  { access, audit, limits }: AdminParts,
  { place, callers, logins, attempts }: LoginParts,
): void {
  const { lifetime_ms } = limits.logins
  const needed = place.reach === 'network'
  const told = (token: Token, expiresAt_ms?: number) => ({
    needed,
    name: token.name,
    roles: [...token.roles],
    ...(expiresAt_ms === undefined ? {} : { expiresAt: time(expiresAt_ms) }),
  })

  app.get(
    '/api/v1/login',
    {
      config: { need: 'nothing' },
      schema: { summary: 'Who the caller is, and whether reading needs a login here', response: { 200: LoginSchema } },
    },
    (request) => {
      const { authorization } = request.headers
      if (authorization !== undefined) return told(callers.shown(request, authorization))
      const login = callers.loginOf(request)
      return login === undefined ? { needed, roles: [] } : told(login.token, login.expiresAt_ms)
    },
  )

  app.post(
    '/api/v1/login',
    {
      config: { need: 'nothing', action: 'login' },
      schema: { summary: 'Trade a token for a cookie', body: BodySchema, response: { 200: LoginSchema } },
      // Before the body is read: also one that is no login is an attempt.
      onRequest: async (request) => attempts.take(request),
    },
    (request, reply) => {
      const token = access.find(request.body.token)
      if (token === undefined) throw new Problem('unauthorized', 'the token is not one of admin.tokens')
      request.caller = token
      // Written before there is anything that could be used without having been written.
      audit.done(request)
      const before = callers.loginOf(request)
      if (before !== undefined) logins.end(before)
      const { value, login } = logins.begin(token)
      put(request, reply, value, lifetime_ms)
      return told(token, login.expiresAt_ms)
    },
  )

  app.post(
    '/api/v1/logout',
    {
      config: { need: 'nothing', action: 'logout' },
      schema: { summary: 'End the login of the cookie', response: { 204: Type.Null() } },
    },
    (request, reply) => {
      const login = callers.loginOf(request)
      if (login !== undefined) {
        request.caller = login.token
        callers.refuseForgery(request)
        logins.end(login)
        audit.done(request)
      }
      put(request, reply, '', 0)
      reply.code(204)
      return null
    },
  )

  /** Over TLS, also that of a proxy, the browser is told to send it over nothing else. */
  function put({ headers }: FastifyRequest, reply: FastifyReply, value: string, lifetime_ms: number): void {
    const secure = place.tls || headers.origin?.toLowerCase().startsWith('https:') === true
    reply.header('set-cookie', setCookie(headers.host, value, { secure, lifetime_ms }))
  }
}

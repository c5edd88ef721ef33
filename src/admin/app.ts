import Fastify, { type FastifyReply } from 'fastify'
import { Admission } from './admission.js'
import { Attempts } from './attempts.js'
import { Callers } from './callers.js'
import { Logins } from './logins.js'
import { describeRoutes } from './openapi.js'
import type { AdminParts } from './parts.js'
import type { Place } from './place.js'
import { Problem, type ProblemCode, sendProblem } from './problem.js'
import { clientRoutes } from './routes/clients.js'
import { decodeRoutes } from './routes/decode.js'
import { epochRoutes } from './routes/epoch.js'
import { eventRoutes } from './routes/events.js'
import { infoRoutes } from './routes/info.js'
import { loginRoutes } from './routes/login.js'
import { overviewRoutes } from './routes/overview.js'
import { pageRoutes } from './routes/page.js'
import { probeRoutes } from './routes/probes.js'
import { sessionRoutes } from './routes/sessions.js'
import { signRoutes } from './routes/sign.js'
import { storyRoutes } from './routes/story.js'
import { tokenRoutes } from './routes/tokens.js'
import type { Servers } from './servers.js'
import type { AdminApp } from './typed-app.js'

/** What floods us is counted, and must not flood the audit log. */
const NOT_AUDITED: ReadonlySet<ProblemCode> = new Set(['too_many_requests', 'too_many_logins'])

const FORBIDDEN = 403
const INTERNAL = 500

/** The admin API for the place where it will listen, not listening yet. */
export async function createAdminApp(parts: AdminParts, place: Place, servers: Servers): Promise<AdminApp> {
  const { access, audit, clock, limits, onFault, onLimit } = parts
  const logins = new Logins({ access, clock, limits: limits.logins, onLimit })
  const attempts = new Attempts(clock, limits.logins.attemptsPerMinute)
  const callers = new Callers({ place, access, logins, attempts })
  const admission = new Admission({ place, callers, clock, requestsPerSecond: limits.requestsPerSecond })
  const refuse = (reply: FastifyReply, problem: Problem): FastifyReply => {
    if (problem.limit !== undefined) onLimit(problem.limit)
    return sendProblem(reply, problem)
  }
  const app: AdminApp = Fastify({
    bodyLimit: limits.bodySize_bytes,
    forceCloseConnections: true,
    serverFactory: (handler) => servers.make(handler),
    // Nothing is coerced and nothing dropped: what a schema does not know is refused.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    // Such a request passes no hook.
    frameworkErrors: (error, request, reply) =>
      void refuse(reply, admission.refusalOf(request, reply, true) ?? Problem.from(error)),
    // The servers have their own.
    clientErrorHandler: () => undefined,
  })
  app.removeContentTypeParser('text/plain')

  admission.guard(app)
  app.setErrorHandler((thrown, request, reply) => {
    // Whoever went away in the middle of a body was refused nothing, and it is nobody's fault.
    if (thrown === request.raw.errored) return sendProblem(reply, new Problem('bad_request', 'the body has no end'))
    const problem = Problem.from(thrown)
    // Who may not is named all the same, where it is somebody.
    if (problem.status === FORBIDDEN) request.caller ??= callers.known(request)
    if (!NOT_AUDITED.has(problem.code)) audit.refused(request, problem)
    if (problem.status === INTERNAL) onFault(problem.cause, request.routeOptions.url)
    return refuse(reply, problem)
  })
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, new Problem('not_found', 'there is no such route')))

  const methods = collectMethods(app)
  await describeRoutes(app, parts.info().version, place)
  probeRoutes(app, parts, place)
  loginRoutes(app, parts, { place, callers, logins, attempts })
  infoRoutes(app, parts)
  overviewRoutes(app, parts)
  sessionRoutes(app, parts)
  storyRoutes(app, parts)
  epochRoutes(app, parts)
  clientRoutes(app, parts)
  decodeRoutes(app, parts)
  signRoutes(app, parts)
  eventRoutes(app, parts, callers)
  tokenRoutes(app, parts)
  pageRoutes(app, parts)
  refuseOtherMethods(app, methods)
  return app
}

function collectMethods(app: AdminApp): Map<string, Set<string>> {
  const methods = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method, config }) => {
    if (config?.need === undefined) throw new Error(`${method} ${url} does not say who may use it`)
    const known = methods.get(url) ?? new Set()
    for (const name of [method].flat()) known.add(name)
    methods.set(url, known)
  })
  return methods
}

/** A known address with another method is 405 and says what would be right; Fastify itself answers 404. */
function refuseOtherMethods(app: AdminApp, methods: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [url, known] of [...methods]) {
    const allowed = [...known].sort()
    const others = app.supportedMethods.filter((method) => !known.has(method))
    app.route({
      method: others,
      url,
      config: { need: 'nothing' },
      schema: { hide: true },
      // Before the body is read: what it holds does not matter.
      onRequest: async (request, reply) => {
        reply.header('allow', allowed.join(', '))
        throw new Problem('method_not_allowed', `${request.method} is not possible here, only ${allowed.join(', ')}`)
      },
      handler: () => undefined,
    })
  }
}

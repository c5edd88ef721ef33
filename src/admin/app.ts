import type { Socket } from 'node:net'
import Fastify from 'fastify'
import { refusalOf } from './guard.js'
import { describeRoutes } from './openapi.js'
import type { AdminParts } from './parts.js'
import { PROBLEM_TYPE, Problem, problemJson, sendProblem } from './problem.js'
import { clientRoutes } from './routes/clients.js'
import { decodeRoutes } from './routes/decode.js'
import { epochRoutes } from './routes/epoch.js'
import { eventRoutes } from './routes/events.js'
import { infoRoutes } from './routes/info.js'
import { probeRoutes } from './routes/probes.js'
import { sessionRoutes } from './routes/sessions.js'
import { signRoutes } from './routes/sign.js'
import { tokenRoutes } from './routes/tokens.js'
import type { AdminApp } from './typed-app.js'

/** The admin API, not listening yet. `host` is the one it will be bound to: requests have to name it, or loopback. */
export async function createAdminApp(parts: AdminParts, host: string): Promise<AdminApp> {
  const { access, audit, limits, log } = parts
  const app: AdminApp = Fastify({
    bodyLimit: limits.bodySize_bytes,
    requestTimeout: limits.requestTimeout_ms,
    connectionTimeout: limits.idleTimeout_ms,
    keepAliveTimeout: limits.idleTimeout_ms,
    forceCloseConnections: true,
    http: { maxHeaderSize: limits.headerSize_bytes },
    // Nothing is coerced and nothing dropped: what a schema does not know is refused.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, Problem.from(error)),
    clientErrorHandler,
  })
  app.server.maxConnections = limits.connections
  app.removeContentTypeParser('text/plain')

  app.addHook('onRequest', async ({ method, headers }, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
    const fetchSite = headers['sec-fetch-site']
    const refusal = refusalOf(
      {
        method,
        host: headers.host,
        origin: headers.origin,
        fetchSite: Array.isArray(fetchSite) ? fetchSite.join() : fetchSite,
      },
      host,
    )
    if (refusal !== undefined) throw refusal
  })
  app.decorateRequest('caller', undefined)
  app.addHook('onRequest', async (request, reply) => {
    const { headers, routeOptions } = request
    try {
      request.caller = access.check(routeOptions.config.need ?? 'nothing', headers.authorization)
    } catch (problem) {
      reply.header('www-authenticate', 'Bearer')
      throw problem
    }
  })
  app.setErrorHandler((thrown, request, reply) => {
    const problem = Problem.from(thrown)
    audit.refused(request, problem)
    if (problem.status === 500)
      log.error({ err: problem.cause, route: request.routeOptions.url }, 'admin request failed')
    return sendProblem(reply, problem)
  })
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, new Problem('not_found', 'there is no such route')))

  const methods = collectMethods(app)
  await describeRoutes(app, parts.info().version)
  probeRoutes(app, parts)
  infoRoutes(app, parts)
  sessionRoutes(app, parts)
  epochRoutes(app, parts)
  clientRoutes(app, parts)
  decodeRoutes(app, parts)
  signRoutes(app, parts)
  eventRoutes(app, parts)
  tokenRoutes(app, parts)
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

/** What is no HTTP request at all, or too slow or too big to be one. */
function clientErrorHandler(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const body = JSON.stringify(
    problemJson(new Problem('bad_request', 'this is no HTTP request that the listener takes')),
  )
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  )
}

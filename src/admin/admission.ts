import type { FastifyRequest } from 'fastify'
import type { Clock } from '../core/clock.js'
import { Rates } from '../core/rates.js'
import { sourceOf } from '../transport/address.js'
import type { Callers } from './callers.js'
import { refusalOf } from './guard.js'
import type { Place } from './place.js'
import { Problem } from './problem.js'
import { secureHeaders } from './secure-headers.js'
import type { AdminApp } from './typed-app.js'

export interface AdmissionParts {
  readonly place: Place
  readonly callers: Callers
  readonly clock: Pick<Clock, 'now'>
  /** Of one address, and so many at once. */
  readonly requestsPerSecond: number
}

/** What every request passes before anything of it is read: not from a foreign page, not too often, by somebody who may. */
export function admit(app: AdminApp, { place, callers, clock, requestsPerSecond }: AdmissionParts): void {
  const requests = new Rates(clock, requestsPerSecond)

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(secureHeaders(place, request.headers.host))
    const refusal = refusalOf(guardedOf(request), place)
    if (refusal !== undefined) throw refusal
  })
  app.addHook('onRequest', async ({ routeOptions, socket }) => {
    if (routeOptions.config.limitedBy !== undefined || requests.take(sourceOf(socket.remoteAddress))) return
    throw new Problem('too_many_requests', 'too many requests from this address (admin.limits.requestsPerSecond)', {
      limit: 'admin.limits.requestsPerSecond',
    })
  })
  app.decorateRequest('caller', undefined)
  app.decorateRequest('login', undefined)
  app.addHook('onRequest', async (request) => {
    const { token, login } = callers.check(request)
    request.caller = token
    request.login = login
  })
}

function guardedOf({ method, headers }: FastifyRequest) {
  const { host, origin } = headers
  return {
    method,
    host,
    origin,
    fetchSite: text(headers['sec-fetch-site']),
    fetchMode: text(headers['sec-fetch-mode']),
    fetchDest: text(headers['sec-fetch-dest']),
  }
}

/** One that is there twice is one that nobody knows. */
function text(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join() : header
}

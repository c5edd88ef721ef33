import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../core/clock.js'
import { Rates } from '../core/rates.js'
import { sourceOf } from '../transport/address.js'
import type { Callers } from './callers.js'
import { refusalOf, SAFE_METHODS } from './guard.js'
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
export class Admission {
  readonly #parts: AdmissionParts
  readonly #requests: Rates

  constructor(parts: AdmissionParts) {
    this.#parts = parts
    this.#requests = new Rates(parts.clock, parts.requestsPerSecond)
  }

  guard(app: AdminApp): void {
    const { callers } = this.#parts
    app.decorateRequest('caller', undefined)
    app.decorateRequest('login', undefined)
    app.addHook('onRequest', async (request, reply) => {
      const refusal = this.refusalOf(request, reply, request.routeOptions.config.limitedBy === undefined)
      if (refusal !== undefined) throw refusal
    })
    app.addHook('onRequest', async (request) => {
      const { token, login } = callers.check(request)
      request.caller = token
      request.login = login
    })
    // The body may have been long in coming, and the token be none by now.
    app.addHook('preHandler', async (request) => {
      if (!SAFE_METHODS.has(request.method)) callers.check(request)
    })
  }

  /** What it may be refused for whatever its address is, also one that belongs to no route. */
  refusalOf(request: FastifyRequest, reply: FastifyReply, isCounted: boolean): Problem | undefined {
    const { place } = this.#parts
    reply.headers(secureHeaders(place, request.headers.host))
    const refusal = refusalOf(guardedOf(request), place)
    if (refusal !== undefined || !isCounted || this.#requests.take(sourceOf(request.socket.remoteAddress)))
      return refusal
    return new Problem('too_many_requests', 'too many requests from this address (admin.limits.requestsPerSecond)', {
      limit: 'admin.limits.requestsPerSecond',
    })
  }
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

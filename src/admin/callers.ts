import type { FastifyRequest } from 'fastify'
import { type Access, demand, type Token } from './access.js'
import type { Attempts } from './attempts.js'
import { loginsIn } from './cookie.js'
import { hasOwnOrigin, SAFE_METHODS } from './guard.js'
import type { Login, Logins } from './logins.js'
import type { Place } from './place.js'
import { Problem } from './problem.js'

export interface Caller {
  /** What it showed, if there was need of it. */
  readonly token?: Token
  /** Where it did so by a cookie. */
  readonly login?: Login
}

export interface CallersParts {
  readonly place: Place
  readonly access: Access
  readonly logins: Logins
  readonly attempts: Attempts
}

/** Who calls, by a token or by the cookie of a login, and whether it may. */
export class Callers {
  readonly #parts: CallersParts

  constructor(parts: CallersParts) {
    this.#parts = parts
  }

  /** @throws Problem `unauthorized`, `forbidden`, `origin_refused` or `too_many_logins` */
  check(request: FastifyRequest): Caller {
    const { place, access } = this.#parts
    const { need = 'nothing', alwaysToken = false } = request.routeOptions.config
    if (need === 'nothing') return {}
    const { authorization } = request.headers
    const isOpen = need === 'read' && place.reach !== 'network' && !alwaysToken
    if (authorization !== undefined) {
      this.#refuseGuess(request, authorization)
      const token = access.check(need, authorization)
      return token === undefined ? {} : { token }
    }
    const login = this.loginOf(request)
    if (login === undefined) {
      if (isOpen) return {}
      throw access.noToken()
    }
    this.refuseForgery(request)
    // A browser sends the cookie unasked, so it takes nothing away that is open without one.
    if (!isOpen) demand(login.token, need)
    return { token: login.token, login }
  }

  /** By what it shows, whatever the route needs, for the audit log: undefined if none of it is known. */
  known(request: FastifyRequest): Token | undefined {
    const { authorization } = request.headers
    return authorization === undefined ? this.loginOf(request)?.token : this.#parts.access.known(authorization)
  }

  /** The token of the Authorization header. @throws Problem `unauthorized` or `too_many_logins` */
  shown(request: FastifyRequest, authorization: string): Token {
    this.#refuseGuess(request, authorization)
    return this.#parts.access.shown(authorization)
  }

  /**
   * A page of another origin can make a browser send its cookie, and can't make it say that the request is ours.
   * @throws Problem `origin_refused`
   */
  refuseForgery({ method, headers }: FastifyRequest): void {
    if (SAFE_METHODS.has(method) || headers['sec-fetch-site'] === 'same-origin') return
    if (hasOwnOrigin(headers.origin, headers.host, this.#parts.place)) return
    throw new Problem(
      'origin_refused',
      'with a cookie, what changes something has to say that it comes from the page here',
    )
  }

  /** By the cookie, whatever the route needs. */
  loginOf({ headers }: FastifyRequest): Login | undefined {
    const { place, logins } = this.#parts
    return logins.find(loginsIn(headers.cookie, headers.host, place.tls))
  }

  /** Calls `changed` when `isStill` may answer otherwise, but for the time that passes. Returns how to stop. */
  watch(changed: () => void): () => void {
    return this.#parts.logins.watch(changed)
  }

  /** A token that is none takes an attempt, so that nobody finds one by trying. */
  #refuseGuess(request: FastifyRequest, authorization: string): void {
    const { access, attempts } = this.#parts
    if (access.known(authorization) === undefined) attempts.take(request)
  }

  /** Whether what was true at the beginning of a long answer is so still. */
  isStill({ token, login }: Caller): boolean {
    const { access, logins } = this.#parts
    if (login !== undefined && !logins.isOpen(login)) return false
    if (token === undefined) return true
    const now = access.current(token)
    return (
      now !== undefined && token.roles.size === now.roles.size && [...token.roles].every((role) => now.roles.has(role))
    )
  }
}

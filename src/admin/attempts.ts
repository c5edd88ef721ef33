import type { FastifyRequest } from 'fastify'
import type { Clock } from '../core/clock.js'
import { Rates } from '../core/rates.js'
import { sourceOf } from '../transport/address.js'
import { Problem } from './problem.js'

const MINUTE_s = 60

/** How often one address may try whether something is a token: every login, and every wrong token in a header. */
export class Attempts {
  readonly #perMinute: number
  readonly #rates: Rates

  constructor(clock: Pick<Clock, 'now'>, perMinute: number) {
    this.#perMinute = perMinute
    this.#rates = new Rates(clock, perMinute / MINUTE_s, perMinute)
  }

  /** @throws Problem `too_many_logins` */
  take({ socket }: Pick<FastifyRequest, 'socket'>): void {
    if (this.#rates.take(sourceOf(socket.remoteAddress))) return
    throw new Problem('too_many_logins', 'too many attempts from this address (admin.limits.loginsPerMinute)', {
      limit: 'admin.limits.loginsPerMinute',
      retryAfter_s: Math.ceil(MINUTE_s / this.#perMinute),
    })
  }
}

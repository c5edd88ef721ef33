import type { FastifyRequest } from 'fastify'
import type { Clock } from '../core/clock.js'
import type { Logger } from '../log.js'
import { Problem } from './problem.js'
import { time } from './session-json.js'

/** What somebody does to sessions through the admin listener. */
export type Action = 'close' | 'renew' | 'sign' | 'set-epoch'

/** A line of the audit log; docs/audit.md specifies it. */
export interface AuditLine {
  /** RFC 3339. */
  readonly at: string
  readonly action: Action
  /** The name of the caller's token; absent if it showed none that is known. */
  readonly by?: string
  readonly peer: string
  /** As the caller named it. */
  readonly session?: string
  /** `ok`, or the code of the problem. */
  readonly outcome: string
}

/** Where the lines go; undefined if nobody wants them. Throws if a line could not be written. */
export type AuditSink = ((line: AuditLine) => void) | undefined

/** Writes down who did what, and who was refused what. */
export class Audit {
  readonly #sink: AuditSink
  readonly #clock: Clock
  readonly #log: Logger

  constructor(sink: AuditSink, { clock, log }: { readonly clock: Clock; readonly log: Logger }) {
    this.#sink = sink
    this.#clock = clock
    this.#log = log
  }

  /** To be called when it is done and before the caller is told. @throws Problem `audit_failed` */
  done(request: FastifyRequest): void {
    try {
      this.#write(request, 'ok')
    } catch (cause) {
      throw new Problem('audit_failed', 'it was done, and could not be written to the audit log', { cause })
    }
  }

  /** What is refused is answered in any case. */
  refused(request: FastifyRequest, { code, cause }: Problem): void {
    try {
      if (code === 'audit_failed') this.#log.error({ err: cause }, 'the audit log fails')
      else this.#write(request, code)
    } catch (err) {
      this.#log.error({ err }, 'the audit log fails')
    }
  }

  #write({ routeOptions, caller, params, ip }: FastifyRequest, outcome: string): void {
    const { action } = routeOptions.config
    if (this.#sink === undefined || action === undefined) return
    const session = nameIn(params)
    this.#sink({
      at: time(this.#clock.wallTime()),
      action,
      ...(caller === undefined ? {} : { by: caller.name }),
      peer: ip,
      ...(session === undefined ? {} : { session }),
      outcome,
    })
  }
}

const NAME_MAX = 64

function nameIn(params: unknown): string | undefined {
  if (typeof params !== 'object' || params === null || !('id' in params) || typeof params.id !== 'string')
    return undefined
  return params.id.slice(0, NAME_MAX)
}

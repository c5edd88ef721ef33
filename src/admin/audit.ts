import type { FastifyRequest } from 'fastify'
import { AuditLog, type AuditParts, type AuditSink, type Deed } from './audit-log.js'
import type { Problem } from './problem.js'

/** The audit log as requests to the admin listener are written into it; those that do nothing to sessions are not. */
export class Audit {
  readonly #log: AuditLog

  constructor(sink: AuditSink, parts: AuditParts) {
    this.#log = new AuditLog(sink, parts)
  }

  /** To be called when it is done and before the caller is told. @throws Problem `audit_failed` */
  done(request: FastifyRequest): void {
    const deed = deedOf(request)
    if (deed !== undefined) this.#log.done(deed)
  }

  /** What is refused is answered in any case. */
  refused(request: FastifyRequest, problem: Problem): void {
    const deed = deedOf(request)
    if (deed !== undefined) this.#log.refused(deed, problem)
  }
}

function deedOf({ routeOptions, caller, params, socket }: FastifyRequest): Deed | undefined {
  const { action } = routeOptions.config
  if (action === undefined) return undefined
  const session = nameIn(params)
  return {
    action,
    ...(caller === undefined ? {} : { by: caller.name }),
    peer: socket.remoteAddress ?? 'unix',
    ...(session === undefined ? {} : { session }),
  }
}

const NAME_MAX = 64

function nameIn(params: unknown): string | undefined {
  if (typeof params !== 'object' || params === null || !('id' in params) || typeof params.id !== 'string')
    return undefined
  return params.id.slice(0, NAME_MAX)
}

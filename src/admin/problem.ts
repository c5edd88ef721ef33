import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply } from 'fastify'
import Type from 'typebox'
import { type ErrorCode, SessionError } from '../core/errors.js'

/** What the admin API answers when it cannot do what it is asked, and with which HTTP status; `docs/errors.md` lists them. */
export const PROBLEM_STATUS = {
  invalid_parameter: 400,
  invalid_body: 400,
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  host_refused: 403,
  origin_refused: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  epoch_not_manual: 409,
  not_renewable: 409,
  closed: 409,
  expired: 409,
  no_key: 409,
  body_too_large: 413,
  uri_too_long: 414,
  unsupported_media_type: 415,
  too_many_signatures: 429,
  too_many_requests: 429,
  too_many_logins: 429,
  headers_too_large: 431,
  internal: 500,
  not_ready: 503,
  too_many_readers: 503,
  decoder_busy: 503,
  lists_busy: 503,
  audit_failed: 503,
  store_unavailable: 503,
} as const

export type ProblemCode = keyof typeof PROBLEM_STATUS

export const PROBLEM_TYPE = 'application/problem+json'

/** RFC 9457; `type` is absent, which means about:blank: the `code` is what programs look at. */
export const ProblemSchema = Type.Object({
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  detail: Type.String(),
  reasons: Type.Optional(Type.Array(Type.String())),
})
export type ProblemJson = Type.Static<typeof ProblemSchema>

export interface ProblemOptions {
  readonly reasons?: readonly string[]
  readonly cause?: unknown
  readonly limit?: string
  readonly retryAfter_s?: number
}

const TOO_MANY = 429

/** A failure that the caller may read. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly reasons: readonly string[] | undefined
  /** The configuration name of the limit that was hit. */
  readonly limit: string | undefined
  readonly #retryAfter_s: number | undefined

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.reasons = options.reasons
    this.limit = options.limit
    this.#retryAfter_s = options.retryAfter_s
  }

  /** When it is worth while to ask again; undefined if nobody knows. */
  get retryAfter_s(): number | undefined {
    return this.#retryAfter_s ?? (this.status === TOO_MANY ? 1 : undefined)
  }

  get status(): number {
    return PROBLEM_STATUS[this.code]
  }

  /** Turns anything thrown into a problem. What has no answer of its own becomes `internal`, its text only in `cause`. */
  static from(thrown: unknown): Problem {
    if (thrown instanceof Problem) return thrown
    if (thrown instanceof SessionError) return ofSessionError(thrown)
    if (isFrameworkError(thrown)) return ofFramework(thrown)
    return new Problem('internal', 'internal error', { cause: thrown })
  }
}

export function problemJson(problem: Problem): ProblemJson {
  const { status, code, message, reasons } = problem
  const title = STATUS_CODES[status] ?? 'Error'
  return { title, status, code, detail: message, ...(reasons === undefined ? {} : { reasons: [...reasons] }) }
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const { code, retryAfter_s } = problem
  // Also who has a token, but not the right one, may try another.
  if (code === 'unauthorized' || code === 'forbidden') reply.header('www-authenticate', 'Bearer')
  if (retryAfter_s !== undefined) reply.header('retry-after', String(retryAfter_s))
  return reply
    .code(problem.status)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problemJson(problem)))
}

const OF_SESSION_ERRORS: Partial<Record<ErrorCode, ProblemCode>> = {
  invalid: 'invalid_parameter',
  not_found: 'not_found',
  closed: 'closed',
  expired: 'expired',
  store_unavailable: 'store_unavailable',
}

function ofSessionError(error: SessionError): Problem {
  const code = OF_SESSION_ERRORS[error.code]
  if (code === undefined) return new Problem('internal', 'internal error', { cause: error })
  return new Problem(code, error.message, { cause: error.cause })
}

function isFrameworkError(thrown: unknown): thrown is FastifyError {
  return thrown instanceof Error && 'code' in thrown && String(thrown.code).startsWith('FST_ERR_')
}

/** Fastify's own refusals of a request, in our words. */
function ofFramework(error: FastifyError): Problem {
  if (error.validation !== undefined) return ofValidation(error)
  switch (error.statusCode) {
    case 400:
      return error.code.startsWith('FST_ERR_CTP_')
        ? new Problem('invalid_body', 'the body is not valid JSON')
        : new Problem('bad_request', 'the address is not valid')
    case 413:
      return new Problem('body_too_large', 'the body is longer than this listener takes', {
        limit: 'admin.limits.bodySize',
      })
    case 414:
      return new Problem('uri_too_long', 'a part of the address is longer than this listener takes')
    case 415:
      return new Problem('unsupported_media_type', 'a body has to be application/json')
    default:
      return new Problem('internal', 'internal error', { cause: error })
  }
}

const PLACES: Readonly<Record<string, string>> = {
  querystring: 'query parameter',
  params: 'path parameter',
  body: 'body',
}

function ofValidation(error: FastifyError): Problem {
  const context = error.validationContext ?? 'body'
  const place = PLACES[context] ?? context
  const [first] = error.validation ?? []
  const field = (first?.instancePath ?? '').split('/').filter(Boolean).join('.')
  const unknown = first?.params['additionalProperty']
  const text =
    unknown === undefined
      ? `${[place, field].filter(Boolean).join(' ')} ${first?.message ?? 'is not valid'}`
      : `${place} ${JSON.stringify(unknown)} is not known here`
  return new Problem(context === 'body' ? 'invalid_body' : 'invalid_parameter', text)
}

import type { Problem, ProblemCode } from '../admin/problem.js'
import { CallError, GrpcCode } from '../transport/transport.js'

/** What backends get for each problem; docs/backends.md lists them. What is not here can't happen, and is INTERNAL. */
export const GRPC_CODES: Partial<Record<ProblemCode, keyof typeof GrpcCode>> = {
  unauthorized: 'UNAUTHENTICATED',
  forbidden: 'PERMISSION_DENIED',
  invalid_body: 'INVALID_ARGUMENT',
  invalid_parameter: 'INVALID_ARGUMENT',
  not_found: 'NOT_FOUND',
  expired: 'FAILED_PRECONDITION',
  closed: 'FAILED_PRECONDITION',
  no_key: 'FAILED_PRECONDITION',
  too_many_signatures: 'RESOURCE_EXHAUSTED',
  audit_failed: 'UNAVAILABLE',
  store_unavailable: 'UNAVAILABLE',
  internal: 'INTERNAL',
}

export function callErrorOf(problem: Problem): CallError {
  return new CallError(GrpcCode[GRPC_CODES[problem.code] ?? 'INTERNAL'], problem.message, { cause: problem })
}

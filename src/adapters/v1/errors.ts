import type { ErrorCode, SessionError } from '../../core/errors.js'
import { CallError, GrpcCode } from '../../transport/transport.js'
import type { UnaryDialect } from './codec.js'
import { RULES } from './policy.js'

/** C's server answered two things: its lifetime error, and what gRPC itself says; the rest is decided here (docs/errors.md). */
const GRPC_CODES: Readonly<Record<ErrorCode, GrpcCode>> = {
  malformed: GrpcCode.INTERNAL,
  invalid: GrpcCode.INVALID_ARGUMENT,
  out_of_order: GrpcCode.INVALID_ARGUMENT,
  unauthenticated: GrpcCode.UNAUTHENTICATED,
  permission_denied: GrpcCode.PERMISSION_DENIED,
  lifetime_over: GrpcCode.INVALID_ARGUMENT,
  not_found: GrpcCode.NOT_FOUND,
  expired: GrpcCode.NOT_FOUND,
  closed: GrpcCode.NOT_FOUND,
  limit: GrpcCode.RESOURCE_EXHAUSTED,
  handshake_timeout: GrpcCode.DEADLINE_EXCEEDED,
  draining: GrpcCode.UNAVAILABLE,
  store_unavailable: GrpcCode.UNAVAILABLE,
  internal: GrpcCode.INTERNAL,
}

export function failure(dialect: UnaryDialect, error: SessionError): CallError {
  const asGenuineC = error.code === 'lifetime_over' && RULES[dialect].lifetimeOver === 'unknown'
  return new CallError(asGenuineC ? GrpcCode.UNKNOWN : GRPC_CODES[error.code], error.message, { cause: error })
}

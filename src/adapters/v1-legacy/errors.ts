import type { ErrorCode, SessionError } from '../../core/errors.js'
import { CallError, GrpcCode } from '../../transport/transport.js'

/**
 * From the core's codes to gRPC codes. The genuine server's are unknown (neofs-v1 §10), except that bytes which do not
 * decode were INTERNAL (§2). There is no other way to tell: the responses of these dialects have no room for an error.
 */
const GRPC_CODES: Readonly<Record<ErrorCode, GrpcCode>> = {
  malformed: GrpcCode.INTERNAL,
  invalid: GrpcCode.INVALID_ARGUMENT,
  out_of_order: GrpcCode.INVALID_ARGUMENT,
  lifetime_over: GrpcCode.INVALID_ARGUMENT,
  unauthenticated: GrpcCode.UNAUTHENTICATED,
  permission_denied: GrpcCode.PERMISSION_DENIED,
  handshake_timeout: GrpcCode.DEADLINE_EXCEEDED,
  limit: GrpcCode.RESOURCE_EXHAUSTED,
  draining: GrpcCode.UNAVAILABLE,
  store_unavailable: GrpcCode.UNAVAILABLE,
  // Opening a session asks for none that exists; should the core say so all the same, these are gRPC's own words for it.
  not_found: GrpcCode.NOT_FOUND,
  expired: GrpcCode.FAILED_PRECONDITION,
  closed: GrpcCode.FAILED_PRECONDITION,
  internal: GrpcCode.INTERNAL,
}

export function failure(error: SessionError): CallError {
  const text = error.code === 'internal' ? 'internal error' : error.message
  return new CallError(GRPC_CODES[error.code], text, { cause: error })
}

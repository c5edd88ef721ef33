import type { ErrorCode, SessionError } from '../../core/errors.js'
import { CallError, GrpcCode } from '../../transport/transport.js'
import type { Gate } from './policy.js'

/** NeoFS status codes: 1024 × section + number (neofs-v2 §2.7). */
const Status = {
  INTERNAL: 1024,
  SIGNATURE_VERIFICATION_FAIL: 1026,
  BUSY: 1029,
  ACCESS_DENIED: 2048,
  TOKEN_NOT_FOUND: 4096,
  TOKEN_EXPIRED: 4097,
} as const

/** What the genuine node answers where it has an answer (neofs-v2 §3.6); a newer code does no harm to an older client. */
const STATUS_CODES: Readonly<Record<ErrorCode, number>> = {
  malformed: Status.INTERNAL,
  invalid: Status.INTERNAL,
  out_of_order: Status.INTERNAL,
  unauthenticated: Status.SIGNATURE_VERIFICATION_FAIL,
  permission_denied: Status.ACCESS_DENIED,
  lifetime_over: Status.INTERNAL,
  not_found: Status.TOKEN_NOT_FOUND,
  expired: Status.TOKEN_EXPIRED,
  closed: Status.TOKEN_NOT_FOUND,
  limit: Status.BUSY,
  handshake_timeout: Status.INTERNAL,
  draining: Status.INTERNAL,
  store_unavailable: Status.INTERNAL,
  internal: Status.INTERNAL,
}

/** gRPC errors for every version: the bytes were no request, or another try later may well succeed. */
const GRPC_CODES: Partial<Record<ErrorCode, GrpcCode>> = {
  malformed: GrpcCode.INTERNAL,
  draining: GrpcCode.UNAVAILABLE,
  store_unavailable: GrpcCode.UNAVAILABLE,
}

export interface FailureStatus {
  readonly code: number
  readonly message: string
}

/** The status for the response's meta header; throws the CallError for clients that understand none (before 2.11). */
export function failureStatus(gate: Gate, error: SessionError): FailureStatus {
  const grpcCode = GRPC_CODES[error.code] ?? (gate.errors === 'grpc' ? GrpcCode.UNKNOWN : undefined)
  if (grpcCode !== undefined) throw new CallError(grpcCode, error.message, { cause: error })
  return { code: STATUS_CODES[error.code], message: error.message }
}

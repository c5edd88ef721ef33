import type { ErrorCode, SessionError } from '../../core/errors.js'
import { ResponseStatus } from '../../generated/atomix/headers.js'
import { CallError, GrpcCode } from '../../transport/transport.js'
import type { MessageType } from '../../wire/index.js'
import { UNREADABLE } from '../decode-request.js'
import type { SessionResponse } from './codec.js'
import { TIMEOUT_FIELD, text, write } from './codec.js'
import type { Profile } from './policy.js'

/**
 * From the core's codes to what Atomix clients get. A gRPC error makes every genuine client repeat the call about once a
 * second for ever, so only what passes by itself is one; the rest is OK with status ERROR, a message and no index, which
 * all versions take as final (atomix §4.2, §4.3).
 */
const GRPC_CODES: Partial<Record<ErrorCode, GrpcCode>> = {
  malformed: GrpcCode.INTERNAL,
  draining: GrpcCode.UNAVAILABLE,
  store_unavailable: GrpcCode.UNAVAILABLE,
}

const UNKNOWN_SESSION: ReadonlySet<ErrorCode> = new Set(['not_found', 'expired', 'closed'])

/** `asked` is the session id of the request. */
export function failure(
  profile: Profile,
  type: MessageType<SessionResponse>,
  error: SessionError,
  asked: bigint,
): Uint8Array {
  const message = messageOf(profile, error, asked)
  const code = GRPC_CODES[error.code] ?? faithfulCode(profile, error)
  if (code !== undefined) throw new CallError(code, message, { cause: error })
  return write(type, { status: ResponseStatus.ERROR, message: text(message) })
}

/** Where the genuine server answered with a gRPC code. What made it crash has no code to copy. */
function faithfulCode(profile: Profile, error: SessionError): GrpcCode | undefined {
  if (UNKNOWN_SESSION.has(error.code)) return profile.unknownSession
  return isBadTimeout(error) ? profile.badTimeout : undefined
}

/** The genuine servers tell neither expired from closed nor either from never opened (§3.5). */
function messageOf(profile: Profile, error: SessionError, asked: bigint): string {
  if (UNKNOWN_SESSION.has(error.code)) return `unknown session ${asked}`
  // To the genuine servers such a request is one that they can't decode (§3.4).
  return isBadTimeout(error) && profile.badTimeout !== undefined ? `${UNREADABLE}${error.message}` : error.message
}

function isBadTimeout({ code, details }: SessionError): boolean {
  return code === 'invalid' && details['field'] === TIMEOUT_FIELD
}

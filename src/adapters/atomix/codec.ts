import { SessionError } from '../../core/errors.js'
import { type RequestHeader, ResponseHeader } from '../../generated/atomix/headers.js'
import {
  CloseSessionRequest,
  CloseSessionResponse,
  KeepAliveRequest,
  KeepAliveResponse,
  OpenSessionRequest,
  OpenSessionResponse,
} from '../../generated/atomix/session.js'
import { Duration } from '../../generated/google/protobuf/duration.js'
import { Cursor, decode, encode, type MessageType, WireError, type WireMessage, WireType } from '../../wire/index.js'

/**
 * `atomix.session.SessionService` of api v0.1.0 to v0.3.3: one decoder serves all of it (atomix §2.6). Bytes in, typed
 * requests out, and the other way round for answers.
 */

const NANOSECONDS_PER_SECOND = 1_000_000_000n
const MAX_INT64 = 2n ** 63n - 1n
const MIN_INT64 = -(2n ** 63n)

/** Where errors about a timeout say they are. */
export const TIMEOUT_FIELD = 'timeout'

const TIMEOUT_TAG = (2 << 3) | WireType.LENGTH

/** A request that opens, renews or closes a session; the header tells which one. */
export interface SessionRequest extends WireMessage {
  header: RequestHeader | undefined
}

export interface SessionResponse extends WireMessage {
  header: ResponseHeader | undefined
}

export const requests = { open: OpenSessionRequest, keepAlive: KeepAliveRequest, close: CloseSessionRequest }
export const responses = { open: OpenSessionResponse, keepAlive: KeepAliveResponse, close: CloseSessionResponse }

/** The answer always carries its header: a Go client crashes without it (atomix §0, point 4). */
export function write(
  type: MessageType<SessionResponse>,
  header: Partial<Pick<ResponseHeader, 'sessionId' | 'index' | 'status' | 'message'>>,
): Uint8Array {
  return encode(type, type.create({ header: ResponseHeader.create(header) }))
}

/** A text in the form in which the generation keeps strings. */
export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

/**
 * What an open asks for in nanoseconds, undefined if it asks for none. The genuine decoder reads a Duration by itself wherever
 * the field comes: each has to be valid, and of several the last one counts, nothing merged. Raises `invalid`.
 */
export function timeoutOf(request: OpenSessionRequest): bigint | undefined {
  const { timeout, $raw } = request
  if (timeout === undefined || $raw === undefined) return timeout && nanosecondsOf(timeout)
  let last: bigint | undefined
  // All of it was read before: nothing can be wrong, and no level is one too many.
  const cursor = new Cursor($raw, Number.POSITIVE_INFINITY)
  while (cursor.offset < cursor.end) {
    const tag = cursor.tag()
    if (tag === TIMEOUT_TAG) last = nanosecondsOf(read(Duration, cursor.slice()))
    else cursor.skip(tag)
  }
  return last
}

function read<T extends WireMessage>(type: MessageType<T>, bytes: Uint8Array): T {
  const message = decode(type, bytes)
  if (message instanceof WireError) throw message
  return message
}

/** In the bounds of Go's time.Duration; out of them the request is invalid (atomix §3.4). */
function nanosecondsOf({ seconds, nanos }: Duration): bigint {
  const total_ns = seconds * NANOSECONDS_PER_SECOND + BigInt(nanos)
  const signsDiffer = (seconds > 0n && nanos < 0) || (seconds < 0n && nanos > 0)
  if (Math.abs(nanos) > 999_999_999 || signsDiffer || total_ns > MAX_INT64 || total_ns < MIN_INT64) {
    throw new SessionError(
      'invalid',
      `field timeout: ${seconds} s and ${nanos} ns is no duration that fits 64-bit nanoseconds`,
      { details: { field: TIMEOUT_FIELD } },
    )
  }
  return total_ns
}

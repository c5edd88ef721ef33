import { SessionError } from '../core/errors.js'
import { decode, type MessageType, WireError, type WireMessage } from '../wire/index.js'

/** How grpc-go began its message for a request that it could not read (neofs-v1 §2): what users of those servers search for. */
export const UNREADABLE = 'grpc: error unmarshalling request: '

/** The same for a stream. */
const PREFIX = {
  unary: UNREADABLE,
  stream: 'grpc: failed to unmarshal the received message ',
} as const

/** Reads a request strictly. Raises `malformed` with the field and the byte; every generation answers that with INTERNAL. */
export function decodeRequest<T extends WireMessage>(
  type: MessageType<T>,
  bytes: Uint8Array,
  nesting: number,
  call: keyof typeof PREFIX = 'unary',
): T {
  const message = decode(type, bytes, { nesting })
  if (!(message instanceof WireError)) return message
  throw unreadable(message, call)
}

/** `malformed`, in the words of the genuine servers and with the field and the byte. */
export function unreadable(error: WireError, call: keyof typeof PREFIX): SessionError {
  return new SessionError('malformed', `${PREFIX[call]}${error.message}`, { cause: error })
}

import type { Clock } from '../core/clock.js'
import type { Logger } from '../log.js'
import { CallError, GrpcCode, type MessageSink, type Method, type StreamCall } from '../transport/transport.js'
import type { Adapter, Generation } from './adapter.js'
import { detect } from './detect.js'
import type { LimitObserver } from './limits.js'

export const SHARED_PATH = '/session.Session/Create'

/** Of the configuration. */
export const HANDSHAKE_TIMEOUT = 'adapters.v1Legacy.handshakeTimeout'

export interface SharedPathOptions {
  readonly log: Logger
  readonly clock: Clock
  readonly observer: LimitObserver
  /** How long a call may stay without its first message; the rest of a handshake is its adapter's matter. */
  readonly handshakeTimeout_ms: number
}

/**
 * The method that nine dialects share: a stream of raw messages, since on the wire a unary call is a stream with one
 * message. The first message picks the adapter, which takes over the call.
 */
export function sharedPathMethod(adapters: readonly Adapter[], options: SharedPathOptions): Method {
  const { log, clock, observer, handshakeTimeout_ms } = options
  const handlers = new Map(
    adapters.flatMap(({ name, sharedPath }) => (sharedPath === undefined ? [] : [[name, sharedPath] as const])),
  )

  const open = (call: StreamCall, first: Uint8Array): MessageSink | CallError => {
    const detection = detect(first)
    log.debug(
      { path: SHARED_PATH, peer: call.peer.address, dialect: detection.dialect, reason: detection.reason },
      'dialect',
    )
    if (detection.dialect === undefined) {
      const code = detection.fault === 'malformed' ? GrpcCode.INTERNAL : GrpcCode.INVALID_ARGUMENT
      return new CallError(code, `session request: ${detection.reason}`)
    }
    const handler = handlers.get(detection.generation)
    return handler === undefined ? notServed(detection.generation) : handler(call, first, detection)
  }

  return {
    path: SHARED_PATH,
    kind: 'stream',
    handler(call) {
      let sink: MessageSink | undefined
      const refuse = (error: CallError) => {
        silence.cancel()
        sink = IGNORE
        call.fail(error)
      }
      const silence = clock.schedule(handshakeTimeout_ms, () => {
        observer.limit(HANDSHAKE_TIMEOUT)
        refuse(
          new CallError(GrpcCode.DEADLINE_EXCEEDED, `session request: no message within ${handshakeTimeout_ms} ms`),
        )
      })
      return {
        message(bytes) {
          if (sink !== undefined) {
            sink.message(bytes)
            return
          }
          silence.cancel()
          const opened = open(call, bytes)
          if (opened instanceof CallError) refuse(opened)
          else sink = opened
        },
        halfClosed() {
          if (sink !== undefined) sink.halfClosed()
          else refuse(new CallError(GrpcCode.INVALID_ARGUMENT, 'session request: the call carried no message'))
        },
        gone() {
          silence.cancel()
          sink?.gone()
        },
      }
    },
  }
}

/** What still arrives after the call was refused. */
const IGNORE: MessageSink = { message() {}, halfClosed() {}, gone() {} }

function notServed(generation: Generation): CallError {
  return new CallError(GrpcCode.UNIMPLEMENTED, `generation ${generation} is not served here`)
}

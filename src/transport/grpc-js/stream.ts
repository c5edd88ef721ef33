import type { ServerHttp2Stream } from 'node:http2'
import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js'
import type { CallError, MessageSink, StreamCall, StreamHandler, TransportOptions } from '../transport.js'
import { asBuffer, GrpcJsCall, statusOf } from './calls.js'

type Duplex = ServerDuplexStream<Buffer, Buffer>

/**
 * A stream handler as grpc-js calls it, before the first message.
 * @param opening gives the HTTP/2 stream under the call, while the handler is called.
 */
export function stream(
  path: string,
  handler: StreamHandler,
  opening: () => ServerHttp2Stream | undefined,
  onFault: TransportOptions['onFault'],
): handleBidiStreamingCall<Buffer, Buffer> {
  return (duplex) => {
    const http2 = opening()
    const call = new GrpcJsStreamCall(path, duplex, http2?.session)
    let sink: MessageSink
    try {
      sink = handler(call)
    } catch (thrown) {
      call.abort(statusOf(thrown, path, onFault))
      return
    }
    const guarded = (step: () => void): void => {
      if (call.over) return
      try {
        step()
      } catch (thrown) {
        call.abort(statusOf(thrown, path, onFault))
      }
    }
    duplex.on('data', (message: Buffer) => guarded(() => sink.message(message)))
    const left = (): void =>
      guarded(() => {
        call.over = true
        call.leave()
        sink.gone()
      })
    duplex.on('end', () => {
      // A reset and a lost connection also end what can be read.
      if (http2?.aborted !== true) guarded(() => sink.halfClosed())
    })
    duplex.on('drain', () => duplex.resume())
    duplex.on('cancelled', left)
    // A stream that is reset without an error before anything was written to it never closes in Node 20, not even with its
    // connection, and so is never cancelled.
    http2?.once('aborted', left)
  }
}

class GrpcJsStreamCall extends GrpcJsCall implements StreamCall {
  /** The handler ended the call, or the client did: nothing goes either way any more. */
  over = false
  readonly connection: object
  readonly #duplex: Duplex

  /** A call whose connection has gone already shares it with no other. */
  constructor(path: string, duplex: Duplex, connection: object = duplex) {
    super(path, duplex)
    this.connection = connection
    this.#duplex = duplex
  }

  send(message: Uint8Array): void {
    if (this.over) return
    // A client that asks without reading the answers is not read from until it does: what it can pile up here is one
    // buffer of answers, and flow control stops it from sending more.
    if (!this.#duplex.write(asBuffer(message))) this.#duplex.pause()
  }

  end(): void {
    if (this.over) return
    this.over = true
    this.#duplex.end()
  }

  fail(error: CallError): void {
    this.abort(statusOf(error, this.path, () => {}))
  }

  /** Ends the call with a status, after what was sent before. */
  abort(status: { code: number; details: string }): void {
    if (this.over) return
    this.over = true
    // The way grpc-js offers to end a stream with a status; it does not destroy the stream.
    this.#duplex.emit('error', status)
  }
}

import type { handleUnaryCall, sendUnaryData } from '@grpc/grpc-js'
import type { TransportOptions, UnaryHandler } from '../transport.js'
import { asBuffer, GrpcJsCall, statusOf } from './calls.js'

/** A unary handler as grpc-js calls it, once the one request is complete. A value at hand is answered without a promise. */
export function unary(
  path: string,
  handler: UnaryHandler,
  onFault: TransportOptions['onFault'],
): handleUnaryCall<Buffer, Buffer> {
  return (call, reply) => {
    try {
      const answer = handler(call.request, new GrpcJsCall(path, call))
      if (answer instanceof Uint8Array) reply(null, asBuffer(answer))
      else void replyLater(answer, reply, path, onFault)
    } catch (thrown) {
      reply(statusOf(thrown, path, onFault))
    }
  }
}

async function replyLater(
  answer: Promise<Uint8Array>,
  reply: sendUnaryData<Buffer>,
  path: string,
  onFault: TransportOptions['onFault'],
): Promise<void> {
  try {
    reply(null, asBuffer(await answer))
  } catch (thrown) {
    reply(statusOf(thrown, path, onFault))
  }
}

import { GrpcClient } from '../support/grpc-client.js'
import { Flag, FrameType, frame, grpcHeaders, grpcMessage, headerBlock, RawH2 } from './raw-h2.js'

/** A connection on which unary calls are made. */
export interface Caller {
  call(path: string, request: Uint8Array): Promise<Called>
  close(): void
}

export interface Called {
  /** Absent if the call failed. */
  readonly response?: Uint8Array
  /** gRPC status of a failure; -1 where the caller does not read it. */
  readonly code: number
  readonly message: string
}

export type Connect = (address: string) => Promise<Caller>

const PATIENCE_MS = 60_000
const FAILED: Called = { code: -1, message: 'the call failed' }

/** A client that spends next to nothing on a call, so that the gateway is what is busy. It reads no status. */
export async function connectLean(address: string): Promise<Caller> {
  const connection = await RawH2.connect(address)
  const blocks = new Map<string, Buffer>()
  return {
    async call(path, request) {
      let block = blocks.get(path)
      if (block === undefined) {
        block = headerBlock(grpcHeaders(path))
        blocks.set(path, block)
      }
      const stream = connection.reserve()
      const head = frame(FrameType.HEADERS, Flag.END_HEADERS, stream, block)
      const sent = connection.isOpen
      connection.write(Buffer.concat([head, frame(FrameType.DATA, Flag.END_STREAM, stream, grpcMessage(request))]))
      const [response] = sent ? await connection.received(stream, 1) : []
      connection.forget(stream)
      return response === undefined ? FAILED : { response, code: 0, message: '' }
    },
    close: () => void connection.socket.destroy(),
  }
}

/** A client that tells every status. */
export async function connectGrpc(address: string): Promise<Caller> {
  const grpc = new GrpcClient(address)
  return {
    call: (path, request) => grpc.unary(path, request, { timeout_ms: PATIENCE_MS }),
    close: () => grpc.close(),
  }
}

import { KeepAliveRequest } from '../../src/generated/atomix/session.js'
import { decode, WireError } from '../../src/wire/index.js'
import type { GatewayUnderTest } from './gateway-under-test.js'
import { bytesOf } from './vectors.js'

export interface AtomixReply {
  /** gRPC status by number; -1 if there was none. */
  readonly code: number
  /** `grpc-message` of an error; '' for OK, with which some servers say something too. */
  readonly message: string
  readonly response: Uint8Array | undefined
}

/** One unary call on the gateway's connection. */
export async function callAtomix(gateway: GatewayUnderTest, path: string, hex: string): Promise<AtomixReply> {
  const client = await gateway.client()
  const { status, message, messages } = await client.open(path).message(bytesOf(hex)).halfClose().reply
  return { code: status ?? -1, message: status === 0 ? '' : message, response: messages[0] }
}

/** The partition that a command names: the header is field 1 of every request on a session or a primitive. */
export function partitionOf(hex: string): number {
  const request = decode(KeepAliveRequest, bytesOf(hex))
  if (request instanceof WireError) throw request
  return request.header?.partition ?? 0
}

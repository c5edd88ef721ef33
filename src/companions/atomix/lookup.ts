import { decodeRequest } from '../../adapters/decode-request.js'
import { answer } from '../../adapters/operation.js'
import { type Call, CallError, GrpcCode, type Method } from '../../transport/transport.js'
import { encode, type MessageType, type WireMessage } from '../../wire/index.js'
import type { HostPort } from '../address.js'
import { CompanionCall, type CompanionContext, pathOf } from '../companion.js'
import type { Databases } from './databases.js'

/** What both generations of the control services tell of. */
export interface Layout {
  readonly databases: Databases
  /** Partitions 1…N of every database. */
  readonly partitions: number
  /** Where the caller is told that all of them are served. */
  readonly addressFor: (call: Call) => HostPort
}

/** Where a partition is served; clients take the first endpoint without looking whether there is one (atomix §4.5). */
export interface PartitionPlace {
  readonly partition: number
  readonly host: Uint8Array
  readonly port: number
}

/** Every partition, in ascending order: clients open their sessions in the order of the answer. */
export function placesFor({ partitions, addressFor }: Layout, call: Call): PartitionPlace[] {
  const { host, port } = addressFor(call)
  const place = { host: new TextEncoder().encode(host), port }
  return Array.from({ length: partitions }, (_, index) => ({ partition: index + 1, ...place }))
}

/** Makes a method that looks something up; nothing can fail but the reading. */
export type LookupFactory = <In extends WireMessage, Out extends WireMessage>(
  service: string,
  name: string,
  request: MessageType<In>,
  response: MessageType<Out>,
  look: (request: In, call: Call) => Out,
) => Method

export function lookups(context: CompanionContext, nesting: number): LookupFactory {
  return (service, name, request, response, look) => ({
    path: pathOf(service, name),
    kind: 'unary',
    handler: (bytes, call) =>
      answer(
        new CompanionCall(context, service, name),
        () => look(decodeRequest(request, bytes, nesting), call),
        (message) => encode(response, message),
        (error) => {
          throw new CallError(GrpcCode.INTERNAL, error.message, { cause: error })
        },
      ),
  })
}

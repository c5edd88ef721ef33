import {
  type ReadRequest,
  type RequestType,
  type ResponseType,
  readSigned,
  type SignedCallOptions,
  SignedCalls,
} from '../../adapters/v2/index.js'
import type { Call, Method } from '../../transport/transport.js'
import type { WireMessage } from '../../wire/index.js'
import { CompanionCall, type CompanionContext, pathOf } from '../companion.js'

/** Makes a method of a service: checked and answered as Create is, with the body that `act` gives. */
export type SignedMethodFactory = <In extends WireMessage, Out extends WireMessage>(
  service: string,
  name: string,
  request: RequestType<In>,
  response: ResponseType<Out>,
  act: (request: ReadRequest<In>, call: Call) => Out,
) => Method

export function signedMethods(context: CompanionContext, options: SignedCallOptions): SignedMethodFactory {
  const calls = new SignedCalls(context, options)
  return (service, name, request, response, act) => ({
    path: pathOf(service, name),
    kind: 'unary',
    handler: (bytes, call) =>
      calls.answer({
        response,
        report: new CompanionCall(context, service, name),
        read: () => readSigned(request, bytes, options.nesting),
        act: (read) => act(read, call),
      }),
  })
}

import type { Generation } from '../adapters/adapter.js'
import * as v1 from '../generated/grpc/reflection_v1.js'
import * as v1alpha from '../generated/grpc/reflection_v1alpha.js'
import { CallError, GrpcCode, type MessageSink, type Method, type StreamCall } from '../transport/transport.js'
import { decode, encode, type MessageType, WireError } from '../wire/index.js'
import { Descriptors } from './descriptors.js'
import { OWN_SERVICES, SERVICES } from './services.js'

/** The two published versions of the protocol: other packages, the same messages. */
interface Version {
  readonly path: string
  readonly request: MessageType<v1.ServerReflectionRequest>
  readonly response: MessageType<v1.ServerReflectionResponse>
}

const VERSIONS: readonly Version[] = [
  {
    path: '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    request: v1.ServerReflectionRequest,
    response: v1.ServerReflectionResponse,
  },
  {
    path: '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
    request: v1alpha.ServerReflectionRequest,
    response: v1alpha.ServerReflectionResponse,
  },
]

type Answer = Partial<
  Pick<
    v1.ServerReflectionResponse,
    'fileDescriptorResponse' | 'allExtensionNumbersResponse' | 'listServicesResponse' | 'errorResponse'
  >
>

/** Server reflection, so that grpcurl and the like work without our .proto files. Shows the enabled generations only. */
export class Reflection {
  readonly methods: readonly Method[]
  readonly #descriptors: Descriptors
  readonly #calls = new Set<StreamCall>()

  /** `companions`: full names of the services beside those of the generations. */
  constructor(enabled: readonly Generation[], companions: readonly string[] = []) {
    const described = enabled.flatMap((name) => SERVICES[name].described)
    this.#descriptors = new Descriptors([...described, ...companions, ...OWN_SERVICES])
    this.methods = VERSIONS.map((version) => ({
      path: version.path,
      kind: 'stream',
      handler: (call) => this.#open(call, version),
    }))
  }

  /** Ends the calls under way: a client that asks nothing more must not hold up a shutdown. */
  close(): void {
    for (const call of this.#calls) call.end()
    this.#calls.clear()
  }

  /** Every question is answered at once, in order. */
  #open(call: StreamCall, { request, response }: Version): MessageSink {
    this.#calls.add(call)
    return {
      message: (bytes) => {
        if (!this.#calls.has(call)) return
        const question = decode(request, bytes)
        if (question instanceof WireError) {
          this.#calls.delete(call)
          call.fail(new CallError(GrpcCode.INTERNAL, `reflection request: ${question.message}`))
          return
        }
        const answer = { validHost: question.host, originalRequest: question, ...answerTo(question, this.#descriptors) }
        call.send(encode(response, response.create(answer)))
      },
      halfClosed: () => {
        if (this.#calls.delete(call)) call.end()
      },
      gone: () => {
        this.#calls.delete(call)
      },
    }
  }
}

function answerTo(question: v1.ServerReflectionRequest, descriptors: Descriptors): Answer {
  const { fileByFilename, fileContainingSymbol, fileContainingExtension, allExtensionNumbersOfType } = question
  if (question.listServices !== undefined) return services(descriptors)
  if (fileByFilename !== undefined) return file(descriptors.file(fileByFilename), 'file not found')
  if (fileContainingSymbol !== undefined) return file(descriptors.fileOf(fileContainingSymbol), 'symbol not found')
  if (fileContainingExtension !== undefined) return error(GrpcCode.NOT_FOUND, 'extension not found')
  if (allExtensionNumbersOfType !== undefined) {
    if (!descriptors.declares(allExtensionNumbersOfType)) return error(GrpcCode.NOT_FOUND, 'type not found')
    const numbers = v1.ExtensionNumberResponse.create({ baseTypeName: allExtensionNumbersOfType })
    return { allExtensionNumbersResponse: numbers }
  }
  return error(GrpcCode.INVALID_ARGUMENT, 'the request asks nothing')
}

/** Only the file itself: clients ask for what it imports by name. */
function file(bytes: Uint8Array | undefined, missing: string): Answer {
  if (bytes === undefined) return error(GrpcCode.NOT_FOUND, missing)
  return { fileDescriptorResponse: v1.FileDescriptorResponse.create({ fileDescriptorProto: [bytes] }) }
}

function services(descriptors: Descriptors): Answer {
  const service = descriptors.services.map((name) => v1.ServiceResponse.create({ name }))
  return { listServicesResponse: v1.ListServiceResponse.create({ service }) }
}

function error(errorCode: number, errorMessage: string): Answer {
  return { errorResponse: v1.ErrorResponse.create({ errorCode, errorMessage }) }
}

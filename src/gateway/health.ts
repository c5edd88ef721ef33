import type { Generation } from '../adapters/adapter.js'
import {
  HealthCheckRequest,
  HealthCheckResponse,
  HealthCheckResponseServingStatus as ServingStatus,
} from '../generated/grpc/health.js'
import { CallError, GrpcCode, type MessageSink, type Method, type StreamCall } from '../transport/transport.js'
import { decode, encode, WireError } from '../wire/index.js'
import { OWN_SERVICES, SERVICES } from './services.js'

/**
 * `grpc.health.v1.Health`: the gateway as a whole (service ''), each generation by its name, and each gRPC service by its
 * full name. What is turned off does not exist here.
 */
export class Health {
  readonly methods: readonly Method[]
  readonly #services: ReadonlySet<string>
  /** Every open watch, and whether its service exists: what does not exist never changes. */
  readonly #watchers = new Map<StreamCall, boolean>()
  #serving = false
  #closed = false

  /** `companions`: full names of the services beside those of the generations. */
  constructor(enabled: readonly Generation[], companions: readonly string[] = []) {
    this.#services = new Set([
      '',
      ...enabled,
      ...enabled.flatMap((name) => SERVICES[name].served),
      ...companions,
      ...OWN_SERVICES,
    ])
    this.methods = [
      { path: '/grpc.health.v1.Health/Check', kind: 'unary', handler: (request) => this.#check(request) },
      { path: '/grpc.health.v1.Health/Watch', kind: 'stream', handler: (call) => this.#watch(call) },
    ]
  }

  /** Tells every watcher of a known service when it changes. */
  setServing(serving: boolean): void {
    if (serving === this.#serving) return
    this.#serving = serving
    const answer = this.#answer()
    for (const [call, known] of this.#watchers) if (known) call.send(answer)
  }

  /** Ends the watches, and takes no more: they never end by themselves and would hold up a shutdown. */
  close(): void {
    this.#closed = true
    for (const call of this.#watchers.keys()) call.fail(shutDown())
    this.#watchers.clear()
  }

  #check(request: Uint8Array): Uint8Array {
    const service = serviceOf(request)
    if (service instanceof CallError) throw service
    if (!this.#services.has(service)) throw new CallError(GrpcCode.NOT_FOUND, 'unknown service')
    return this.#answer()
  }

  #watch(call: StreamCall): MessageSink {
    let asked = false
    return {
      message: (request) => {
        if (asked) return
        asked = true
        const service = serviceOf(request)
        if (service instanceof CallError) return call.fail(service)
        if (this.#closed) return call.fail(shutDown())
        const known = this.#services.has(service)
        this.#watchers.set(call, known)
        call.send(known ? this.#answer() : answer(ServingStatus.SERVICE_UNKNOWN))
      },
      halfClosed() {
        if (!asked) call.fail(new CallError(GrpcCode.INTERNAL, 'health request: the call carried no message'))
      },
      gone: () => {
        this.#watchers.delete(call)
      },
    }
  }

  #answer(): Uint8Array {
    return answer(this.#serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING)
  }
}

function shutDown(): CallError {
  return new CallError(GrpcCode.UNAVAILABLE, 'the gateway shuts down')
}

function serviceOf(request: Uint8Array): string | CallError {
  const message = decode(HealthCheckRequest, request)
  return message instanceof WireError
    ? new CallError(GrpcCode.INTERNAL, `health request: ${message.message}`)
    : message.service
}

function answer(status: number): Uint8Array {
  return encode(HealthCheckResponse, HealthCheckResponse.create({ status }))
}

import {
  ChannelCredentials,
  Client,
  type ClientDuplexStream,
  connectivityState,
  Metadata,
  type StatusObject,
} from '@grpc/grpc-js'
import { GrpcCode } from '../transport/transport.js'

/** PEM. Without an authority the ones that Node trusts count. */
export interface ProbeTls {
  readonly authority?: Uint8Array
  readonly certificate?: Uint8Array
  readonly privateKey?: Uint8Array
}

export interface ProbeClientOptions {
  readonly tls?: ProbeTls
  /** How long one call may take, and the first connection. */
  readonly timeout_ms: number
  readonly userAgent?: string
}

export interface Status {
  /** gRPC status code. */
  readonly code: number
  /** The server's words, '' if it has none. */
  readonly message: string
}

export interface Reply extends Status {
  /** The one message of a unary call; an answer may be missing even where the code is OK. */
  readonly response: Uint8Array | undefined
}

/** No connection came about. The message says why in one line. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

/**
 * A gRPC client of raw bytes over one connection. What a server says is a value and never thrown: a probe has to tell what was
 * wrong. It adds up the time that answers took.
 */
export class ProbeClient {
  readonly #address: string
  readonly #client: Client
  readonly #timeout_ms: number
  #waited_ms = 0

  constructor(address: string, { tls, timeout_ms, userAgent }: ProbeClientOptions) {
    this.#address = address
    this.#timeout_ms = timeout_ms
    const credentials =
      tls === undefined
        ? ChannelCredentials.createInsecure()
        : ChannelCredentials.createSsl(buffer(tls.authority), buffer(tls.privateKey), buffer(tls.certificate))
    this.#client = new Client(address, credentials, {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
      // The server itself is asked for, not what the environment's proxy makes of it.
      'grpc.enable_http_proxy': 0,
      ...(userAgent === undefined ? {} : { 'grpc.primary_user_agent': userAgent }),
    })
  }

  get timeout_ms(): number {
    return this.#timeout_ms
  }

  /** Milliseconds that were spent waiting for answers so far. */
  get waited_ms(): number {
    return this.#waited_ms
  }

  /** Resolves once the server is connected. Any answer will do; every gRPC server has one to this call. Throws an UnreachableError. */
  async connect(): Promise<void> {
    const status = await this.unary('/grpc.health.v1.Health/Check', new Uint8Array(0))
    if (this.#client.getChannel().getConnectivityState(false) === connectivityState.READY) return
    throw new UnreachableError(`can't reach ${this.#address}: ${this.#reasonIn(status)}`)
  }

  /** grpc-js wraps what went wrong in words about itself. Without them if they are known, for people only. */
  #reasonIn({ code, message }: Status): string {
    if (code === GrpcCode.DEADLINE_EXCEEDED) return `no HTTP/2 connection within ${this.#timeout_ms} ms`
    const [, reason = ''] = /Last error: (?:Error: )?(.*?)\.? Resolution note:/s.exec(message) ?? []
    return reason === '' ? message || 'no connection' : reason
  }

  unary(path: string, request: Uint8Array): Promise<Reply> {
    const start = performance.now()
    return new Promise((resolve) => {
      let response: Uint8Array | undefined
      const call = this.#client.makeUnaryRequest<Uint8Array, Uint8Array>(
        path,
        Buffer.from,
        (bytes) => new Uint8Array(bytes),
        request,
        new Metadata(),
        { deadline: Date.now() + this.#timeout_ms },
        (_error, value) => {
          response = value
        },
      )
      call.on('status', ({ code, details }: StatusObject) => {
        this.#waited_ms += performance.now() - start
        // The callback above is called right after this event.
        queueMicrotask(() => resolve({ code, message: details, response }))
      })
    })
  }

  stream(path: string): ProbeStream {
    const call = this.#client.makeBidiStreamRequest<Uint8Array, Uint8Array>(
      path,
      Buffer.from,
      (bytes) => new Uint8Array(bytes),
      new Metadata(),
      { deadline: Date.now() + this.#timeout_ms },
    )
    return new ProbeStream(call, (spent_ms) => {
      this.#waited_ms += spent_ms
    })
  }

  close(): void {
    this.#client.close()
  }
}

/** One call with messages in both directions. */
export class ProbeStream {
  /** How the call ended, once it has. */
  readonly status: Promise<Status>
  readonly #call: ClientDuplexStream<Uint8Array, Uint8Array>
  readonly #messages: Uint8Array[] = []
  readonly #waiting: ((message: Uint8Array | undefined) => void)[] = []
  readonly #spent: (spent_ms: number) => void
  #ended = false

  constructor(call: ClientDuplexStream<Uint8Array, Uint8Array>, spent: (spent_ms: number) => void) {
    this.#call = call
    this.#spent = spent
    call.on('data', (message: Uint8Array) => {
      const next = this.#waiting.shift()
      if (next === undefined) this.#messages.push(message)
      else next(message)
    })
    call.on('error', () => {}) // `status` tells it
    this.status = new Promise((resolve) => {
      call.on('status', ({ code, details }: StatusObject) => {
        this.#ended = true
        for (const next of this.#waiting.splice(0)) next(undefined)
        resolve({ code, message: details })
      })
    })
  }

  send(message: Uint8Array): void {
    this.#call.write(message)
  }

  /** The next message, or undefined when the call ended before one came. */
  async next(): Promise<Uint8Array | undefined> {
    const start = performance.now()
    const message = await this.#next()
    this.#spent(performance.now() - start)
    return message
  }

  /** Sends nothing more, but still listens. */
  halfClose(): void {
    this.#call.end()
  }

  /** Gives the call up and waits for its end. */
  cancel(): Promise<Status> {
    this.#call.cancel()
    return this.status
  }

  #next(): Promise<Uint8Array | undefined> {
    const message = this.#messages.shift()
    if (message !== undefined || this.#ended) return Promise.resolve(message)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}

function buffer(bytes: Uint8Array | undefined): Buffer | null {
  return bytes === undefined ? null : Buffer.from(bytes)
}

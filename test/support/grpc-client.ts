/**
 * A gRPC client that sends and receives bytes, for tests that check what goes over the wire.
 *
 *   const { code, message, response } = await unary(address, '/pkg.Service/Method', bytes)
 *
 *   const call = stream(address, '/pkg.Service/Method')
 *   call.send(bytes)
 *   const answer = await call.next()         // undefined: no more will come
 *   const { code } = await call.end()        // half-closes and waits for the status; `call.status` only waits
 *
 * Both open a connection of their own and close it after the call. `GrpcClient` keeps one for many calls.
 * A status is a result, never a rejection, and neither is a connection that fails (UNAVAILABLE).
 */
import { ChannelCredentials, Client, type ClientDuplexStream, Metadata, type StatusObject } from '@grpc/grpc-js'

export interface ClientTls {
  /** PEM. The authority that vouches for the server. */
  readonly authority: Uint8Array
  /** PEM. For servers that ask who the client is. */
  readonly certificate?: Uint8Array
  readonly privateKey?: Uint8Array
}

export interface CallOptions {
  /** The client gives up after this, and tells the server so. */
  readonly timeout_ms?: number
  /** Headers to send; a list sends the header once per value. */
  readonly metadata?: Readonly<Record<string, string | readonly string[]>>
}

export interface ClientOptions {
  readonly tls?: ClientTls
  /** `:authority` instead of the address. */
  readonly authority?: string
}

export interface GrpcStatus {
  /** gRPC status code; 0 is OK. */
  readonly code: number
  /** Status text, '' when there is none. */
  readonly message: string
  /** ASCII headers and trailers of the answer, first value each. */
  readonly metadata: Readonly<Record<string, string>>
}

export interface GrpcReply extends GrpcStatus {
  /** Present when `code` is 0. */
  readonly response?: Uint8Array
}

export class GrpcStream {
  /** How the call ended, once it has. */
  readonly status: Promise<GrpcStatus>
  readonly #call: ClientDuplexStream<Uint8Array, Uint8Array>
  readonly #messages: Uint8Array[] = []
  readonly #waiting: ((message: Uint8Array | undefined) => void)[] = []
  #ended = false

  constructor(call: ClientDuplexStream<Uint8Array, Uint8Array>) {
    this.#call = call
    let headers: Readonly<Record<string, string>> = {}
    call.on('metadata', (metadata: Metadata) => {
      headers = plain(metadata)
    })
    call.on('data', (message: Uint8Array) => {
      const next = this.#waiting.shift()
      if (next === undefined) this.#messages.push(message)
      else next(message)
    })
    call.on('error', () => {}) // `status` tells it
    this.status = new Promise((resolve) => {
      call.on('status', (status: StatusObject) => {
        this.#ended = true
        for (const next of this.#waiting.splice(0)) next(undefined)
        resolve({ code: status.code, message: status.details, metadata: { ...headers, ...plain(status.metadata) } })
      })
    })
  }

  send(message: Uint8Array): void {
    this.#call.write(message)
  }

  /** The next message, or undefined when the call ended before one came. */
  next(): Promise<Uint8Array | undefined> {
    const message = this.#messages.shift()
    if (message !== undefined || this.#ended) return Promise.resolve(message)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** All messages not taken by `next` yet, once the call has ended. */
  async rest(): Promise<Uint8Array[]> {
    await this.status
    return this.#messages.splice(0)
  }

  /** Sends nothing more, but still listens. */
  halfClose(): void {
    this.#call.end()
  }

  /** Half-closes and waits for the status. */
  end(): Promise<GrpcStatus> {
    this.halfClose()
    return this.status
  }

  /** Gives the call up: the server sees a reset, `status` is CANCELLED. */
  cancel(): void {
    this.#call.cancel()
  }
}

/** One connection for many calls. */
export class GrpcClient {
  readonly #client: Client

  constructor(address: string, options: ClientOptions = {}) {
    const { tls } = options
    const credentials =
      tls === undefined
        ? ChannelCredentials.createInsecure()
        : ChannelCredentials.createSsl(Buffer.from(tls.authority), pem(tls.privateKey), pem(tls.certificate))
    this.#client = new Client(address, credentials, {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
      'grpc.max_receive_message_length': -1,
      ...(options.authority === undefined ? {} : { 'grpc.default_authority': options.authority }),
    })
  }

  unary(path: string, request: Uint8Array, options: CallOptions = {}): Promise<GrpcReply> {
    return new Promise((resolve) => {
      let headers: Readonly<Record<string, string>> = {}
      let response: Uint8Array | undefined
      const call = this.#client.makeUnaryRequest<Uint8Array, Uint8Array>(
        path,
        Buffer.from,
        (bytes) => new Uint8Array(bytes),
        request,
        metadataOf(options),
        deadlineOf(options),
        (_error, value) => {
          response = value
        },
      )
      call.on('metadata', (metadata: Metadata) => {
        headers = plain(metadata)
      })
      call.on('status', (status: StatusObject) => {
        // The callback above is called right after this event.
        queueMicrotask(() => {
          const metadata = { ...headers, ...plain(status.metadata) }
          const reply = { code: status.code, message: status.details, metadata }
          resolve(response === undefined ? reply : { ...reply, response })
        })
      })
    })
  }

  stream(path: string, options: CallOptions = {}): GrpcStream {
    return new GrpcStream(
      this.#client.makeBidiStreamRequest<Uint8Array, Uint8Array>(
        path,
        Buffer.from,
        (bytes) => new Uint8Array(bytes),
        metadataOf(options),
        deadlineOf(options),
      ),
    )
  }

  close(): void {
    this.#client.close()
  }
}

/** One unary call on a connection of its own. */
export async function unary(
  address: string,
  path: string,
  request: Uint8Array,
  options: CallOptions & ClientOptions = {},
): Promise<GrpcReply> {
  const client = new GrpcClient(address, options)
  try {
    return await client.unary(path, request, options)
  } finally {
    client.close()
  }
}

/** One stream on a connection of its own, which ends with it. */
export function stream(address: string, path: string, options: CallOptions & ClientOptions = {}): GrpcStream {
  const client = new GrpcClient(address, options)
  const call = client.stream(path, options)
  void call.status.then(() => client.close())
  return call
}

function pem(bytes: Uint8Array | undefined): Buffer | null {
  return bytes === undefined ? null : Buffer.from(bytes)
}

function metadataOf(options: CallOptions): Metadata {
  const metadata = new Metadata()
  for (const [name, values] of Object.entries(options.metadata ?? {})) {
    for (const value of typeof values === 'string' ? [values] : values) metadata.add(name, value)
  }
  return metadata
}

function deadlineOf(options: CallOptions): { deadline?: number } {
  return options.timeout_ms === undefined ? {} : { deadline: Date.now() + options.timeout_ms }
}

function plain(metadata: Metadata): Record<string, string> {
  const values: Record<string, string> = {}
  for (const [name, value] of Object.entries(metadata.getMap())) {
    if (typeof value === 'string') values[name] = value
  }
  return values
}

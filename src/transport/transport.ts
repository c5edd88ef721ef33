/**
 * The seam between bytes on the wire and the adapters: a method is data, a handler takes bytes and a small call object.
 * Adapters import this file and no transport; every transport implements it, and the same wire tests run on each.
 */

/** gRPC status codes, by the names of the gRPC specification. */
export const GrpcCode = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const

export type GrpcCode = (typeof GrpcCode)[keyof typeof GrpcCode]

/** Ends a call with a gRPC status. The message goes to the client as it is. */
export class CallError extends Error {
  override readonly name = 'CallError'
  readonly code: GrpcCode

  constructor(code: GrpcCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

export interface Metadata {
  /** First value of an ASCII header, by lower-case name. */
  get(name: string): string | undefined
}

export interface Peer {
  /** Remote address as text, `host:port`, or the source where there is none; for logs and statistics, never for trust. */
  readonly address: string
  /** What limits per address count it as: see `sourceOf` of `address.ts`. `unknown` if its connection has gone. */
  readonly source: string
}

/** What a client showed of itself in TLS, signed by `clientAuthority`. */
export interface ClientCertificate {
  /** Its common name, then the DNS names and URIs that it is for. */
  readonly names: readonly string[]
  /** SHA-256, hex with colons: no other certificate has it. */
  readonly fingerprint: string
}

export interface Call {
  /** `/package.Service/Method`. */
  readonly path: string
  readonly peer: Peer
  /** Undefined unless clients have to show one. */
  readonly certificate: ClientCertificate | undefined
  readonly metadata: Metadata
  /** `:authority` the client used, or ''. */
  readonly authority: string
  /** Wall-clock milliseconds after which the client no longer waits. */
  readonly deadline_ms: number | undefined
  /** Fires when the client went away or the call ended, whatever came first. */
  readonly gone: AbortSignal
}

/** Answers at once where it can (a value), later where it must (a promise). A thrown CallError ends the call with its status. */
export type UnaryHandler = (request: Uint8Array, call: Call) => Uint8Array | Promise<Uint8Array>

export interface StreamCall extends Call {
  /** The same for all calls of one connection, and another for every other connection. Nothing else is known of it. */
  readonly connection: object
  /** Sends one message; nothing once the call has ended. */
  send(message: Uint8Array): void
  /** Ends the call with OK. Messages sent before it still arrive. */
  end(): void
  /** Ends the call with a status. */
  fail(error: CallError): void
}

export interface MessageSink {
  message(bytes: Uint8Array): void
  /** The client will send nothing more, but still listens. */
  halfClosed(): void
  /** The call is over before the handler ended it: client away, reset, deadline, connection lost. Called at most once, and
   * never after `end` or `fail`. */
  gone(): void
}

export type StreamHandler = (call: StreamCall) => MessageSink

export type Method =
  | { readonly path: string; readonly kind: 'unary'; readonly handler: UnaryHandler }
  | { readonly path: string; readonly kind: 'stream'; readonly handler: StreamHandler }

export interface TlsConfig {
  readonly certificate: Uint8Array
  readonly privateKey: Uint8Array
  /** Client certificates signed by this authority are required. */
  readonly clientAuthority?: Uint8Array
}

/** Named limits of a transport; defaults and reasons stand in `config/schema.ts`. */
export interface TransportLimits {
  readonly messageSize_bytes: number
  /** Open at once on all listeners; further ones are closed as soon as they are accepted. */
  readonly connections: number
  /** The same, of one address: see `sourceOf` of `address.ts`. */
  readonly connectionsPerAddress: number
  /** How long a connection may be without a call, and how old it may get, before it is told to go away. */
  readonly connectionIdle_ms: number
  readonly connectionAge_ms: number | undefined
  /** How long a client may take to agree on TLS. */
  readonly tlsTimeout_ms: number
  /** How long a unary request may take to arrive; what is slower is reset. Streams have limits of their own. */
  readonly requestTimeout_ms: number
  readonly concurrentStreams: number
  readonly headerSize_bytes: number
  /** How often a connection is asked for a sign of life, and how long it may take to answer. */
  readonly keepaliveInterval_ms: number
  readonly keepaliveTimeout_ms: number
}

export interface TransportOptions {
  readonly methods: readonly Method[]
  readonly limits: TransportLimits
  readonly tls?: TlsConfig
  /** Counts a limit that was hit, by its configuration name. */
  readonly onLimit: (limit: string) => void
  /** A handler threw what is no CallError: a fault of ours. The client gets INTERNAL without its text. */
  readonly onFault: (fault: unknown, path: string) => void
}

export interface ListenOptions {
  /** Permissions of a unix socket: who may write to it may connect. By default the own user alone, 0600. */
  readonly socketMode?: number
}

export interface Transport {
  /**
   * Starts to listen at `host:port` (port 0 picks one) or `unix:path` and returns the address in use. A unix socket that
   * nobody listens to any more is replaced. Rejects when it cannot.
   */
  listen(address: string, options?: ListenOptions): Promise<string>
  /** No new connections; calls in flight finish. Resolves when the last has, or when `timeout_ms` has cut them off. */
  drain(timeout_ms: number): Promise<void>
  /** Takes other certificates for connections to come; those that are open keep theirs. Throws for what can't work. */
  useTls(tls: TlsConfig): void
  close(): Promise<void>
}

export type TransportFactory = (options: TransportOptions) => Transport

import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js'
import { Listeners } from '../listeners.js'
import { secureSockets } from '../secure-sockets.js'
import {
  GrpcCode,
  type ListenOptions,
  type Method,
  type TlsConfig,
  type Transport,
  type TransportFactory,
  type TransportLimits,
  type TransportOptions,
} from '../transport.js'
import { nameUnixPeer } from './calls.js'
import { Connections, GOODBYE_ms } from './connections.js'
import { type Hooks, hookLibrary } from './library-hooks.js'
import { releaseWhenAnswered } from './release.js'
import { stream } from './stream.js'
import { readableTimeout } from './timeout.js'
import { unary } from './unary.js'

/**
 * Resets by clients that one connection may have at once, and per second: the oldest streaming dialects reset each stream
 * whose call the server has ended, and Node otherwise ends the connection after 1,000. Node below 22.10 ignores both.
 */
const RESETS_BURST = 100_000
const RESETS_PER_SECOND = 10_000

// The library writes to standard error by itself, and headers of clients among it; there, every line is ours and JSON. Who
// debugs the library asks for its lines with its own variables.
const { GRPC_VERBOSITY, GRPC_NODE_VERBOSITY } = process.env
if ((GRPC_NODE_VERBOSITY ?? GRPC_VERBOSITY) === undefined) setLogVerbosity(logVerbosity.NONE)

/** The transport on `@grpc/grpc-js`. @throws Error for a path given twice, or TLS material that cannot work. */
export const grpcJsTransport: TransportFactory = (options) => new GrpcJsTransport(options)

class GrpcJsTransport implements Transport {
  readonly #server: Server
  readonly #listeners: Listeners
  readonly #connections: Connections
  readonly #limits: TransportLimits
  /** Paths of unary methods. */
  readonly #unary: ReadonlySet<string>
  readonly #onLimit: TransportOptions['onLimit']
  /** Begins HTTP/2 on a socket. */
  readonly #begin: (socket: Socket) => void
  /** Takes what was accepted: through TLS first, where that is on. */
  #accept: (socket: Socket) => void
  /** HTTP/2 streams from their headers to their end on both sides. */
  readonly #streams = new Set<ServerHttp2Stream>()
  #idle: (() => void) | undefined
  #ended: Promise<void> | undefined

  constructor(options: TransportOptions) {
    this.#onLimit = options.onLimit
    this.#limits = options.limits
    this.#unary = new Set(options.methods.filter(({ kind }) => kind === 'unary').map(({ path }) => path))
    this.#listeners = new Listeners((socket) => this.#accept(socket), options)
    this.#connections = new Connections(options)
    this.#server = new Server(libraryOptions(options.limits))
    const hooks = hookLibrary(
      this.#server,
      {
        settings: {
          maxConcurrentStreams: options.limits.concurrentStreams,
          maxHeaderListSize: options.limits.headerSize_bytes,
        },
        streamResetBurst: RESETS_BURST,
        streamResetRate: RESETS_PER_SECOND,
      },
      {
        session: (session) => this.#connections.opened(session),
        stream: (stream, headers) => this.#opened(stream, headers),
      },
      options.onFault,
    )
    for (const method of options.methods) register(this.#server, method, hooks, options.onFault)
    // The library knows of no TLS: what it is given has come through it.
    const injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure())
    this.#begin = (socket) => {
      nameUnixPeer(socket)
      injector.injectConnection(socket)
    }
    this.#accept = options.tls === undefined ? this.#begin : secureSockets(options.tls, this.#begin, options)
    hooks.verify()
  }

  listen(address: string, options?: ListenOptions): Promise<string> {
    return this.#listeners.listen(address, options)
  }

  /** Connections that are open keep the certificate that they began with. @throws Error for TLS material that cannot work. */
  useTls(tls: TlsConfig): void {
    this.#accept = secureSockets(tls, this.#begin, { limits: this.#limits, onLimit: this.#onLimit })
  }

  /**
   * Tells every connection to go away (GOAWAY): calls in flight go on, new ones are refused by HTTP/2 (REFUSED_STREAM, which
   * clients may safely try elsewhere). So this is the last step of a shutdown: whoever still wants to answer some calls, as
   * renewals, and refuse others, does so by policy before.
   */
  async drain(timeout_ms: number): Promise<void> {
    const cut = setTimeout(() => this.#listeners.cut(), timeout_ms)
    this.#ended ??= this.#end()
    await this.#ended
    clearTimeout(cut)
  }

  async close(): Promise<void> {
    this.#ended ??= this.#end()
    this.#listeners.cut()
    await this.#ended
  }

  /** Resolves when the last call has ended and every connection is closed. */
  async #end(): Promise<void> {
    this.#listeners.stop()
    // Whether it is over is not asked of the library: it waits for ever for a connection that is just being lost.
    this.#server.tryShutdown(() => {})
    if (this.#streams.size > 0) await new Promise<void>((resolve) => (this.#idle = resolve))
    // A peer that vanished or ignores GOAWAY must not hold up the shutdown; neither may a TLS handshake under way, which
    // the library does not know of.
    const goodbye = setTimeout(() => this.#listeners.cut(), GOODBYE_ms)
    await this.#listeners.emptied()
    clearTimeout(goodbye)
  }

  #opened(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const { session } = stream
    this.#streams.add(stream)
    if (session !== undefined) this.#connections.callOpened(session)
    const closed = (): void => {
      if (!this.#streams.delete(stream)) return
      if (session !== undefined) this.#connections.callClosed(session)
      this.#closed(stream)
    }
    stream.once('close', closed)
    // See `stream.ts`: some never close.
    stream.once('aborted', closed)
    releaseWhenAnswered(stream)
    if (this.#unary.has(headers[':path'] ?? '')) this.#expectRequest(stream)
    const timeout = headers['grpc-timeout']
    if (typeof timeout === 'string') headers['grpc-timeout'] = readableTimeout(timeout)
  }

  /** A request that never comes to its end would be kept as long as its client likes. */
  #expectRequest(stream: ServerHttp2Stream): void {
    const timer = setTimeout(() => {
      this.#onLimit('limits.requestTimeout')
      stream.close(constants.NGHTTP2_CANCEL)
    }, this.#limits.requestTimeout_ms)
    timer.unref()
    const arrived = (): void => clearTimeout(timer)
    stream.once('end', arrived)
    stream.once('close', arrived)
  }

  #closed(stream: ServerHttp2Stream): void {
    if (this.#streams.size === 0) this.#idle?.()
    if (refusedBySize(stream)) this.#onLimit('limits.messageSize')
  }
}

function libraryOptions(limits: TransportLimits): Record<string, number> {
  return {
    // Statistics for a debugging service we do not have, at a price per call.
    'grpc.enable_channelz': 0,
    'grpc.max_receive_message_length': limits.messageSize_bytes,
    'grpc.keepalive_time_ms': limits.keepaliveInterval_ms,
    'grpc.keepalive_timeout_ms': limits.keepaliveTimeout_ms,
  }
}

function register(server: Server, method: Method, hooks: Hooks, onFault: TransportOptions['onFault']): void {
  const { path } = method
  const isNew =
    method.kind === 'unary'
      ? server.register(path, unary(path, method.handler, onFault), identity, identity, 'unary')
      : server.register(
          path,
          stream(path, method.handler, () => hooks.opening, onFault),
          identity,
          identity,
          'bidi',
        )
  if (!isNew) throw new Error(`two methods are registered at ${path}`)
}

function identity(bytes: Buffer): Buffer {
  return bytes
}

/**
 * grpc-js refuses a message above the limit before any handler sees it and tells nobody but the client. Its own words tell
 * this status from one that a handler chose; should they change, a counter stays at zero and nothing else.
 */
function refusedBySize(stream: ServerHttp2Stream): boolean {
  const status = stream.sentTrailers ?? stream.sentHeaders
  if (Number(status?.['grpc-status']) !== GrpcCode.RESOURCE_EXHAUSTED) return false
  return String(status?.['grpc-message']).startsWith('Received%20message')
}

import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { sourceOf } from '../transport/address.js'
import type { TlsConfig } from '../transport/transport.js'
import type { AdminLimits } from './limits.js'
import { PROBLEM_TYPE, Problem, problemJson } from './problem.js'

export interface ServersParts {
  readonly limits: AdminLimits
  readonly tls: TlsConfig | undefined
  readonly onLimit: (limit: string) => void
}

/** Looks for slow requests while one may take its time. */
const CHECKS = 4

/** The HTTP servers of the admin listener: `localhost` has one for each of its addresses. */
export class Servers {
  readonly #parts: ServersParts
  #tls: TlsConfig | undefined
  readonly #secure = new Set<ReturnType<typeof createTlsServer>>()
  /** Connections that have not agreed on TLS, by where they come from: what closes the others does not know them. */
  readonly #agreeing = new Map<string, Socket>()
  /** How many connections each address has, over all servers. */
  readonly #ofSource = new Map<string, number>()
  /** The last answer of each connection. */
  readonly #answers = new WeakMap<Socket, ServerResponse>()

  constructor(parts: ServersParts) {
    this.#parts = parts
    this.#tls = parts.tls
  }

  make(routes: RequestListener): Server {
    const { limits, onLimit } = this.#parts
    const handler = this.#oneAtATime(routes)
    const options = {
      maxHeaderSize: limits.headerSize_bytes,
      requestTimeout: limits.requestTimeout_ms,
      keepAliveTimeout: limits.idleTimeout_ms,
      // How often Node looks for requests that take too long: so none takes much longer than it may.
      connectionsCheckingInterval: Math.ceil(limits.requestTimeout_ms / CHECKS),
    }
    const server =
      this.#tls === undefined ? createServer(options, handler) : this.#makeSecure(options, this.#tls, handler)
    server.setTimeout(limits.idleTimeout_ms)
    server.maxConnections = limits.connections
    server.on('connection', (socket: Socket) => this.#countSource(socket))
    server.on('drop', () => onLimit('admin.limits.connections'))
    server.on('clientError', (error, socket) => refuse(error, socket, onLimit))
    return server
  }

  /** For connections to come; those that are open keep theirs. */
  useTls(tls: TlsConfig): void {
    this.#tls = tls
    for (const server of this.#secure) server.setSecureContext(materialOf(tls))
  }

  /** Ends what closing a server leaves open. */
  cut(): void {
    for (const socket of this.#agreeing.values()) socket.destroy()
  }

  /**
   * Node begins whatever arrives on a connection at once, though its answers wait for each other: so whoever does not read could
   * have any number of them made. A client that waits for its answers has all of the former one when the next request comes.
   */
  #oneAtATime(routes: RequestListener): RequestListener {
    return (request, response) => {
      const { socket } = request
      const former = this.#answers.get(socket)
      this.#answers.set(socket, response)
      response.once('close', () => {
        if (this.#answers.get(socket) === response) this.#answers.delete(socket)
      })
      if (former === undefined) {
        routes(request, response)
      } else if (former.writableEnded) {
        // All of it is there, but it may not be told that it was sent.
        former.once('close', () => {
          if (!socket.destroyed) routes(request, response)
        })
      } else if (!socket.destroyed) {
        this.#parts.onLimit('admin.limits.requestsPerSecond')
        socket.destroy()
      }
    }
  }

  #countSource(socket: Socket): void {
    // A unix socket has none.
    if (socket.remoteAddress === undefined) return
    const { limits, onLimit } = this.#parts
    const source = sourceOf(socket.remoteAddress)
    const open = this.#ofSource.get(source) ?? 0
    if (open >= limits.connectionsPerAddress) {
      onLimit('admin.limits.connectionsPerAddress')
      socket.destroy()
      return
    }
    this.#ofSource.set(source, open + 1)
    socket.once('close', () => {
      const left = (this.#ofSource.get(source) ?? 0) - 1
      if (left > 0) this.#ofSource.set(source, left)
      else this.#ofSource.delete(source)
    })
  }

  #makeSecure(options: ServerOptions, tls: TlsConfig, handler: RequestListener): Server {
    const { limits, onLimit } = this.#parts
    const server = createTlsServer(
      {
        ...options,
        ...materialOf(tls),
        // As the section `tls` has it: who has a certificate of this authority may connect, and nobody else.
        ...(tls.clientAuthority === undefined ? {} : { requestCert: true, rejectUnauthorized: true }),
        handshakeTimeout: limits.requestTimeout_ms,
      },
      handler,
    )
    server.on('connection', (socket: Socket) => {
      const from = endOf(socket)
      this.#agreeing.set(from, socket)
      socket.once('close', () => this.#agreeing.delete(from))
    })
    server.on('secureConnection', (socket) => this.#agreeing.delete(endOf(socket)))
    // Whoever does not agree on TLS can't be told anything; Node would answer HTTP.
    server.removeAllListeners('tlsClientError').on('tlsClientError', (error, socket) => {
      if ('code' in error && error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT') onLimit('admin.limits.requestTimeout')
      socket.destroy()
    })
    this.#secure.add(server)
    return server
  }
}

function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

function materialOf({ certificate, privateKey, clientAuthority }: TlsConfig) {
  return {
    cert: Buffer.from(certificate),
    key: Buffer.from(privateKey),
    ...(clientAuthority === undefined ? {} : { ca: Buffer.from(clientAuthority) }),
    // Said here, because an environment variable or a flag of Node would lower it.
    minVersion: 'TLSv1.2' as const,
  }
}

/** What is no HTTP request at all, or too slow or too big to be one. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex, onLimit: (limit: string) => void): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const problem = problemOf(error.code)
  if (problem.limit !== undefined) onLimit(problem.limit)
  const json = problemJson(problem)
  const body = JSON.stringify(json)
  const head = `HTTP/1.1 ${json.status} ${json.title}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${body.length}`
  socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`)
}

function problemOf(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem('headers_too_large', 'the headers are longer than this listener takes', {
        limit: 'admin.limits.headerSize',
      })
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request_timeout', 'the request took too long to arrive', {
        limit: 'admin.limits.requestTimeout',
      })
    default:
      return new Problem('bad_request', 'this is no HTTP request that the listener takes')
  }
}

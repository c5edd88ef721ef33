import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { formatHostPort, type ListenAddress, parseListenAddress, sourceOf } from './address.js'
import { listenError } from './listen-error.js'
import type { ListenOptions, TransportOptions } from './transport.js'
import { listenPrivately } from './unix-socket.js'

/**
 * The listening sockets of one transport and the connections they accepted. They belong to the transport and not to its
 * HTTP/2 library, so that the address in use is known exactly, a failure can name it, and a drain can cut off what is left.
 */
export class Listeners {
  readonly #accept: (socket: Socket) => void
  readonly #limits: TransportOptions['limits']
  readonly #onLimit: TransportOptions['onLimit']
  readonly #servers = new Set<Server>()
  readonly #sockets = new Set<Socket>()
  /** How many of them each address has. */
  readonly #ofSource = new Map<string, number>()
  #stopped = false
  #onEmpty: (() => void) | undefined

  /** `limits` are those of the transport, of all of its listeners together. */
  constructor(accept: (socket: Socket) => void, { limits, onLimit }: Pick<TransportOptions, 'limits' | 'onLimit'>) {
    this.#accept = accept
    this.#limits = limits
    this.#onLimit = onLimit
  }

  /** Connections that are open, whatever they do. */
  get connections(): number {
    return this.#sockets.size
  }

  /**
   * Listens at `address` and returns the address in use in the same form.
   * @throws Error that names the address and the reason.
   */
  async listen(address: string, { socketMode }: ListenOptions = {}): Promise<string> {
    const wanted = parseListenAddress(address)
    const server = createServer((socket) => this.#accepted(socket, wanted.kind))
    try {
      if (wanted.kind === 'tcp') await this.#bind(server, { host: wanted.host, port: wanted.port })
      else await listenPrivately(wanted.path, () => this.#bind(server, { path: wanted.path }), socketMode)
    } catch (error) {
      throw listenError(address, error)
    }
    const bound: AddressInfo | string | null = server.address()
    if (bound === null || typeof bound === 'string') return address
    return formatHostPort(bound.address, bound.port)
  }

  /** No new connections; those that are open stay. */
  stop(): void {
    this.#stopped = true
    for (const server of this.#servers) server.close()
    this.#servers.clear()
  }

  /** Resolves when no connection is open any more. To be asked once, after `stop`. */
  emptied(): Promise<void> {
    if (this.#sockets.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onEmpty = resolve
    })
  }

  /** Cuts off every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async #bind(server: Server, where: { path: string } | { host: string; port: number }): Promise<void> {
    if (this.#stopped) throw new Error('the transport is draining or closed')
    this.#servers.add(server)
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => {
        this.#servers.delete(server)
        reject(error)
      })
      // Closing a server that still looks up its host name ends in 'close' and never in 'listening'.
      server.once('close', () => reject(new Error('the transport was closed')))
      server.listen(where, resolve)
    })
    // An accept that fails later (too many open files) costs that connection, never the process.
    server.removeAllListeners('error').on('error', () => {})
  }

  #accepted(socket: Socket, kind: ListenAddress['kind']): void {
    // A peer that has gone already has no address any more.
    if (kind === 'tcp' && socket.remoteAddress === undefined) {
      socket.destroy()
      return
    }
    const source = sourceOf(socket.remoteAddress)
    const limit = this.#limitOf(source)
    if (limit !== undefined) {
      socket.destroy()
      this.#onLimit(limit)
      return
    }
    this.#sockets.add(socket)
    this.#count(source, 1)
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#count(source, -1)
      if (this.#sockets.size === 0) this.#onEmpty?.()
    })
    // A connection lost before HTTP/2 took it over has no other listener, and an unheard 'error' would end the process.
    socket.on('error', () => socket.destroy())
    this.#accept(socket)
  }

  /** The limit that one more connection from there would pass. */
  #limitOf(source: string): string | undefined {
    const { connections, connectionsPerAddress } = this.#limits
    if (this.#sockets.size >= connections) return 'limits.connections'
    return (this.#ofSource.get(source) ?? 0) >= connectionsPerAddress ? 'limits.connectionsPerAddress' : undefined
  }

  #count(source: string, change: 1 | -1): void {
    const count = (this.#ofSource.get(source) ?? 0) + change
    if (count > 0) this.#ofSource.set(source, count)
    else this.#ofSource.delete(source)
  }
}

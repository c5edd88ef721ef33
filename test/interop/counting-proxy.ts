import { once } from 'node:events'
import { createServer, connect as dial, type Server, type Socket } from 'node:net'
import { lastingPort } from '../support/lasting-port.js'
import { splitHostPort } from './host-port.js'

/** Of HTTP/2 (RFC 9113 §3.4, §4.1, §6). */
const PREFACE_BYTES = 24
const FRAME_HEADER_BYTES = 9
const DATA = 0
const HEADERS = 1

/**
 * Stands between clients and a gateway, at an address that stays while gateways come and go, and counts what clients send:
 * every connection, and every request by its HEADERS frame, so also those that no gateway would count.
 */
export class CountingProxy {
  /** How many connections clients made. */
  connections = 0
  /** When each request came, in milliseconds of `performance.now()`. Stays empty if the bytes are encrypted. */
  readonly requests: number[] = []
  readonly #encrypted: boolean
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #address = ''
  #target = ''
  #spoiling = false

  constructor(options: { readonly encrypted: boolean }) {
    this.#encrypted = options.encrypted
  }

  /** The same each time it listens. */
  get address(): string {
    return this.#address
  }

  /** Listens, and forwards to a gateway at `target`. */
  async up(target: string): Promise<void> {
    this.#target = target
    if (this.#address === '') this.#address = `127.0.0.1:${await lastingPort()}`
    const { host, port } = splitHostPort(this.#address)
    this.#server = createServer((client) => this.#forward(client)).listen(port, host)
    await once(this.#server, 'listening')
  }

  /** Nobody listens any more, as after a process has ended: connections are cut off, further ones refused. */
  async down(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    for (const socket of this.#sockets) socket.destroy()
    if (server === undefined) return
    const closed = once(server, 'close')
    server.close()
    await closed
  }

  /** While it is on, the last bit of each request's message is flipped: in NeoFS requests, a bit of a signature. */
  spoil(on: boolean): void {
    this.#spoiling = on
  }

  #forward(client: Socket): void {
    this.connections += 1
    const gateway = dial(splitHostPort(this.#target))
    const pair = [client, gateway] as const
    for (const socket of pair) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      // Whatever ends one, ends the other; the side that cares sees it there.
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        for (const either of pair) either.destroy()
      })
    }
    gateway.pipe(client)
    if (this.#encrypted) client.pipe(gateway)
    else this.#watch(client, gateway)
  }

  #watch(client: Socket, gateway: Socket): void {
    let waiting = Buffer.alloc(0)
    let greeted = false
    client.on('end', () => gateway.end())
    client.on('data', (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk])
      for (;;) {
        const length = greeted ? frameLength(waiting) : PREFACE_BYTES
        if (length === undefined || waiting.length < length) return
        const whole = waiting.subarray(0, length)
        waiting = waiting.subarray(length)
        if (greeted) this.#see(whole)
        greeted = true
        gateway.write(whole)
      }
    })
  }

  #see(frame: Buffer): void {
    const type = frame[3]
    if (type === HEADERS) this.requests.push(performance.now())
    // Some clients end a request with a frame of its own that has nothing in it.
    if (!this.#spoiling || type !== DATA || frame.length === FRAME_HEADER_BYTES) return
    frame.writeUInt8(frame.readUInt8(frame.length - 1) ^ 1, frame.length - 1)
  }
}

/** Of the frame that begins here, its header included; undefined while that is not there yet. */
function frameLength(bytes: Buffer): number | undefined {
  return bytes.length < FRAME_HEADER_BYTES ? undefined : FRAME_HEADER_BYTES + bytes.readUIntBE(0, 3)
}

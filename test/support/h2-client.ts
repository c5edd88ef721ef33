/**
 * HTTP/2 by hand, for what a well-behaved gRPC client never sends: broken frames, missing or second messages, no half
 * close, resets, wrong headers.
 *
 *   const client = await H2Client.connect(address)
 *   const reply = await client.open('/pkg.Service/Method').message(bytes).halfClose().reply
 *   reply.status   // 0
 *   await client.close()
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2'
import { connect as connectSocket } from 'node:net'
import type { ClientTls } from './grpc-client.js'

/** How a call ended. Whatever happened, there is one: `reply` never rejects. */
export interface H2Reply {
  /** `:status`; undefined when the stream ended without headers. */
  readonly httpStatus: number | undefined
  /** `grpc-status`, from the trailers or, where there are none, from the headers. */
  readonly status: number | undefined
  /** `grpc-message`, decoded. */
  readonly message: string
  readonly messages: readonly Uint8Array[]
  /** Error code of the RST_STREAM that ended the stream; 0 for a good end. */
  readonly resetCode: number
}

/** One gRPC frame. `length` and `compressed` may say what is not so. */
export function frame(message: Uint8Array, says: { length?: number; compressed?: boolean } = {}): Uint8Array {
  const bytes = Buffer.alloc(5 + message.length)
  bytes[0] = says.compressed ? 1 : 0
  bytes.writeUInt32BE(says.length ?? message.length, 1)
  bytes.set(message, 5)
  return bytes
}

export class H2Call {
  readonly stream: ClientHttp2Stream
  readonly reply: Promise<H2Reply>
  #headers: Record<string, string | string[] | number | undefined> = {}
  #trailers: Record<string, string | string[] | number | undefined> = {}
  readonly #chunks: Buffer[] = []
  readonly #waiting = new Set<() => void>()
  readonly #cancel: AbortController

  /** @param cancel aborts the stream. */
  constructor(stream: ClientHttp2Stream, cancel: AbortController) {
    this.stream = stream
    this.#cancel = cancel
    stream.on('error', () => {}) // resetCode tells it
    stream.on('response', (headers) => {
      this.#headers = { ...headers }
    })
    stream.on('trailers', (headers) => {
      this.#trailers = { ...headers }
    })
    stream.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      for (const look of this.#waiting) look()
    })
    this.reply = new Promise((resolve) => {
      stream.on('close', () => {
        resolve(this.#result())
        for (const look of this.#waiting) look()
      })
    })
  }

  /** Sends bytes as they are. */
  write(bytes: Uint8Array): this {
    this.stream.write(bytes)
    return this
  }

  /** Sends one gRPC frame. */
  message(bytes: Uint8Array, says: { length?: number; compressed?: boolean } = {}): this {
    return this.write(frame(bytes, says))
  }

  halfClose(): this {
    this.stream.end()
    return this
  }

  /** Sends RST_STREAM with CANCEL or NO_ERROR, and no half close before it (`stream.close` of Node sends one). */
  reset(code: 'CANCEL' | 'NO_ERROR' = 'CANCEL'): this {
    if (code === 'CANCEL') this.#cancel.abort()
    else this.stream.destroy()
    return this
  }

  /** Waits until `count` whole messages came, or the call ended; what came then. */
  received(count: number): Promise<readonly Uint8Array[]> {
    return new Promise((resolve) => {
      const look = (): void => {
        const messages = unframe(Buffer.concat(this.#chunks))
        if (messages.length < count && !this.stream.closed) return
        this.#waiting.delete(look)
        resolve(messages)
      }
      this.#waiting.add(look)
      look()
    })
  }

  #result(): H2Reply {
    const status = this.#trailers['grpc-status'] ?? this.#headers['grpc-status']
    const message = this.#trailers['grpc-message'] ?? this.#headers['grpc-message'] ?? ''
    const httpStatus = this.#headers[':status']
    return {
      httpStatus: httpStatus === undefined ? undefined : Number(httpStatus),
      status: status === undefined ? undefined : Number(status),
      message: decodeURIComponent(String(message)),
      messages: unframe(Buffer.concat(this.#chunks)),
      resetCode: this.stream.rstCode ?? 0,
    }
  }
}

/** One HTTP/2 connection. */
export class H2Client {
  readonly session: ClientHttp2Session
  /** Error code of the GOAWAY that came; undefined before. */
  goaway: number | undefined
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>

  private constructor(session: ClientHttp2Session) {
    this.session = session
    session.on('error', () => {}) // `closed` and `goaway` tell it
    session.on('goaway', (code) => {
      this.goaway ??= code
    })
    this.closed = new Promise((resolve) => session.on('close', () => resolve()))
  }

  /** Rejects when no connection comes about. */
  static connect(address: string, tls?: ClientTls): Promise<H2Client> {
    const session = address.startsWith('unix:')
      ? connect('http://localhost', { createConnection: () => connectSocket(address.slice('unix:'.length)) })
      : connect(`${tls === undefined ? 'http' : 'https'}://${address}`, {
          ...(tls === undefined ? {} : { ca: Buffer.from(tls.authority), ALPNProtocols: ['h2'] }),
          ...(tls?.certificate === undefined ? {} : { cert: Buffer.from(tls.certificate) }),
          ...(tls?.privateKey === undefined ? {} : { key: Buffer.from(tls.privateKey) }),
        })
    const client = new H2Client(session)
    return new Promise((resolve, reject) => {
      session.once('remoteSettings', () => resolve(client))
      session.once('error', reject)
      session.once('close', () => reject(new Error(`the connection to ${address} was closed`)))
    })
  }

  /** Starts a call with the headers of a gRPC client; `headers` adds to them and replaces, `undefined` takes one away. */
  open(path: string, headers: OutgoingHttpHeaders = {}): H2Call {
    const all: OutgoingHttpHeaders = {
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    }
    const cancel = new AbortController()
    return new H2Call(this.session.request(all, { endStream: false, signal: cancel.signal }), cancel)
  }

  close(): Promise<void> {
    this.session.destroy()
    return this.closed
  }
}

/** The whole messages in a sequence of frames; what is cut off at the end is left out. */
function unframe(bytes: Buffer): Uint8Array[] {
  const messages: Uint8Array[] = []
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 5 + bytes.readUInt32BE(at + 1)
    if (end > bytes.length) break
    messages.push(new Uint8Array(bytes.subarray(at + 5, end)))
    at = end
  }
  return messages
}

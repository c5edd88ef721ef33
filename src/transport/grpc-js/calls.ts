import type { Socket } from 'node:net'
import type { ServerUnaryCall, StatusObject } from '@grpc/grpc-js'
import { formatHostPort, sourceOf } from '../address.js'
import { clientCertificateOf } from '../client-certificate.js'
import {
  type Call,
  CallError,
  type ClientCertificate,
  GrpcCode,
  type Metadata,
  type Peer,
  type TransportOptions,
} from '../transport.js'

/** What unary and stream calls of grpc-js have in common. */
type LibraryCall = Pick<
  ServerUnaryCall<Buffer, Buffer>,
  'cancelled' | 'metadata' | 'getPeer' | 'getAuthContext' | 'getDeadline' | 'getHost'
> & { once(event: 'cancelled', listener: () => void): unknown }

/** A call of grpc-js as handlers see it. Everything is read on demand: most calls ask for little of it. */
export class GrpcJsCall implements Call, Metadata {
  readonly path: string
  readonly #call: LibraryCall
  #peer: Peer | undefined
  #gone: AbortController | undefined
  #left = false

  constructor(path: string, call: LibraryCall) {
    this.path = path
    this.#call = call
  }

  get peer(): Peer {
    this.#peer ??= peerOf(this.#call.getPeer())
    return this.#peer
  }

  get certificate(): ClientCertificate | undefined {
    const { sslPeerCertificate } = this.#call.getAuthContext()
    return sslPeerCertificate === undefined ? undefined : clientCertificateOf(sslPeerCertificate)
  }

  get metadata(): Metadata {
    return this
  }

  /** Node joins a header sent more than once by `, `, so the first value of such a one ends there only by convention. */
  get(name: string): string | undefined {
    const [value] = this.#call.metadata.get(name)
    return typeof value === 'string' ? value : undefined
  }

  get authority(): string {
    // Typed as text, but absent when the client sent neither :authority nor host.
    return this.#call.getHost() ?? ''
  }

  get deadline_ms(): number | undefined {
    const deadline_ms = Number(this.#call.getDeadline())
    return Number.isFinite(deadline_ms) ? deadline_ms : undefined
  }

  get gone(): AbortSignal {
    if (this.#gone === undefined) {
      this.#gone = new AbortController()
      // grpc-js emits 'cancelled' once for every call, also after it ended well.
      if (this.#call.cancelled || this.#left) this.leave()
      else this.#call.once('cancelled', () => this.leave())
    }
    return this.#gone.signal
  }

  /** The call is over. As a CallError, so that a handler which lets it through is not taken for faulty. */
  leave(): void {
    this.#left = true
    this.#gone?.abort(new CallError(GrpcCode.CANCELLED, 'the call is over'))
  }
}

/** The status for anything a handler threw; what is no CallError is reported and keeps its text to itself. */
export function statusOf(
  thrown: unknown,
  path: string,
  onFault: TransportOptions['onFault'],
): Pick<StatusObject, 'code' | 'details'> {
  if (thrown instanceof CallError) return { code: thrown.code, details: wellFormed(thrown.message) }
  onFault(thrown, path)
  return { code: GrpcCode.INTERNAL, details: 'internal error' }
}

/** grpc-js copies messages with a method that only Buffer has. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** grpc-js percent-encodes status texts with `encodeURI`, which throws at half a surrogate pair. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD')
}

/**
 * grpc-js calls a peer without an address `unknown`. Those are peers whose connection has gone, and clients of unix sockets, who
 * are not to be taken for each other.
 */
export function nameUnixPeer(socket: Socket): void {
  // A socket of TCP has a port of its own, whatever became of its peer.
  if (socket.localPort === undefined) Object.defineProperty(socket, 'remoteAddress', { value: sourceOf(undefined) })
}

/** grpc-js writes IPv6 peers without brackets; `unix` and `unknown` stay as they are. */
function peerOf(text: string): Peer {
  const colon = text.lastIndexOf(':')
  if (colon < 0) return { address: text, source: text }
  const host = text.slice(0, colon)
  const source = sourceOf(host)
  return { address: formatHostPort(host, Number(text.slice(colon + 1))), source }
}

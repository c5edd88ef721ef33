import { type CallError, GrpcCode, type StreamCall } from '../../src/transport/transport.js'
import { hexOf } from './vectors.js'

/**
 * A call without a network: keeps what a handler does to it, in order. As the seam demands, nothing happens once the call
 * has ended, whoever ended it.
 */
export class FakeStreamCall implements StreamCall {
  readonly path: string
  readonly peer = { address: '127.0.0.1:4711', source: '127.0.0.1' }
  readonly certificate = undefined
  readonly connection: object
  readonly authority = 'gateway.test'
  readonly deadline_ms = undefined
  readonly metadata = { get: (name: string) => (name === 'user-agent' ? 'grpc-go/1.24.0' : undefined) }
  readonly sent: Uint8Array[] = []
  /** How the handler ended it. */
  status: { readonly code: number; readonly message: string } | undefined
  readonly #gone = new AbortController()

  constructor(path: string, connection: object = {}) {
    this.path = path
    this.connection = connection
  }

  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** Messages in hex, then the code of the status: `['0a4c…', 0]`. */
  get answers(): (string | number)[] {
    const sent: (string | number)[] = this.sent.map(hexOf)
    return this.status === undefined ? sent : [...sent, this.status.code]
  }

  send(message: Uint8Array): void {
    if (!this.gone.aborted) this.sent.push(message)
  }

  end(): void {
    this.#over(GrpcCode.OK, '')
  }

  fail(error: CallError): void {
    this.#over(error.code, error.message)
  }

  /** The client goes away; the handler's sink has to be told too. */
  leave(): void {
    this.#gone.abort()
  }

  #over(code: number, message: string): void {
    if (this.gone.aborted) return
    this.status = { code, message }
    this.#gone.abort()
  }
}

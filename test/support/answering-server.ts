import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js'
import type { Test } from 'tap'
import { GrpcClient } from './grpc-client.js'

/**
 * gRPC servers that probes are held against: one that knows no method, one with handlers of raw bytes, and one that passes
 * everything on to a real server and changes what comes back.
 */

const raw = (bytes: Uint8Array): Buffer => Buffer.from(bytes)

type Duplex = ServerDuplexStream<Uint8Array, Uint8Array>

async function listening(t: Test, server: Server): Promise<string> {
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  t.teardown(() => server.forceShutdown())
  return `127.0.0.1:${port}`
}

export function bareServer(t: Test): Promise<string> {
  return listening(t, new Server())
}

/** What a unary handler throws to end the call with a status. */
export class Refusal extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** A server of another implementation: ordinary unary handlers, which answer once the client has said everything. */
export function unaryServer(
  t: Test,
  handlers: Readonly<Record<string, (request: Uint8Array) => Uint8Array>>,
): Promise<string> {
  const server = new Server()
  for (const [path, handler] of Object.entries(handlers)) {
    server.register<Uint8Array, Uint8Array>(
      path,
      (call: ServerUnaryCall<Uint8Array, Uint8Array>, callback: sendUnaryData<Uint8Array>) => {
        try {
          callback(null, handler(call.request))
        } catch (error) {
          if (!(error instanceof Refusal)) throw error
          callback({ code: error.code, details: error.message })
        }
      },
      raw,
      (bytes) => new Uint8Array(bytes),
      'unary',
    )
  }
  return listening(t, server)
}

export interface Spoiling {
  readonly path: string
  /** Which answer of the call; the first if not given. */
  readonly nth?: number
  /** Undefined swallows the answer. */
  readonly change?: (answer: Uint8Array) => Uint8Array | undefined
  /** The call is never ended. */
  readonly staysOpen?: true
}

/** Passes the calls of `paths` on to a real server. */
export function spoilingServer(t: Test, real: string, paths: Iterable<string>, spoiling: Spoiling): Promise<string> {
  const client = new GrpcClient(real)
  t.teardown(() => client.close())
  const server = new Server()
  for (const path of new Set(paths)) {
    const spoil = path === spoiling.path ? spoiling : undefined
    const handler = (call: Duplex) => void passOn(client, path, call, spoil)
    server.register<Uint8Array, Uint8Array>(path, handler, raw, (bytes) => new Uint8Array(bytes), 'bidi')
  }
  return listening(t, server)
}

async function passOn(client: GrpcClient, path: string, call: Duplex, spoiling: Spoiling | undefined): Promise<void> {
  const onward = client.stream(path)
  call.on('data', (message: Uint8Array) => onward.send(message))
  call.on('end', () => onward.halfClose())
  call.on('cancelled', () => onward.cancel())
  call.on('error', () => {})
  for (let nth = 0; ; nth++) {
    const answer = await onward.next()
    if (answer === undefined) break
    const spoiled = spoiling?.change !== undefined && nth === (spoiling.nth ?? 0) ? spoiling.change(answer) : answer
    if (spoiled !== undefined) call.write(spoiled)
  }
  const { code, message } = await onward.status
  if (spoiling?.staysOpen === true) return
  if (code === 0) call.end()
  else call.emit('error', { code, details: message, metadata: new Metadata() })
}

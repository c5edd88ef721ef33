import { grpcJsTransport } from '../../src/transport/grpc-js/transport.js'
import type { TransportFactory, TransportLimits, TransportOptions } from '../../src/transport/transport.js'

export interface TransportUnderTest {
  readonly name: string
  readonly factory: TransportFactory
  /**
   * How many streams one connection may reset before the server ends it. The oldest streaming clients reset every stream
   * whose call the server has ended, so this is how many handshakes they get out of one connection.
   */
  readonly resets: { readonly endsAfter: readonly [min: number, max: number] } | { readonly survives: number }
  /** What becomes of a call whose path lacks its leading slash, as some clients send it (neofs-v2 §5.6). */
  readonly missingSlash: 'served' | 'reset'
}

/** Every transport; the same wire tests run on each. */
export const TRANSPORTS: readonly TransportUnderTest[] = [
  {
    name: 'grpc-js',
    factory: grpcJsTransport,
    // HTTP/2 of Node: a burst of 1,000 and 33 a second; from Node 22.10 on the transport raises that.
    resets: nodeTakesResetLimits() ? { survives: 5000 } : { endsAfter: [1000, 1400] },
    // HTTP/2 of Node refuses such a path before anybody is asked.
    missingSlash: 'reset',
  },
]

/** Limits for tests that don't test limits. */
export const LIMITS: TransportLimits = {
  messageSize_bytes: 4 * 1024 * 1024,
  connections: 2000,
  connectionsPerAddress: 2000,
  connectionIdle_ms: 3_600_000,
  connectionAge_ms: undefined,
  tlsTimeout_ms: 30_000,
  requestTimeout_ms: 30_000,
  concurrentStreams: 2000,
  headerSize_bytes: 16 * 1024,
  keepaliveInterval_ms: 60_000,
  keepaliveTimeout_ms: 20_000,
}

/** Options for `methods`, with counters and faults collected. */
export function observed(options: Partial<TransportOptions>): TransportOptions & {
  readonly limitsHit: string[]
  readonly faults: { readonly fault: unknown; readonly path: string }[]
} {
  const limitsHit: string[] = []
  const faults: { fault: unknown; path: string }[] = []
  return {
    methods: [],
    limits: LIMITS,
    onLimit: (limit) => limitsHit.push(limit),
    onFault: (fault, path) => faults.push({ fault, path }),
    ...options,
    limitsHit,
    faults,
  }
}

function nodeTakesResetLimits(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 10)
}

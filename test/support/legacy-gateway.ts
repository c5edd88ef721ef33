import type { AdapterObserver, SeenClient } from '../../src/adapters/adapter.js'
import { SHARED_PATH, sharedPathMethod } from '../../src/adapters/shared-path.js'
import { createV1LegacyAdapter, type V1LegacyOptions } from '../../src/adapters/v1-legacy/index.js'
import type { Session } from '../../src/core/session.js'
import { SignatureVerifier } from '../../src/crypto/schemes.js'
import { type Logger, silentLogger } from '../../src/log.js'
import type { MessageSink } from '../../src/transport/transport.js'
import { FixedKeyPairs } from '../crypto/fixed-key-pairs.js'
import { type CoreOptions, makeCore } from './core.js'
import { settled } from './manual-clock.js'
import { FakeStreamCall } from './stream-call.js'

export interface LegacyGatewayOptions {
  readonly adapter?: Partial<V1LegacyOptions>
  readonly core?: CoreOptions
}

export const HANDSHAKE_TIMEOUT_MS = 60_000
export const HANDSHAKE_SIZE_BYTES = 8192

/** The shared path with only the streaming dialects behind it, on a core with real keys, and everything that it reports. */
export function legacyGateway(options: LegacyGatewayOptions = {}) {
  const core = makeCore({ keyPairs: new FixedKeyPairs([]), ...options.core })
  const { sessions, clock, epochs } = core
  const operations: Parameters<AdapterObserver['operation']>[0][] = []
  const signatureChecks: string[] = []
  const seen: SeenClient[] = []
  const limits: string[] = []
  const faults: string[] = []
  const log: Logger = { ...silentLogger, error: (_fields, message) => void faults.push(message) }
  const observer: AdapterObserver = {
    operation: (report) => void operations.push(report),
    signatureCheck: (scheme, outcome) => void signatureChecks.push(`${scheme} ${outcome}`),
    seen: (client) => void seen.push(client),
    bornExpired: () => {},
    limit: (name) => void limits.push(name),
  }
  const adapter = createV1LegacyAdapter(
    { sessions, clock, epochs, observer, log },
    {
      signatures: 'genuine',
      ownerCheck: 'genuine',
      handshakeTimeout_ms: HANDSHAKE_TIMEOUT_MS,
      handshakeSize_bytes: HANDSHAKE_SIZE_BYTES,
      nesting: 32,
      signatureChain: 8,
      handshakesPerConnection: 500,
      tokenObjects: 400,
      tokenKeys: 256,
      keyRecoveries: 10_000,
      verifier: new SignatureVerifier(),
      ...options.adapter,
    },
  )
  const method = sharedPathMethod([adapter], { log, clock, observer, handshakeTimeout_ms: HANDSHAKE_TIMEOUT_MS })
  if (method.kind !== 'stream') throw new Error('the shared path is a stream')
  const { handler } = method

  const open = async (): Promise<Session[]> => {
    const { items } = await sessions.list({ state: 'open' }, 100)
    return items.map(({ session }) => session)
  }
  return {
    ...core,
    observed: { operations, signatureChecks, seen, limits, faults },
    /** On a connection of its own if none is given. */
    call: (connection?: object) => new LegacyCall(handler, connection),
    /** All open sessions. */
    open,
    /** How many are open, under way, and how many timers wait: `[1, 0, 0]`. */
    left: async () => [(await open()).length, sessions.counts().pending, clock.waiting],
  }
}

/** A client's side of one call. */
export class LegacyCall extends FakeStreamCall {
  readonly #sink: MessageSink

  constructor(handler: (call: FakeStreamCall) => MessageSink, connection?: object) {
    super(SHARED_PATH, connection)
    this.#sink = handler(this)
  }

  /** Sends a message and lets everything happen that it causes; a transport hands nothing on once the call has ended. */
  async message(bytes: Uint8Array): Promise<void> {
    this.push(bytes)
    await settled()
  }

  /** Sends a message and waits for nothing. */
  push(bytes: Uint8Array): void {
    if (!this.gone.aborted) this.#sink.message(bytes)
  }

  async halfClose(): Promise<void> {
    if (!this.gone.aborted) this.#sink.halfClosed()
    await settled()
  }

  async vanish(): Promise<void> {
    if (!this.gone.aborted) {
      this.leave()
      this.#sink.gone()
    }
    await settled()
  }
}

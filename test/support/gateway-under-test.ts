import { tmpdir } from 'node:os'
import type { AdapterContext, AdapterObserver, SeenClient } from '../../src/adapters/adapter.js'
import { parseSetFlag } from '../../src/config/flags.js'
import { loadConfig } from '../../src/config/load.js'
import type { Config } from '../../src/config/schema.js'
import { SessionEvents } from '../../src/core/events.js'
import { ExpiryEngine } from '../../src/core/expiry.js'
import type { Random } from '../../src/core/random.js'
import { Sessions } from '../../src/core/sessions.js'
import { GatewayKey } from '../../src/crypto/gateway-key.js'
import { type SignatureCheck, type SignatureFault, SignatureVerifier } from '../../src/crypto/schemes.js'
import { createAdapters, methodsOf } from '../../src/gateway/adapters.js'
import { sessionLimitsOf, transportLimitsOf } from '../../src/gateway/settings.js'
import { silentLogger } from '../../src/log.js'
import { MemoryStore } from '../../src/stores/memory.js'
import type { Transport } from '../../src/transport/transport.js'
import { FixedKeyPairs } from '../crypto/fixed-key-pairs.js'
import { H2Client } from './h2-client.js'
import { ManualClock } from './manual-clock.js'
import { ManualEpochs } from './manual-epochs.js'
import { SeededRandom } from './seeded-random.js'
import { TRANSPORTS, type TransportUnderTest } from './transports.js'

export interface UnderTestOptions {
  readonly transport?: TransportUnderTest
  /** The product's own: signatures required and owners checked wherever a generation can carry that. */
  readonly strict?: boolean
  /** Further configuration, as `--set` takes it: `adapters.atomix.profile=v0.5`. */
  readonly set?: readonly string[]
  readonly epoch?: bigint
}

/** What the adapters reported. */
export interface Observed {
  readonly operations: { readonly operation: string; readonly dialect: string; readonly outcome: string }[]
  readonly signatureChecks: { readonly scheme: number; readonly outcome: string }[]
  readonly seen: SeenClient[]
  readonly bornExpired: SeenClient[]
  readonly limits: string[]
}

/** A gateway with all generations on a port of its own: everything real but time, epochs and, where asked, ids and keys. */
export class GatewayUnderTest {
  readonly clock = new ManualClock()
  readonly epochs: ManualEpochs
  readonly sessions: Sessions
  readonly observed: Observed
  readonly gatewayKey: GatewayKey
  /** What the transport found a handler to have thrown: faults of ours. */
  readonly faults: unknown[] = []
  readonly #verifier = new CountingVerifier()
  readonly #random = new ChosenRandom()
  readonly #keyPairs = new FixedKeyPairs([], new SeededRandom(6))
  readonly #engine: ExpiryEngine
  readonly #transport: Transport
  #client: H2Client | undefined
  #address = ''

  constructor(options: UnderTestOptions = {}) {
    const config = configOf(options)
    this.epochs = new ManualEpochs(options.epoch ?? 0n)
    const { clock, epochs } = this
    const limits = sessionLimitsOf(config)
    const store = new MemoryStore()
    const events = new SessionEvents({ capacity: limits.eventQueue, onFault: (fault) => this.faults.push(fault) })
    const random = this.#random
    const onLimit = (limit: string): void => void this.observed.limits.push(limit)
    this.sessions = new Sessions({ store, clock, epochs, random, keyPairs: this.#keyPairs, limits, events, onLimit })
    const expiryObserver = { failed: (fault: unknown) => void this.faults.push(fault) }
    const { reaper } = this.sessions
    this.#engine = new ExpiryEngine({ reaper, store, clock, epochs, limits, observer: expiryObserver })
    this.gatewayKey = GatewayKey.generate()
    const { observed, observer } = recorder()
    this.observed = observed
    const context: AdapterContext = {
      sessions: this.sessions,
      clock,
      epochs,
      observer,
      log: { ...silentLogger, error: (fields) => void this.faults.push(fields) },
    }
    const crypto = { verifier: this.#verifier, gatewayKey: this.gatewayKey }
    const { factory } = options.transport ?? firstTransport()
    this.#transport = factory({
      methods: methodsOf(createAdapters(config, context, crypto), config, context),
      limits: transportLimitsOf(config),
      onLimit: (limit) => void observed.limits.push(limit),
      onFault: (fault) => void this.faults.push(fault),
    })
  }

  get address(): string {
    return this.#address
  }

  /** Signatures that were looked at, those that were remembered included. */
  get verifications(): number {
    return this.#verifier.verifications
  }

  /** One connection, opened on first use. */
  async client(): Promise<H2Client> {
    this.#client ??= await H2Client.connect(this.#address)
    return this.#client
  }

  async start(): Promise<this> {
    this.#address = await this.#transport.listen('127.0.0.1:0')
    this.#engine.start()
    return this
  }

  async close(): Promise<void> {
    await this.#client?.close()
    await this.#engine.stop()
    await this.#transport.close()
  }

  /** The next session gets this id (16 bytes) and the key of this scalar (32 bytes). */
  setNext(id: Uint8Array, scalar?: Uint8Array): void {
    this.#random.next(id)
    if (scalar !== undefined) this.#keyPairs.next(scalar)
  }

  /** Open sessions and handshakes under way. */
  counts(): { readonly open: number; readonly pending: number } {
    const { open, pending } = this.sessions.counts()
    return { open: [...open.values()].reduce((sum, count) => sum + count, 0), pending }
  }
}

/** Started, and closed when the test ends. */
export async function startUnderTest(t: Test, options: UnderTestOptions = {}): Promise<GatewayUnderTest> {
  const gateway = await new GatewayUnderTest(options).start()
  t.teardown(() => gateway.close())
  return gateway
}

/** Starts one for `run` alone. */
export async function withGateway<T>(
  options: UnderTestOptions,
  run: (gateway: GatewayUnderTest) => Promise<T>,
): Promise<T> {
  const gateway = await new GatewayUnderTest(options).start()
  try {
    return await run(gateway)
  } finally {
    await gateway.close()
  }
}

type Test = import('tap').Test

function firstTransport(): TransportUnderTest {
  const [first] = TRANSPORTS
  if (first === undefined) throw new Error('there is no transport to test')
  return first
}

function configOf({ strict = false, set = [] }: UnderTestOptions): Config {
  const settings = [...(strict ? ['strict=true'] : []), ...set]
  const flags = settings.map(parseSetFlag)
  return loadConfig({ flags, env: {}, directory: tmpdir() }).config
}

class CountingVerifier extends SignatureVerifier {
  verifications = 0

  override verify(check: SignatureCheck): SignatureFault | undefined {
    this.verifications += 1
    return super.verify(check)
  }
}

/** An observer that keeps what it is told. */
function recorder(): { observed: Observed; observer: AdapterObserver } {
  const observed: Observed = { operations: [], signatureChecks: [], seen: [], bornExpired: [], limits: [] }
  return {
    observed,
    observer: {
      operation: ({ operation, dialect, outcome }) => void observed.operations.push({ operation, dialect, outcome }),
      signatureCheck: (scheme, outcome) => void observed.signatureChecks.push({ scheme, outcome }),
      seen: (client) => void observed.seen.push(client),
      bornExpired: (client) => void observed.bornExpired.push(client),
      limit: (name) => void observed.limits.push(name),
    },
  }
}

/** Ids that were chosen, then ids at random. */
class ChosenRandom implements Random {
  readonly #chosen: Uint8Array[] = []
  readonly #random = new SeededRandom(3)

  next(bytes: Uint8Array): void {
    this.#chosen.push(bytes)
  }

  bytes(count: number): Uint8Array {
    const chosen = this.#chosen.shift()
    if (chosen === undefined) return this.#random.bytes(count)
    if (chosen.length !== count) throw new RangeError(`${count} bytes were asked for, ${chosen.length} were chosen`)
    return new Uint8Array(chosen)
  }
}

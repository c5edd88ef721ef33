import { setTimeout as sleep } from 'node:timers/promises'
import { type Gateway, startGateway } from '../../src/gateway/gateway.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { fixturePath } from '../support/fixtures.js'
import { recordingLogger, testConfig } from '../support/gateway.js'
import { CountingProxy } from './counting-proxy.js'

export interface StationOptions {
  readonly tls?: boolean
  /** Configuration, as `--set` takes it. */
  readonly settings?: Readonly<Record<string, string>>
}

/** A gateway that can be restarted behind one address, with a count of what clients send there. */
export class Station {
  readonly #options: StationOptions
  readonly #log = recordingLogger()
  readonly #proxy: CountingProxy
  #store = new MemoryStore()
  #gateway: Gateway | undefined

  private constructor(options: StationOptions) {
    this.#options = options
    this.#proxy = new CountingProxy({ encrypted: options.tls === true })
  }

  static async start(options: StationOptions = {}): Promise<Station> {
    const station = new Station(options)
    await station.#start()
    return station
  }

  get address(): string {
    return this.#proxy.address
  }

  /** The file with the authority of its certificate, if it has one. */
  get authority(): string | undefined {
    return this.#options.tls === true ? fixturePath('tls/authority.pem') : undefined
  }

  get connections(): number {
    return this.#proxy.connections
  }

  /** How many requests clients sent since then (`performance.now()`), or ever. */
  requests(since = 0): number {
    return this.#proxy.requests.filter((at) => at >= since).length
  }

  /** Sessions that are open now. */
  get open(): number {
    return [...this.#store.counts().open.values()].reduce((sum, count) => sum + count, 0)
  }

  /** What the gateway found wrong with itself. */
  get faults(): string[] {
    return this.#log.lines.filter(({ level }) => level === 'error').map(({ message }) => message)
  }

  /** While it is on, every request's signature is made wrong on its way. */
  spoil(on: boolean): void {
    this.#proxy.spoil(on)
  }

  /** From now on no new sessions; for `shutdown.grace` all else goes on. */
  drain(): void {
    // Awaited when the gateway is stopped.
    void this.#gateway?.drain()
  }

  /** The gateway ends, is away for a moment, and comes back: with its sessions, as from a durable store, or without. */
  async restart(sessions: 'kept' | 'lost', away_ms: number): Promise<void> {
    await this.stop()
    if (sessions === 'lost') this.#store = new MemoryStore()
    await sleep(away_ms)
    await this.#start()
  }

  async stop(): Promise<void> {
    await this.#proxy.down()
    await this.#gateway?.stop()
    this.#gateway = undefined
  }

  async #start(): Promise<void> {
    const { tls = false, settings = {} } = this.#options
    const files = { 'tls.cert': fixturePath('tls/server.pem'), 'tls.key': fixturePath('tls/server.key') }
    const config = testConfig({ 'admin.listen': 'off', ...(tls ? files : {}), ...settings })
    this.#gateway = await startGateway(config, { log: this.#log, store: this.#store })
    const [address] = this.#gateway.ready.grpc
    if (address === undefined) throw new Error('the gateway listens nowhere')
    await this.#proxy.up(address)
  }
}

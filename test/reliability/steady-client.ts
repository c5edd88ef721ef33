import { setTimeout as sleep } from 'node:timers/promises'
import { ATOMIX_CLIENTS, AtomixClient } from '../clients/atomix.js'
import { EVERYONE } from '../clients/everyone.js'
import { PATIENCE_MS } from '../clients/outcome.js'
import { GrpcClient } from '../support/grpc-client.js'
import { SeededRandom } from '../support/seeded-random.js'
import { pick } from './pick.js'
import { sessionIdIn, type UnaryRequest, unaryRequests } from './valid-requests.js'

export interface SteadyOptions {
  readonly address: string
  readonly seed: number
  /** Calls under way at once, each on a connection of its own. */
  readonly width: number
  /** Between two calls of one connection, on average. */
  readonly pause_ms: number
  /** Of a call and the next, how many are on a fresh connection, 0 to 1. */
  readonly churn?: number
  /** Of the calls, how many are by a client that checks all of its answer, 0 to 1; others look for the session's id. */
  readonly strict?: number
}

/** What its calls came to. */
export interface Served {
  readonly calls: number
  readonly failed: number
  /** Why the first of them failed. */
  readonly reasons: readonly string[]
  readonly latencies_ms: readonly number[]
}

const REASONS_MAX = 10

/** Those of Atomix would leave their sessions open; here they close them. */
const NEOFS = EVERYONE.slice(0, -ATOMIX_CLIENTS.length)

/**
 * Well-behaved clients of all generations who call all the time, for runs that ask whether others are still served. Every
 * call has to succeed.
 */
export class SteadyClient {
  readonly #options: SteadyOptions
  readonly #random: SeededRandom
  #expiration: bigint
  #requests: readonly UnaryRequest[] = []
  #loops: Promise<void>[] = []
  #stopped = false
  #calls = 0
  #failed = 0
  #reasons: string[] = []
  #latencies_ms: number[] = []

  /** @param expiration the epoch up to which sessions are opened. */
  constructor(options: SteadyOptions, expiration: bigint) {
    this.#options = options
    this.#random = new SeededRandom(options.seed)
    this.#expiration = expiration
    this.renew(expiration)
  }

  /** From now on sessions live up to another epoch. */
  renew(expiration: bigint): void {
    this.#expiration = expiration
    this.#requests = unaryRequests(this.#random, expiration)
  }

  start(): this {
    this.#loops = Array.from({ length: this.#options.width }, () => this.#loop())
    return this
  }

  /** What came since it was asked last. */
  take(): Served {
    const served = {
      calls: this.#calls,
      failed: this.#failed,
      reasons: this.#reasons,
      latencies_ms: this.#latencies_ms,
    }
    this.#calls = 0
    this.#failed = 0
    this.#reasons = []
    this.#latencies_ms = []
    return served
  }

  /** Waits for the calls under way, and closes its connections. */
  async stop(): Promise<Served> {
    this.#stopped = true
    await Promise.all(this.#loops)
    return this.take()
  }

  async #loop(): Promise<void> {
    const { address, pause_ms, churn = 0 } = this.#options
    let grpc = new GrpcClient(address)
    while (!this.#stopped) {
      if (this.#random.below(1000) < churn * 1000) {
        grpc.close()
        grpc = new GrpcClient(address)
      }
      try {
        await this.#visit(grpc)
      } catch (error) {
        this.#failed += 1
        if (this.#reasons.length < REASONS_MAX)
          this.#reasons.push(error instanceof Error ? error.message : String(error))
      }
      await sleep(this.#random.below(2 * pause_ms + 1))
    }
    grpc.close()
  }

  async #visit(grpc: GrpcClient): Promise<void> {
    const { strict = 0.05 } = this.#options
    if (this.#random.below(1000) < strict * 1000) await this.#strict(grpc)
    else if (this.#random.below(2) === 0) await this.#neoFs(grpc)
    else await this.#atomix(grpc)
  }

  async #neoFs(grpc: GrpcClient): Promise<void> {
    const { client, path, request } = pick(this.#random, this.#requests)
    const { code, message, response } = await this.#timed(() => grpc.unary(path, request, { timeout_ms: PATIENCE_MS }))
    if (code !== 0 || sessionIdIn(response) === '') throw new Error(`${client}: gRPC ${code} ${message}`)
  }

  /** A whole life of a session. */
  async #atomix(grpc: GrpcClient): Promise<void> {
    const client = new AtomixClient({
      version: pick(this.#random, ATOMIX_CLIENTS),
      partition: 1 + this.#random.below(3),
    })
    for (const step of ['open', 'keepAlive', 'close'] as const) {
      const verdict = await this.#timed(() => client[step](grpc))
      if (verdict.kind !== 'ok') throw new Error(`Atomix ${step}: ${JSON.stringify(verdict)}`)
    }
  }

  async #strict(grpc: GrpcClient): Promise<void> {
    const open = pick(this.#random, NEOFS)
    // What it takes is mostly the client's own arithmetic, and so no latency.
    this.#calls += 1
    await open(grpc, this.#random, this.#expiration)
  }

  async #timed<T>(call: () => Promise<T>): Promise<T> {
    this.#calls += 1
    const began = performance.now()
    const reply = await call()
    this.#latencies_ms.push(performance.now() - began)
    return reply
  }
}

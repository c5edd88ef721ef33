import { setTimeout as sleep } from 'node:timers/promises'
import { ATOMIX_CLIENTS, AtomixClient } from '../clients/atomix.js'
import { freshKey } from '../clients/keys.js'
import { V2Client } from '../clients/v2.js'
import { GrpcClient, type GrpcStatus, type GrpcStream } from '../support/grpc-client.js'
import { SeededRandom } from '../support/seeded-random.js'
import { pick, pickWeighted } from './pick.js'
import { RawH2 } from './raw-h2.js'
import { type Handshake, handshakes, SHARED_PATH, V2_PATH } from './valid-requests.js'

export interface StraysOptions {
  readonly address: string
  readonly seed: number
  /** Connections, each with one call at a time. */
  readonly width: number
  /** Between two calls of one connection, on average. */
  readonly pause_ms: number
}

/** What their calls came to. */
export interface StraysTold {
  readonly calls: number
  readonly faults: readonly string[]
}

/** Of calls, how many are on a fresh connection, in 1000. */
const CHURN = 150
const SHORT_MS = 50
const PATIENCE_MS = 20_000
const FAULTS_MAX = 10
const WATCH = '/grpc.health.v1.Health/Watch'

/** gRPC codes. */
const OK = 0
const CANCELLED = 1
const UNKNOWN = 2
const UNIMPLEMENTED = 12
const INTERNAL = 13

/**
 * Clients that do not behave: they give up handshakes and calls, forget their sessions, send what is refused, and leave without
 * a word. Each is told what it has to be told, and nothing of it may stay.
 */
export class Strays {
  readonly #options: StraysOptions
  readonly #random: SeededRandom
  readonly #handshakes: readonly Handshake[]
  /** Of a client before 2.11, which is told by gRPC. */
  readonly #badlySigned: Uint8Array
  readonly #valid: Uint8Array
  readonly #visits: readonly (readonly [weight: number, visit: (grpc: GrpcClient) => Promise<void>])[]
  #loops: Promise<void>[] = []
  #stopped = false
  #calls = 0
  readonly #faults: string[] = []

  /** @param expiration the last epoch of what they open, if they come to it */
  constructor(options: StraysOptions, expiration: bigint) {
    this.#options = options
    this.#random = new SeededRandom(options.seed)
    this.#handshakes = handshakes(this.#random, expiration)
    const version = { major: 2, minor: 7 }
    const key = freshKey(this.#random)
    this.#valid = new V2Client({ dialect: 'v2', version, key, expiration }).request()
    // The request ends with a signature.
    this.#badlySigned = this.#valid.map((byte, at) => (at === this.#valid.length - 1 ? byte ^ 1 : byte))
    this.#visits = [
      [5, (grpc) => this.#abandonHandshake(grpc)],
      [3, () => this.#vanish()],
      [8, (grpc) => this.#letExpire(grpc)],
      [3, (grpc) => this.#askForNoSession(grpc)],
      [3, (grpc) => this.#giveUpCall(grpc)],
      [2, (grpc) => this.#watch(grpc)],
      [2, (grpc) => this.#refused(grpc, V2_PATH, Uint8Array.of(0xff), INTERNAL)],
      [2, (grpc) => this.#refused(grpc, V2_PATH, this.#badlySigned, UNKNOWN)],
      [1, (grpc) => this.#refused(grpc, '/no.such.Service/Method', new Uint8Array(0), UNIMPLEMENTED)],
    ]
  }

  start(): this {
    this.#loops = Array.from({ length: this.#options.width }, () => this.#loop())
    return this
  }

  /** Waits for the calls under way, and closes their connections. */
  async stop(): Promise<StraysTold> {
    this.#stopped = true
    await Promise.all(this.#loops)
    return { calls: this.#calls, faults: this.#faults }
  }

  async #loop(): Promise<void> {
    const { address, pause_ms } = this.#options
    let grpc = new GrpcClient(address)
    while (!this.#stopped) {
      if (this.#random.below(1000) < CHURN) {
        grpc.close()
        grpc = new GrpcClient(address)
      }
      try {
        this.#calls += 1
        await pickWeighted(this.#random, this.#visits)(grpc)
      } catch (error) {
        this.#fault(error instanceof Error ? error.message : String(error))
      }
      await sleep(this.#random.below(2 * pause_ms + 1))
    }
    grpc.close()
  }

  /** After Unsigned. */
  async #abandonHandshake(grpc: GrpcClient): Promise<void> {
    const { client, init } = pick(this.#random, this.#handshakes)
    const call = open(grpc, SHARED_PATH)
    call.send(init)
    const unsigned = await call.next()
    if (unsigned === undefined) this.#fault(`Init of ${client.wish.dialect}: ${told(await call.status)}`)
    if (this.#random.below(2) === 0) call.halfClose()
    else call.cancel()
    this.#expect(`a handshake of ${client.wish.dialect} that is given up`, await call.status, [OK, CANCELLED])
  }

  /** Its connection is gone in the middle of a handshake. */
  async #vanish(): Promise<void> {
    const { client, init } = pick(this.#random, this.#handshakes)
    const connection = await RawH2.connect(this.#options.address)
    const stream = connection.open(SHARED_PATH)
    connection.message(stream, init)
    const [unsigned] = await connection.received(stream, 1)
    if (unsigned === undefined) this.#fault(`Init of ${client.wish.dialect} was not answered`)
    connection.socket.destroy()
    await connection.closed
  }

  /** A session that is not renewed is over, and its client is told so. */
  async #letExpire(grpc: GrpcClient): Promise<void> {
    const version = pick(this.#random, ATOMIX_CLIENTS)
    const client = new AtomixClient({ version, partition: 1 + this.#random.below(3), timeout_ms: SHORT_MS })
    const opened = await client.open(grpc)
    if (opened.kind !== 'ok') return this.#fault(`a short session: ${JSON.stringify(opened)}`)
    await sleep(2 * SHORT_MS)
    const { kind } = await client.keepAlive(grpc)
    // Clients of v0.1 to v0.3 know no such message, and say that an unknown error occurred.
    if (kind !== 'error') this.#fault(`a session that was not renewed: ${kind}`)
  }

  async #askForNoSession(grpc: GrpcClient): Promise<void> {
    const client = new AtomixClient({ version: pick(this.#random, ATOMIX_CLIENTS), partition: 1 })
    const { kind } = await (this.#random.below(2) === 0 ? client.keepAlive(grpc) : client.close(grpc))
    if (kind !== 'error') this.#fault(`no session: ${kind}`)
  }

  /** Says what it wants, and never that this was all. */
  async #giveUpCall(grpc: GrpcClient): Promise<void> {
    const call = open(grpc, V2_PATH)
    call.send(this.#valid)
    await sleep(this.#random.below(10))
    call.cancel()
    this.#expect('a call that is given up', await call.status, [CANCELLED])
  }

  async #watch(grpc: GrpcClient): Promise<void> {
    const call = open(grpc, WATCH)
    call.send(new Uint8Array(0))
    if ((await call.next()) === undefined) this.#fault(`a watch: ${told(await call.status)}`)
    call.cancel()
    await call.status
  }

  async #refused(grpc: GrpcClient, path: string, request: Uint8Array, code: number): Promise<void> {
    this.#expect(path, await grpc.unary(path, request, { timeout_ms: PATIENCE_MS }), [code])
  }

  #expect(what: string, status: GrpcStatus, codes: readonly number[]): void {
    if (!codes.includes(status.code)) this.#fault(`${what}: ${told(status)}`)
  }

  #fault(text: string): void {
    if (this.#faults.length < FAULTS_MAX) this.#faults.push(text)
  }
}

function open(grpc: GrpcClient, path: string): GrpcStream {
  return grpc.stream(path, { timeout_ms: PATIENCE_MS })
}

function told({ code, message }: GrpcStatus): string {
  return `gRPC ${code} ${message}`
}

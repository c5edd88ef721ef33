import { setTimeout as sleep } from 'node:timers/promises'
import { hex, refused } from '../clients/outcome.js'
import { message, sub, text, uint32, uint64 } from '../clients/protos.js'
import { GrpcClient } from '../support/grpc-client.js'
import type { SeededRandom } from '../support/seeded-random.js'
import type { Called, Caller, Connect } from './callers.js'
import type { Ledger, LedgerEntry } from './ledger.js'
import { pick } from './pick.js'
import { ATOMIX, type Handshake, sessionIdIn, type UnaryRequest } from './valid-requests.js'

export interface TrafficOptions {
  readonly address: string
  readonly random: SeededRandom
  readonly ledger: Ledger
  readonly connect: Connect
  /** Sent over and over: signing them anew would take the client longer than the gateway. */
  readonly requests: readonly UnaryRequest[]
  readonly handshakes: readonly Handshake[]
  readonly connections: number
  /** Calls under way on each. */
  readonly width: number
  /** Told of every answer that is an error: its gRPC code, 0 for one in the generation's own form. */
  readonly onError?: (code: number, message: string) => void
  /** Between an error and the next call. If not given, a client goes with the first error, as the gateway is gone. */
  readonly pause_ms?: number
}

/** Shorter than any pause of a client, so that such a session is over when it comes back. */
const SHORT_MS = 30
const LONG_MS = 3_600_000
const PARTITIONS = 3
/** A streaming client signs, which keeps the process of the test from everything else. */
const HANDSHAKE_PAUSE_MS = 20
const UNKNOWN = /unknown session/

const FILE = 'atomix/session.proto'
const OPEN = message(FILE, 'atomix.session.OpenSessionRequest')
const CLOSE = message(FILE, 'atomix.session.CloseSessionRequest')
const OPENED = message(FILE, 'atomix.session.OpenSessionResponse')
const CLOSED = message(FILE, 'atomix.session.CloseSessionResponse')

interface Numbered {
  readonly partition: number
  readonly number: bigint
}

/** Clients of all generations who open and close as fast as they can, and write down what they are told. */
export class Traffic {
  readonly #options: TrafficOptions
  readonly #loops: Promise<void>[]
  /** NeoFS sessions that were opened, for whoever lets an epoch pass. */
  readonly neoFs: LedgerEntry[] = []
  #stopped = false

  constructor(options: TrafficOptions) {
    this.#options = options
    this.#loops = [
      ...Array.from({ length: options.connections }, () => this.#connection()),
      ...(options.handshakes.length === 0 ? [] : [this.#handshakes()]),
    ]
  }

  /** Resolves when every call has its answer, or its connection is gone. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#loops)
  }

  async #connection(): Promise<void> {
    const { address, connect, width } = this.#options
    const caller = await connect(address)
    await Promise.all(Array.from({ length: width }, () => this.#repeat(() => this.#visit(caller))))
    caller.close()
  }

  async #handshakes(): Promise<void> {
    const grpc = new GrpcClient(this.#options.address)
    await this.#repeat(async () => {
      await sleep(HANDSHAKE_PAUSE_MS)
      return this.#openByHandshake(grpc)
    })
    grpc.close()
  }

  /** `visit` tells whether all went well. */
  async #repeat(visit: () => Promise<boolean>): Promise<void> {
    const { pause_ms } = this.#options
    while (!this.#stopped) {
      if (await visit()) continue
      if (pause_ms === undefined) return
      await sleep(pause_ms)
    }
  }

  #visit(caller: Caller): Promise<boolean> {
    const what = this.#options.random.below(100)
    if (what < 65) return this.#openAndClose(caller)
    return what < 68 ? this.#openAndLetGo(caller) : this.#openUnary(caller)
  }

  async #openAndClose(caller: Caller): Promise<boolean> {
    const { random, ledger } = this.#options
    const { entry, session } = await this.#openAtomix(caller, LONG_MS)
    if (entry === undefined || session === undefined) return false
    // Some stay.
    if (random.below(8) === 0) return true
    ledger.closing(entry)
    if (!this.#isOk(CLOSED, await this.#ofSession(caller, 'CloseSession', session))) return false
    ledger.closed(entry)
    return true
  }

  /** Its timeout passes, and the client is told so. */
  async #openAndLetGo(caller: Caller): Promise<boolean> {
    const { ledger } = this.#options
    const { entry, session } = await this.#openAtomix(caller, SHORT_MS)
    if (entry === undefined || session === undefined) return false
    await sleep(2 * SHORT_MS)
    const called = await this.#ofSession(caller, 'KeepAlive', session)
    const header = called.response && sub(CLOSED.decode(called.response), 'header')
    if (!UNKNOWN.test(text(header, 'message'))) return this.#isOk(CLOSED, called)
    ledger.expired(entry)
    return true
  }

  async #openAtomix(
    caller: Caller,
    timeout_ms: number,
  ): Promise<{ readonly entry?: LedgerEntry; readonly session?: Numbered }> {
    const { random, ledger } = this.#options
    const partition = 1 + random.below(PARTITIONS)
    const timeout = { seconds: BigInt(Math.floor(timeout_ms / 1000)), nanos: (timeout_ms % 1000) * 1_000_000 }
    const request = OPEN.encode({ header: { primitive: {}, partition }, timeout })
    const called = await caller.call(`${ATOMIX}/OpenSession`, request)
    if (!this.#isOk(OPENED, called)) {
      ledger.cutOff += 1
      return {}
    }
    const number = uint64(sub(OPENED.decode(called.response), 'header'), 'session_id')
    const entry = ledger.created(`${partition}:${number}`)
    if (timeout_ms === SHORT_MS) ledger.over([entry])
    return { entry, session: { partition, number } }
  }

  #ofSession(caller: Caller, method: string, { partition, number }: Numbered): Promise<Called> {
    const header = { primitive: {}, partition, session_id: number, index: number }
    return caller.call(`${ATOMIX}/${method}`, CLOSE.encode({ header }))
  }

  async #openUnary(caller: Caller): Promise<boolean> {
    const { random, ledger, requests } = this.#options
    const { path, request } = pick(random, requests)
    const { code, message, response } = await caller.call(path, request)
    const id = sessionIdIn(response)
    if (id !== '') return this.#remember(ledger.created(id))
    this.#options.onError?.(code, message)
    ledger.cutOff += 1
    return false
  }

  async #openByHandshake(grpc: GrpcClient): Promise<boolean> {
    const { random, ledger, handshakes } = this.#options
    const { client } = pick(random, handshakes)
    // What breaks off in the middle is an answer that no client could take.
    const outcome = await client.open(grpc).catch((fault: unknown) => refused(-1, String(fault)))
    if (outcome.kind === 'opened') return this.#remember(ledger.created(hex(outcome.id)))
    this.#options.onError?.(outcome.code, outcome.message)
    ledger.cutOff += 1
    return false
  }

  #remember(entry: LedgerEntry): boolean {
    this.neoFs.push(entry)
    return true
  }

  /** Whether the answer says so; tells of the error if it does not. */
  #isOk(type: typeof OPENED, called: Called): called is Called & { readonly response: Uint8Array } {
    const header = called.response && sub(type.decode(called.response), 'header')
    if (header !== undefined && uint32(header, 'status') === 0) return true
    this.#options.onError?.(called.code, header === undefined ? called.message : text(header, 'message'))
    return false
  }
}

import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { GrpcClient } from '../support/grpc-client.js'
import { type DrainParts, HalfCalls, type InFlight, type OpenSession, openSessions, WholeCalls } from './drain-calls.js'
import type { Fate } from './drain-fate.js'
import { inTime } from './in-time.js'
import { pick } from './pick.js'
import { StubbornClient } from './stubborn-client.js'

const CALLS_PER_CONNECTION = 50
/** Of the calls, those that wait for their clients. */
const HALF_SHARE = 0.4
/** Calls beside the others, whose clients never finish them. */
const LAGGARDS_SHARE = 0.05
const STUBBORN = 6
/** Renewals that each stubborn client has under way. */
const HELD = 10
/** Clients that call all the time, one call after the other. */
const STEADY = 8
const PATIENCE_MS = 60_000

/** What became of all calls of a round. */
export interface DrainTold {
  readonly fates: Readonly<Record<Fate['kind'], number>>
  /** Calls of stubborn clients that came after GOAWAY. */
  readonly ignored: number
  readonly faults: readonly string[]
}

/** All clients of one round: the calls that they have in flight, and what becomes of them. */
export class DrainTraffic {
  readonly #parts: DrainParts
  readonly #sessions: OpenSession[]
  readonly #own: GrpcClient
  readonly #others: readonly GrpcClient[]
  readonly #fates = { answered: 0, refused: 0, 'not taken': 0, lost: 0 }
  readonly #faults: string[] = []
  readonly #stubborn: StubbornClient[] = []
  readonly #inFlight: InFlight[] = []
  #laggards: InFlight[] = []
  #halves: InFlight[] = []
  #loops: Promise<void>[] = []
  #ignored = 0

  private constructor(own: GrpcClient, others: readonly GrpcClient[], sessions: OpenSession[], parts: DrainParts) {
    this.#own = own
    this.#others = others
    this.#sessions = sessions
    this.#parts = parts
  }

  /** Begins what waits for its clients, and those who call all the time. */
  static async begin(
    address: string,
    parts: DrainParts,
    { calls, hasLaggards }: { readonly calls: number; readonly hasLaggards: boolean },
  ): Promise<DrainTraffic> {
    const own = new GrpcClient(address)
    const others = Array.from({ length: Math.ceil(calls / CALLS_PER_CONNECTION) }, () => new GrpcClient(address))
    const sessions = await openSessions(own, parts, calls + STUBBORN * HELD)
    const traffic = new DrainTraffic(own, others, sessions, parts)
    for (let n = 0; n < STUBBORN; n += 1) {
      traffic.#stubborn.push(await StubbornClient.connect(address, sessions.splice(0, HELD), parts))
    }
    if (hasLaggards) traffic.#laggards = await traffic.#halfCalls([own], calls * LAGGARDS_SHARE)
    traffic.#halves = await traffic.#halfCalls(others, calls * HALF_SHARE)
    traffic.#inFlight.push(...traffic.#halves)
    traffic.#loops = [
      ...traffic.#stubborn.map((client) => traffic.#insist(client)),
      ...others.slice(0, STEADY).map((grpc) => traffic.#callSteadily(grpc)),
    ]
    return traffic
  }

  /** Makes all other calls; how many calls are unanswered when all of them are handed to the sockets. */
  async fill(calls: number): Promise<number> {
    this.#inFlight.push(...this.#wholeCalls(calls - this.#inFlight.length))
    let unanswered = this.#inFlight.length
    for (const { fate } of this.#inFlight) void fate.then(() => (unanswered -= 1))
    // They are written in the next turn of the event loop, and no answer is read before the next but one.
    await turn()
    await turn()
    return unanswered
  }

  get isToldToGo(): boolean {
    return this.#stubborn.some(({ isToldToGo }) => isToldToGo)
  }

  /** That share of the clients for whom calls wait say the rest. */
  finish(share: number): void {
    for (const { finish } of this.#halves.splice(0, Math.ceil(this.#halves.length * share))) finish()
  }

  /** Waits for the end of every call. @throws Error if one has none */
  async over(): Promise<DrainTold> {
    const ends = [
      ...this.#inFlight.map((call) => this.#judge(call)),
      ...this.#laggards.map(({ fate }) => fate),
      ...this.#loops,
    ]
    await inTime(Promise.all(ends), PATIENCE_MS, 'an end of every call')
    for (const client of [this.#own, ...this.#others]) client.close()
    return { fates: this.#fates, ignored: this.#ignored, faults: this.#faults }
  }

  async #halfCalls(clients: readonly GrpcClient[], count: number): Promise<InFlight[]> {
    const half = new HalfCalls(this.#parts)
    const calls: InFlight[] = []
    while (calls.length < count) {
      const grpc = pick(this.#parts.random, clients)
      // Handshakes last: when they have their Unsigned, the gateway has seen the others on their connection.
      const part = calls.length / count
      if (part < 0.05) calls.push(half.beginning(grpc))
      else if (part < 0.2) calls.push(half.create(grpc))
      else if (part < 0.45) calls.push(half.keepAlive(grpc, this.#session()))
      else if (part < 0.6) calls.push(half.close(grpc, this.#session()))
      else calls.push(await half.handshake(grpc))
    }
    return calls
  }

  #wholeCalls(count: number): InFlight[] {
    const { random } = this.#parts
    const whole = new WholeCalls(this.#parts)
    return Array.from({ length: count }, () => {
      const grpc = pick(random, this.#others)
      const what = random.below(100)
      if (what < 40) return whole.createNeoFs(grpc)
      if (what < 60) return whole.createAtomix(grpc)
      return what < 85 ? whole.keepAlive(grpc, this.#session()) : whole.close(grpc, this.#session())
    })
  }

  /** Calls until the gateway is gone. */
  async #callSteadily(grpc: GrpcClient): Promise<void> {
    const { random } = this.#parts
    const whole = new WholeCalls(this.#parts)
    const session = this.#session()
    for (;;) {
      const call = random.below(2) === 0 ? whole.createNeoFs(grpc) : whole.keepAlive(grpc, session)
      const { kind } = await this.#judge(call)
      if (kind === 'not taken' || kind === 'lost') return
      await sleep(1)
    }
  }

  async #insist(client: StubbornClient): Promise<void> {
    const { answered, refused, ignored, faults } = await client.run()
    this.#fates.answered += answered
    this.#fates.refused += refused
    this.#fates.lost += faults.length
    this.#ignored += ignored
    this.#faults.push(...faults)
  }

  async #judge({ kind, may, fate }: InFlight): Promise<Fate> {
    const told = await fate
    this.#fates[told.kind] += 1
    if (!may.includes(told.kind)) this.#faults.push(`${kind}: ${told.kind} (${told.reason})`)
    return told
  }

  /** One that no other call is about. */
  #session(): OpenSession {
    const session = this.#sessions.pop()
    if (session === undefined) throw new RangeError('too few sessions were opened')
    return session
  }
}

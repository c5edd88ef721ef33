import { join } from 'node:path'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import Type from 'typebox'
import { Value } from 'typebox/value'
import { eventually } from '../support/eventually.js'
import { GrpcClient } from '../support/grpc-client.js'
import { SeededRandom } from '../support/seeded-random.js'
import { AdminClient } from './admin-client.js'
import { type DrainParts, HalfCalls, type InFlight, type OpenSession, openSessions, WholeCalls } from './drain-calls.js'
import type { Fate } from './drain-fate.js'
import { GatewayProcess } from './gateway-process.js'
import { inTime } from './in-time.js'
import { Ledger } from './ledger.js'
import type { Common, Run } from './options.js'
import { pick } from './pick.js'
import { Readiness } from './readiness.js'
import type { Report } from './report.js'
import { FIRST_EPOCH, MANUAL_EPOCH, MANY_CLIENTS } from './settings.js'
import { brokenPromises, readStoreFile, untold } from './store-file.js'
import { StubbornClient } from './stubborn-client.js'
import { handshakes, unaryRequests } from './valid-requests.js'

type DrainOptions = {
  readonly calls: number
  /** Times that the gateway is told to end. In every second, some clients never finish their calls. */
  readonly rounds: number
  /** `shutdown.timeout`. */
  readonly timeout_s: number
}

const CALLS_PER_CONNECTION = 50
const STUBBORN = 6
/** Renewals that each stubborn client has under way. */
const HELD = 10
/** Clients that call all the time, one call after the other. */
const STEADY = 8
/** Of the calls, those whose clients never finish them. */
const LAGGARDS_SHARE = 0.05
/** What a busy machine may take to end a process, and to tell this one. */
const NOTICE_MS = 2_000
const PATIENCE_MS = 60_000
/** Sessions that are asked for over the wire after a restart. */
const ASKED = 20
const FAULTS_SHOWN = 10

const DrainingSchema = Type.Object({ time: Type.String() })

export const drain: Run<DrainOptions> = {
  name: 'drain',
  what: 'SIGTERM with calls of all generations in flight, and clients that ignore GOAWAY: what was accepted is answered and kept',
  short: { calls: 500, rounds: 2, timeout_s: 8 },
  long: { calls: 2000, rounds: 10, timeout_s: 10 },

  async run(options, report) {
    const gateway = await GatewayProcess.start({
      store: 'lmdb:./data',
      restarts: true,
      args: MANUAL_EPOCH,
      settings: { ...MANY_CLIENTS, 'shutdown.timeout': `${options.timeout_s}s` },
    })
    try {
      await new Draining(options, report, gateway).run()
      report.check(gateway.faults.length === 0, `faults: ${gateway.faults.slice(0, FAULTS_SHOWN).join('\n')}`)
    } finally {
      await gateway.dispose()
    }
  },
}

class Draining {
  readonly #options: DrainOptions & Common
  readonly #report: Report
  readonly #gateway: GatewayProcess
  readonly #parts: DrainParts
  readonly #fates = { answered: 0, refused: 0, 'not taken': 0, lost: 0 }
  readonly #faults: string[] = []
  readonly #inFlight: number[] = []
  /** From SIGTERM until the gateway heard it, and from then until it had ended. */
  readonly #heard_ms: number[] = []
  readonly #took_ms: number[] = []
  #ignored = 0

  constructor(options: DrainOptions & Common, report: Report, gateway: GatewayProcess) {
    this.#options = options
    this.#report = report
    this.#gateway = gateway
    const random = new SeededRandom(options.seed)
    const requests = unaryRequests(random, FIRST_EPOCH + 1n)
    this.#parts = { random, ledger: new Ledger(), requests, handshakes: handshakes(random, FIRST_EPOCH + 1n) }
  }

  async run(): Promise<void> {
    for (let round = 1; round <= this.#options.rounds; round += 1) {
      await this.#round(round % 2 === 0)
      this.#checkStore(round)
      await this.#gateway.restart()
      await this.#askFor()
      this.#report.progress(`drain ${round}: ${this.#inFlight.at(-1)} calls, ${this.#took_ms.at(-1)} ms`)
    }
    const { ledger } = this.#parts
    this.#report.figure('drains', this.#options.rounds)
    this.#report.figure('in flight at SIGTERM', this.#inFlight.join(' '))
    for (const [kind, count] of Object.entries(this.#fates)) this.#report.figure(kind, count)
    this.#report.figure('sent after GOAWAY', this.#ignored)
    this.#report.figure('ms until SIGTERM was heard', this.#heard_ms.join(' '))
    this.#report.figure('ms from then to exit 0', this.#took_ms.join(' '))
    this.#report.figure('sessions and closes acknowledged', ledger.done)
    this.#report.check(this.#faults.length === 0, this.#faults.slice(0, FAULTS_SHOWN).join('\n'))
    this.#report.check(
      this.#inFlight.every((count) => count >= this.#options.calls),
      'too few calls were in flight',
    )
    this.#report.check(this.#fates.refused > 0 && this.#ignored > 0, 'nothing came too late')
  }

  async #round(hasLaggards: boolean): Promise<void> {
    const { calls, timeout_s } = this.#options
    const { address, admin } = this.#gateway
    const connections = Math.ceil(calls / CALLS_PER_CONNECTION)
    const clients = Array.from({ length: connections + 1 }, () => new GrpcClient(address))
    const [own, ...others] = clients
    if (own === undefined) throw new RangeError('no connection')
    const sessions = await openSessions(own, this.#parts, calls + STUBBORN * HELD)
    const stubborn: StubbornClient[] = []
    for (let n = 0; n < STUBBORN; n += 1) {
      stubborn.push(await StubbornClient.connect(address, sessions.splice(0, HELD), this.#parts))
    }
    const laggards = hasLaggards ? await this.#halfCalls([own], sessions, Math.ceil(calls * LAGGARDS_SHARE)) : []
    const halves = await this.#halfCalls(others, sessions, Math.ceil(calls * 0.4))
    const readiness = new Readiness(admin)
    const told = stubborn.map((client) => client.run())
    const steady = others.slice(0, STEADY).map((grpc) => this.#callSteadily(grpc, sessions))
    await eventually(() => readiness.codes.length > 0, PATIENCE_MS)

    let unanswered = 0
    const inFlight = [...halves, ...this.#wholeCalls(others, sessions, Math.ceil(calls * 0.6))]
    for (const { fate } of inFlight) {
      unanswered += 1
      void fate.then(() => (unanswered -= 1))
    }
    // What was called is handed to the sockets, and no answer is read, before the next turn but one.
    await turn()
    await turn()
    this.#inFlight.push(unanswered)
    const toldAt_ms = Date.now()
    this.#gateway.kill('SIGTERM')
    const exited = this.#gateway.exited.then((exit) => ({ exit, endedAt_ms: Date.now() }))

    await eventually(() => readiness.codes.includes(503), PATIENCE_MS)
    const late = halves.splice(halves.length / 2)
    for (const { finish } of halves) finish()
    await eventually(() => stubborn.some(({ isToldToGo }) => isToldToGo), PATIENCE_MS)
    for (const { finish } of late) finish()

    const { exit, endedAt_ms } = await inTime(exited, PATIENCE_MS, 'the end of the gateway')
    const heardAt_ms = drainingSince_ms(this.#gateway.lines)
    const took_ms = endedAt_ms - heardAt_ms
    this.#heard_ms.push(heardAt_ms - toldAt_ms)
    this.#took_ms.push(took_ms)
    const ended = Promise.all(inFlight.map(async (call) => this.#judge(call.kind, call.may, await call.fate)))
    await inTime(ended, PATIENCE_MS, 'an end for every call')
    await inTime(Promise.all(laggards.map(({ fate }) => fate)), PATIENCE_MS, 'an end for calls that were not finished')
    for (const { answered, refused, ignored, faults } of await inTime(
      Promise.all(told),
      PATIENCE_MS,
      'stubborn clients',
    )) {
      this.#fates.answered += answered
      this.#fates.refused += refused
      this.#fates.lost += faults.length
      this.#ignored += ignored
      this.#faults.push(...faults)
    }
    await inTime(Promise.all(steady), PATIENCE_MS, 'an end for clients that call steadily')
    for (const client of clients) client.close()

    const codes = (await readiness.stop()).join(' ')
    this.#report.check(codes === '200 503 0' || codes === '200 503', `readyz answered ${codes}, not 200, then 503`)
    this.#report.check(exit.code === 0, `the gateway ended with ${exit.code ?? exit.signal}`)
    const isInTime = took_ms <= timeout_s * 1000 + NOTICE_MS
    this.#report.check(isInTime, `the gateway took ${took_ms} ms of its ${timeout_s} s to end`)
  }

  /** Calls that wait for their clients. */
  async #halfCalls(clients: readonly GrpcClient[], sessions: OpenSession[], count: number): Promise<InFlight[]> {
    const half = new HalfCalls(this.#parts)
    const calls: InFlight[] = []
    for (let n = 0; n < count; n += 1) {
      const grpc = pick(this.#parts.random, clients)
      // Handshakes last: when they have their Unsigned, the gateway has seen the others on their connection.
      const part = n / count
      if (part < 0.05) calls.push(half.beginning(grpc))
      else if (part < 0.2) calls.push(half.create(grpc))
      else if (part < 0.45) calls.push(half.keepAlive(grpc, taken(sessions)))
      else if (part < 0.6) calls.push(half.close(grpc, taken(sessions)))
      else calls.push(await half.handshake(grpc))
    }
    return calls
  }

  #wholeCalls(clients: readonly GrpcClient[], sessions: OpenSession[], count: number): InFlight[] {
    const { random } = this.#parts
    const whole = new WholeCalls(this.#parts)
    return Array.from({ length: count }, () => {
      const grpc = pick(random, clients)
      const what = random.below(100)
      if (what < 40) return whole.createNeoFs(grpc)
      if (what < 60) return whole.createAtomix(grpc)
      return what < 85 ? whole.keepAlive(grpc, taken(sessions)) : whole.close(grpc, taken(sessions))
    })
  }

  /** Calls until the gateway is gone. */
  async #callSteadily(grpc: GrpcClient, sessions: OpenSession[]): Promise<void> {
    const { random } = this.#parts
    const whole = new WholeCalls(this.#parts)
    const session = taken(sessions)
    for (;;) {
      const call = random.below(2) === 0 ? whole.createNeoFs(grpc) : whole.keepAlive(grpc, session)
      const fate = await call.fate
      this.#judge(call.kind, call.may, fate)
      if (fate.kind === 'not taken' || fate.kind === 'lost') return
      await sleep(1)
    }
  }

  #judge(kind: string, may: InFlight['may'], fate: Fate): void {
    this.#fates[fate.kind] += 1
    if (!may.includes(fate.kind)) this.#faults.push(`${kind}: ${fate.kind} (${fate.reason})`)
  }

  #checkStore(round: number): void {
    const { ledger } = this.#parts
    const stored = readStoreFile(join(this.#gateway.directory, 'data'))
    const broken = brokenPromises(ledger.entries(), stored)
    for (const fault of broken.slice(0, FAULTS_SHOWN)) this.#report.check(false, `after drain ${round}: ${fault}`)
    const strangers = untold(ledger, stored)
    this.#report.check(strangers === 0, `after drain ${round} there are ${strangers} sessions that nobody was told of`)
  }

  /** What is in the file is what clients are told. */
  async #askFor(): Promise<void> {
    const admin = new AdminClient(this.#gateway.admin)
    const entries = [...this.#parts.ledger.entries()]
    for (let n = 0; n < ASKED; n += 1) {
      const { name, closedAt_ms } = pick(this.#parts.random, entries)
      const state = await admin.stateOf(name)
      const expected = Number.isFinite(closedAt_ms) ? 'closed' : 'open'
      this.#report.check(
        state === expected,
        `${name} is ${state} after a restart, and its client knows it as ${expected}`,
      )
    }
  }
}

/** When the gateway heard the signal, as its log has it. */
function drainingSince_ms(lines: readonly string[]): number {
  const entry: unknown = JSON.parse(lines.findLast((line) => line.includes('"message":"draining"')) ?? 'null')
  if (!Value.Check(DrainingSchema, entry)) throw new Error('the gateway did not say that it drains')
  return Date.parse(entry.time)
}

function taken(sessions: OpenSession[]): OpenSession {
  const session = sessions.pop()
  if (session === undefined) throw new RangeError('too few sessions were opened')
  return session
}

import { join } from 'node:path'
import Type from 'typebox'
import { Value } from 'typebox/value'
import { eventually } from '../support/eventually.js'
import { SeededRandom } from '../support/seeded-random.js'
import { AdminClient } from './admin-client.js'
import type { DrainParts } from './drain-calls.js'
import { DrainTraffic } from './drain-traffic.js'
import { GatewayProcess } from './gateway-process.js'
import { inTime } from './in-time.js'
import { Ledger } from './ledger.js'
import type { Common, Run } from './options.js'
import { pick } from './pick.js'
import { Readiness } from './readiness.js'
import type { Report } from './report.js'
import { FIRST_EPOCH, MANUAL_EPOCH, MANY_CLIENTS } from './settings.js'
import { brokenPromises, readStoreFile, untold } from './store-file.js'
import { handshakes, unaryRequests } from './valid-requests.js'

type DrainOptions = {
  readonly calls: number
  /** Times that the gateway is told to end. In every second, some clients never finish their calls. */
  readonly rounds: number
  /** `shutdown.timeout`. */
  readonly timeout_s: number
}

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
  short: { calls: 500, rounds: 2, timeout_s: 10 },
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
  readonly #fates = new Map<string, number>()
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
    const { rounds, calls } = this.#options
    for (let round = 1; round <= rounds; round += 1) {
      await this.#endUnderTraffic(round % 2 === 0)
      this.#checkStore(round)
      await this.#gateway.restart()
      await this.#askFor()
      this.#report.progress(`drain ${round}: ${this.#inFlight.at(-1)} calls, ${this.#took_ms.at(-1)} ms`)
    }
    this.#report.figure('drains', rounds)
    this.#report.figure('in flight at SIGTERM', this.#inFlight.join(' '))
    for (const [kind, count] of this.#fates) this.#report.figure(kind, count)
    this.#report.figure('sent after GOAWAY', this.#ignored)
    this.#report.figure('ms until SIGTERM was heard', this.#heard_ms.join(' '))
    this.#report.figure('ms from then to exit 0', this.#took_ms.join(' '))
    this.#report.figure('creates and closes acknowledged', this.#parts.ledger.done)
    this.#report.check(Math.min(...this.#inFlight) >= calls, 'too few calls were in flight')
    this.#report.check((this.#fates.get('refused') ?? 0) > 0 && this.#ignored > 0, 'nothing came too late')
  }

  async #endUnderTraffic(hasLaggards: boolean): Promise<void> {
    const { calls } = this.#options
    const gateway = this.#gateway
    const traffic = await DrainTraffic.begin(gateway.address, this.#parts, { calls, hasLaggards })
    const readiness = new Readiness(gateway.admin)
    await eventually(() => readiness.codes.length > 0, PATIENCE_MS)
    this.#inFlight.push(await traffic.fill(calls))
    const toldAt_ms = Date.now()
    gateway.kill('SIGTERM')
    const end = this.#end(toldAt_ms)
    // Some clients go on while sessions still renew and close, and some when every connection was told to go away.
    await eventually(() => readiness.codes.includes(503), PATIENCE_MS)
    traffic.finish(0.5)
    await eventually(() => traffic.isToldToGo, PATIENCE_MS)
    traffic.finish(1)
    await inTime(end, PATIENCE_MS, 'the end of the gateway')

    const { fates, ignored, faults } = await traffic.over()
    for (const [kind, count] of Object.entries(fates)) this.#fates.set(kind, count + (this.#fates.get(kind) ?? 0))
    this.#ignored += ignored
    for (const fault of faults.slice(0, FAULTS_SHOWN)) this.#report.check(false, fault)
    const codes = (await readiness.stop()).join(' ')
    this.#report.check(codes === '200 503 0' || codes === '200 503', `readyz answered ${codes}, not 200, then 503`)
  }

  async #end(toldAt_ms: number): Promise<void> {
    const { code, signal } = await this.#gateway.exited
    const endedAt_ms = Date.now()
    const heardAt_ms = drainingSince_ms(this.#gateway.lines)
    const took_ms = endedAt_ms - heardAt_ms
    this.#heard_ms.push(heardAt_ms - toldAt_ms)
    this.#took_ms.push(took_ms)
    this.#report.check(code === 0, `the gateway ended with ${code ?? signal}`)
    const timeout_ms = this.#options.timeout_s * 1000
    const isInTime = took_ms <= timeout_ms + NOTICE_MS
    this.#report.check(isInTime, `the gateway took ${took_ms} ms of its ${timeout_ms} ms to end`)
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
      const known = Number.isFinite(closedAt_ms) ? 'closed' : 'open'
      this.#report.check(state === known, `${name} is ${state} after a restart, and its client knows it as ${known}`)
    }
  }
}

/** When the gateway heard the signal, as its log has it. */
function drainingSince_ms(lines: readonly string[]): number {
  const entry: unknown = JSON.parse(lines.findLast((line) => line.includes('"message":"draining"')) ?? 'null')
  if (!Value.Check(DrainingSchema, entry)) throw new Error('the gateway did not say that it drains')
  return Date.parse(entry.time)
}

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AtomixClient, type Verdict } from '../clients/atomix.js'
import { GrpcClient } from '../support/grpc-client.js'
import { AdminClient } from './admin-client.js'
import { atRest } from './at-rest.js'
import { endSessions } from './end-sessions.js'
import { GatewayProcess } from './gateway-process.js'
import type { Common, Run } from './options.js'
import { quantile, type Report } from './report.js'
import { FIRST_EPOCH, MANUAL_EPOCH, MANY_CLIENTS, SHORT_PATIENCE, SMALL_MEMORY } from './settings.js'
import { type Cycle, judge, tableOf } from './soak-report.js'
import { SteadyClient } from './steady-client.js'
import { Strays } from './strays.js'

type SoakOptions = {
  readonly minutes: number
  /** After so many seconds traffic pauses, and what the gateway holds is measured. */
  readonly cycle_s: number
  /** Cycles that do not count: sessions, history and the data file grow to their usual size. */
  readonly warmUp: number
  /** How much greater p99 may be in the last third than in the first: other work on the machine counts, too. */
  readonly p99Factor: number
}

/** Sessions that are kept alive as long as the run. */
const KEPT = 20
const KEPT_TIMEOUT_MS = 20_000
/** Sessions are open for this epoch and the next. An epoch is a cycle. */
const EPOCHS_OPEN = 1n
/** One more than the cycle sees: no handshake of theirs is refused for its lifetime. */
const STRAYS_OPEN = EPOCHS_OPEN + 1n
/** About 400 calls per second where a call takes 10 ms. */
const STEADY = { width: 8, pause_ms: 25, churn: 0.05, strict: 0.1 }
const STRAYS = { width: 4, pause_ms: 40 }
const CYCLES_MIN = 3
const FAULTS_SHOWN = 5

export const soak: Run<SoakOptions> = {
  name: 'soak',
  what: 'clients of all generations who come, go, expire and err, for a long time: memory, handles, data file and p99 stay flat',
  short: { minutes: 0.75, cycle_s: 3, warmUp: 3, p99Factor: 10 },
  long: { minutes: 30, cycle_s: 10, warmUp: 15, p99Factor: 3 },

  async run(options, report) {
    const gateway = await GatewayProcess.start({
      store: options.store,
      args: MANUAL_EPOCH,
      settings: { ...SMALL_MEMORY, ...SHORT_PATIENCE, ...MANY_CLIENTS },
    })
    try {
      await new Soaking(options, report, gateway).run()
      report.check(gateway.alive, 'the gateway ended')
      report.check(gateway.faults.length === 0, `faults: ${gateway.faults.slice(0, FAULTS_SHOWN).join('\n')}`)
    } finally {
      await gateway.dispose()
    }
  },
}

class Soaking {
  readonly #options: SoakOptions & Common
  readonly #report: Report
  readonly #gateway: GatewayProcess
  readonly #admin: AdminClient
  #epoch = FIRST_EPOCH

  constructor(options: SoakOptions & Common, report: Report, gateway: GatewayProcess) {
    this.#options = options
    this.#report = report
    this.#gateway = gateway
    this.#admin = new AdminClient(gateway.admin)
  }

  async run(): Promise<void> {
    const { minutes, warmUp, p99Factor } = this.#options
    const grpc = new GrpcClient(this.#gateway.address)
    const refusals: Verdict[] = []
    const kept = await keepSessions(grpc, refusals)
    const connected = this.#gateway.descriptors()
    const cycles: Cycle[] = []
    const began = performance.now()
    while (cycles.length < warmUp + CYCLES_MIN || performance.now() - began < minutes * 60_000) {
      const cycle = await this.#cycle(cycles.length, connected)
      cycles.push({ ...cycle, at_s: (performance.now() - began) / 1000 })
    }
    for (const client of kept) client.stop()
    grpc.close()

    this.#report.figure('sessions kept alive throughout', kept.length)
    this.#report.check(refusals.length === 0, `renewals failed: ${JSON.stringify(refusals.slice(0, FAULTS_SHOWN))}`)
    judge(this.#report, cycles.slice(warmUp), p99Factor)
    this.#report.table(tableOf(cycles))
    const left = await endSessions(this.#gateway.address, this.#admin, this.#epoch + STRAYS_OPEN + 1n)
    this.#report.check(left === 0, `${left} sessions are open when all are over`)
  }

  async #cycle(number: number, connected: number): Promise<Omit<Cycle, 'at_s'>> {
    const { address } = this.#gateway
    const { cycle_s, seed } = this.#options
    const steady = new SteadyClient({ ...STEADY, address, seed: seed + number }, this.#epoch + EPOCHS_OPEN).start()
    const strays = new Strays({ ...STRAYS, address, seed: seed + number }, this.#epoch + STRAYS_OPEN).start()
    const began = performance.now()
    await sleep(cycle_s * 1000)
    // What was opened in the epoch before ends while clients go on.
    this.#epoch += 1n
    steady.renew(this.#epoch + EPOCHS_OPEN)
    await this.#admin.setEpoch(this.#epoch)
    const [served, told] = await Promise.all([steady.stop(), strays.stop()])
    const seconds = (performance.now() - began) / 1000
    const parts = { gateway: this.#gateway, admin: this.#admin, report: this.#report }
    const rest = await atRest(parts, { descriptors: connected })
    return {
      ...rest,
      calls: served.calls + told.calls,
      perSecond: (served.calls + told.calls) / seconds,
      failed: served.failed,
      faults: [...served.reasons, ...told.faults],
      p99_ms: quantile(served.latencies_ms, 0.99),
      dataFile_bytes: statSync(join(this.#gateway.directory, 'data', 'data.mdb')).size,
    }
  }
}

async function keepSessions(grpc: GrpcClient, refusals: Verdict[]): Promise<AtomixClient[]> {
  const clients = Array.from(
    { length: KEPT },
    (_, at) => new AtomixClient({ version: 'v0.4.1', partition: 1 + (at % 3), timeout_ms: KEPT_TIMEOUT_MS }),
  )
  const note = (verdict: Verdict): void => {
    if (verdict.kind !== 'ok') refusals.push(verdict)
  }
  for (const client of clients) {
    note(await client.open(grpc))
    client.start(grpc, note)
  }
  return clients
}

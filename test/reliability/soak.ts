import { setTimeout as sleep } from 'node:timers/promises'
import { AtomixClient, type Verdict } from '../clients/atomix.js'
import { GrpcClient } from '../support/grpc-client.js'
import { AdminClient } from './admin-client.js'
import { type AtRest, atRest, GROWTH_MAX } from './at-rest.js'
import { GatewayProcess } from './gateway-process.js'
import type { Common, Run } from './options.js'
import { megabytes, quantile, type Report } from './report.js'
import { FIRST_EPOCH, MANUAL_EPOCH, MANY_CLIENTS, SMALL_MEMORY } from './settings.js'
import { type Served, SteadyClient } from './steady-client.js'

type SoakOptions = {
  readonly seconds: number
  /** After each of so many, traffic pauses and memory is measured. */
  readonly cycle_s: number
  /** Cycles that do not count. */
  readonly warmUp: number
  /** How much greater p99 may be in the last third than in the first. */
  readonly p99Factor: number
}

/** Sessions that live as long as the run. */
const KEPT = 20
const KEPT_TIMEOUT_MS = 20_000
/** Sessions of a cycle are over before the next one. */
const EPOCHS_OPEN = 10n
const PATIENCE_MS = 30_000

/** One cycle: what was served, and what was held afterwards. */
interface Sample extends AtRest {
  readonly served: Served
  readonly p99_ms: number
}

export const soak: Run<SoakOptions> = {
  name: 'soak',
  what: 'clients of all generations who come and go, for a long time: memory, descriptors, handles and p99 stay flat',
  short: { seconds: 45, cycle_s: 3, warmUp: 3, p99Factor: 10 },
  long: { seconds: 1800, cycle_s: 30, warmUp: 6, p99Factor: 2 },

  async run(options, report) {
    const gateway = await GatewayProcess.start({
      store: options.store,
      args: MANUAL_EPOCH,
      settings: { ...SMALL_MEMORY, ...MANY_CLIENTS },
    })
    try {
      await soakGateway(options, report, gateway)
      report.check(gateway.alive, 'the gateway ended')
      report.check(gateway.faults.length === 0, `faults: ${gateway.faults.slice(0, 5).join('\n')}`)
    } finally {
      await gateway.dispose()
    }
  },
}

async function soakGateway(options: SoakOptions & Common, report: Report, gateway: GatewayProcess): Promise<void> {
  const admin = new AdminClient(gateway.admin)
  const { address } = gateway
  const { seconds, cycle_s, warmUp } = options
  const grpc = new GrpcClient(address)
  const refusals: Verdict[] = []
  const kept = await keepSessions(grpc, refusals)
  const connected = gateway.descriptors()
  const samples: Sample[] = []
  const until = performance.now() + seconds * 1000
  let epoch = FIRST_EPOCH
  for (let cycle = 0; cycle < warmUp + 3 || performance.now() < until; cycle++) {
    const load = { address, seed: options.seed + cycle, width: 8, pause_ms: 5, churn: 0.05, strict: 0.1 }
    const steady = new SteadyClient(load, epoch + EPOCHS_OPEN).start()
    await sleep(cycle_s * 1000)
    const served = await steady.stop()
    epoch += EPOCHS_OPEN + 1n
    await admin.setEpoch(epoch)
    await untilOver(admin)
    const rest = await atRest({ gateway, admin, report }, { descriptors: connected })
    samples.push({ ...rest, served, p99_ms: quantile(served.latencies_ms, 0.99) })
  }
  for (const client of kept) client.stop()
  grpc.close()
  report.figure('sessions kept alive throughout', kept.length)
  report.check(refusals.length === 0, `renewals failed: ${JSON.stringify(refusals.slice(0, 3))}`)
  judge(options, report, samples.slice(warmUp))
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

/** Sessions of NeoFS are over by their epoch; those of Atomix that nobody closed live for a minute at most. */
async function untilOver(admin: AdminClient): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    const left = (await admin.openSessions()).filter(({ generation }) => generation !== 'atomix')
    if (left.length === 0) return
    if (performance.now() > until) throw new Error(`${left.length} sessions that are over are still open`)
    await sleep(100)
  }
}

function judge({ p99Factor }: SoakOptions, report: Report, samples: readonly Sample[]): void {
  const third = Math.max(1, Math.floor(samples.length / 3))
  const first = samples.slice(0, third)
  const last = samples.slice(-third)
  const calls = samples.reduce((sum, { served }) => sum + served.calls, 0)
  const failed = samples.reduce((sum, { served }) => sum + served.failed, 0)
  report.figure('calls served', `${calls - failed} of ${calls}`)
  report.check(
    failed === 0,
    samples
      .flatMap(({ served }) => served.reasons)
      .slice(0, 5)
      .join('; '),
  )

  const median = (of: readonly Sample[], value: (sample: Sample) => number): number => quantile(of.map(value), 0.5)
  const before = median(first, ({ rssAnon_bytes }) => rssAnon_bytes)
  const after = median(last, ({ rssAnon_bytes }) => rssAnon_bytes)
  const growth = after / before - 1
  report.figure('cycles', samples.length)
  report.figure('RssAnon of the first and last third', `${megabytes(before)} → ${megabytes(after)}`)
  report.figure('growth', `${(growth * 100).toFixed(1)} %`)
  report.check(growth <= GROWTH_MAX, `RssAnon grew by ${(growth * 100).toFixed(1)} %`)
  for (const what of ['descriptors', 'handles'] as const) {
    const most = (of: readonly Sample[]): number => Math.max(...of.map((sample) => sample[what]))
    report.figure(what, `${most(first)} → ${most(last)}`)
    report.check(most(last) <= most(first), `${what}: ${most(first)} in the first third, ${most(last)} in the last`)
  }
  const [early, late] = [median(first, ({ p99_ms }) => p99_ms), median(last, ({ p99_ms }) => p99_ms)]
  report.figure('p99', `${early.toFixed(1)} ms → ${late.toFixed(1)} ms (×${(late / early).toFixed(2)})`)
  report.check(late <= early * p99Factor, `p99 is more than ${p99Factor} times what it was`)
}

import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { AdminClient } from './admin-client.js'
import { atRest } from './at-rest.js'
import { endSessions } from './end-sessions.js'
import type { Result } from './flood-attacks.js'
import { FLOODS, type Flood } from './flood-list.js'
import { GatewayProcess } from './gateway-process.js'
import type { Common, Run } from './options.js'
import { megabytes, quantile, type Report, shown } from './report.js'
import { FIRST_EPOCH, MANUAL_EPOCH, MANY_CLIENTS, SHORT_PATIENCE, SMALL_MEMORY } from './settings.js'
import { type Served, SteadyClient } from './steady-client.js'

type FloodOptions = {
  /** Of each flood. */
  readonly seconds: number
  /** Of the numbers of streams and sockets, in percent. */
  readonly size: number
  /** Only those with this in their name; all if empty. */
  readonly only: string
}

const SETTINGS = {
  ...SMALL_MEMORY,
  ...SHORT_PATIENCE,
  ...MANY_CLIENTS,
  // As few as even a busy machine has at once in the short form.
  'limits.pendingHandshakes': '500',
  'limits.handshakesPerConnection': '500',
}
const SESSIONS_OPEN = 1_000_000n
/** Memory of the first floods, which find everything small, may stay. */
const WARM_UP_S = 2

/** What one flood did. */
interface Effect {
  readonly result: Result
  readonly others: Served
  readonly cpu: number
  readonly rssPeak_bytes: number
  readonly limits: ReadonlyMap<string, number>
}

export const floods: Run<FloodOptions> = {
  name: 'floods',
  what: 'idle streams, slow readers, half-open sockets, floods of headers and frames: others are served meanwhile',
  short: { seconds: 1, size: 25, only: '' },
  long: { seconds: 15, size: 100, only: '' },

  async run(options, report) {
    const gateway = await GatewayProcess.start({ store: options.store, args: MANUAL_EPOCH, settings: SETTINGS })
    try {
      await new Flooding(options, report, gateway).run()
      report.check(gateway.alive, 'the gateway ended')
      report.check(gateway.faults.length === 0, `faults: ${gateway.faults.slice(0, 5).join('\n')}`)
    } finally {
      await gateway.dispose()
    }
  },
}

class Flooding {
  readonly #options: FloodOptions & Common
  readonly #report: Report
  readonly #gateway: GatewayProcess
  readonly #admin: AdminClient
  readonly #fresh: number
  #epoch = FIRST_EPOCH

  constructor(options: FloodOptions & Common, report: Report, gateway: GatewayProcess) {
    this.#options = options
    this.#report = report
    this.#gateway = gateway
    this.#admin = new AdminClient(gateway.admin)
    this.#fresh = gateway.descriptors()
  }

  async run(): Promise<void> {
    const calm = await this.#during(() => sleep(WARM_UP_S * 1000, { sent: 0, ended: 0, closed: 0, goaways: {} }))
    const rows = [[...COLUMNS], rowOf('none', calm, (await this.#rest()).rssAnon_bytes)]
    let failed = 0
    let calls = 0
    const wanted = FLOODS.filter(({ name }) => name.includes(this.#options.only))
    for (const flood of wanted) {
      const effect = await this.#during(() => this.#attack(flood))
      const { rssAnon_bytes } = await this.#rest()
      rows.push(rowOf(flood.name, effect, rssAnon_bytes))
      this.#judge(flood, effect)
      calls += effect.others.calls
      failed += effect.others.failed
      this.#report.progress(`${flood.name}: ${rows.at(-1)?.slice(1).join(' · ')}`)
    }
    this.#report.figure('floods', wanted.length)
    this.#report.figure('calls of others served', `${shown(calls - failed)} of ${shown(calls)}`)
    this.#report.table(rows)
  }

  #judge({ name, fate, limit }: Flood, { result, others, limits }: Effect): void {
    const check = (holds: boolean, fault: string): void => this.#report.check(holds, `${name}: ${fault}`)
    check(result.sent > 0, 'nothing was sent')
    check(others.calls > 0, 'nobody else called')
    check(
      others.failed === 0,
      `${others.failed} of ${others.calls} calls of others failed: ${others.reasons.join('; ')}`,
    )
    const { sent, ended, closed } = result
    if (fate === 'all ended') check(ended === sent, `of ${sent} streams only ${ended} were ended`)
    if (fate === 'all closed') check(closed === sent, `of ${sent} sockets only ${closed} were closed`)
    if (fate === 'refused') check(ended > 0, 'no stream was refused')
    if (fate === 'thrown out') check(closed > 0, 'no connection was closed')
    if (limit !== undefined) check((limits.get(limit) ?? 0) > 0, `${limit} was never hit`)
  }

  /** Others call all the time; the first of them once the flood is under way. */
  async #during(attack: () => Promise<Result>): Promise<Effect> {
    const { address } = this.#gateway
    const { seed } = this.#options
    const steady = new SteadyClient(
      { address, seed, width: 4, pause_ms: 10, churn: 0.05, strict: 0 },
      this.#epoch + SESSIONS_OPEN,
    )
    const limitsBefore = await this.#admin.limitsHit()
    const cpuBefore_ms = this.#gateway.cpu_ms()
    const began = performance.now()
    let rssPeak_bytes = 0
    const watch = setInterval(() => {
      if (this.#gateway.alive) rssPeak_bytes = Math.max(rssPeak_bytes, this.#gateway.rssAnonNow_bytes())
    }, 100)
    steady.start()
    const result = await attack()
    const others = await steady.stop()
    clearInterval(watch)
    const cpu = (this.#gateway.cpu_ms() - cpuBefore_ms) / (performance.now() - began)
    const limitsAfter = await this.#admin.limitsHit()
    const limits = new Map(
      [...limitsAfter]
        .map(([name, hits]) => [name, hits - (limitsBefore.get(name) ?? 0)] as const)
        .filter(([, hits]) => hits > 0),
    )
    return { result, others, cpu, rssPeak_bytes, limits }
  }

  #attack({ name, size = 0 }: Flood): Promise<Result> {
    const { seconds, seed } = this.#options
    const workerData = {
      name,
      address: this.#gateway.address,
      seed,
      seconds,
      expiration: this.#epoch + SESSIONS_OPEN,
      size: Math.round((size * this.#options.size) / 100),
    }
    const worker = new Worker(new URL('./flood-worker.js', import.meta.url), { workerData })
    return new Promise((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
      worker.once('exit', () => reject(new Error(`${name}: the hostile clients ended without a result`)))
    })
  }

  async #rest() {
    this.#epoch += SESSIONS_OPEN + 1n
    await endSessions(this.#gateway.address, this.#admin, this.#epoch)
    const rest = await atRest(
      { gateway: this.#gateway, admin: this.#admin, report: this.#report },
      { descriptors: this.#fresh },
    )
    const left = rest.descriptors - this.#fresh
    this.#report.check(left <= 0, `${left} descriptors are left open`)
    this.#report.check(rest.open === 0, `${rest.open} sessions are left`)
    return rest
  }
}

const COLUMNS = [
  'flood',
  'sent',
  'streams answered or reset',
  'connections closed (GOAWAY codes)',
  'limits hit',
  'gateway CPU',
  'others served',
  'their p50, p99',
  'RssAnon at most, afterwards',
] as const

function rowOf(name: string, { result, others, cpu, rssPeak_bytes, limits }: Effect, rest_bytes: number): string[] {
  const codes = Object.entries(result.goaways).map(([code, count]) => `${code}: ${count}`)
  const latency = (share: number): string => `${quantile(others.latencies_ms, share).toFixed(1)} ms`
  return [
    name,
    shown(result.sent),
    shown(result.ended),
    codes.length === 0 ? shown(result.closed) : `${shown(result.closed)} (${codes.join(', ')})`,
    [...limits].map(([limit, hits]) => `${limit} ${shown(hits)}`).join(', ') || '–',
    `${(cpu * 100).toFixed(0)} %`,
    `${shown(others.calls - others.failed)} of ${shown(others.calls)}`,
    `${latency(0.5)}, ${latency(0.99)}`,
    `${megabytes(rssPeak_bytes)}, ${megabytes(rest_bytes)}`,
  ]
}

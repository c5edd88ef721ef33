import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from '@prometheus-io/client'
import type { AdapterObserver, SeenClient } from '../adapters/adapter.js'
import type { OverviewJson } from '../admin/overview-json.js'
import type { CompanionObserver } from '../companions/companion.js'
import type { StoreCounts } from '../core/store.js'
import type { SessionKeysObserver } from '../keys/service.js'
import type { ClientStatistics } from './client-statistics.js'
import { EventLoopDelay } from './event-loop-delay.js'
import { OPENMETRICS_TYPE, PROMETHEUS_TYPE, toOpenMetrics, wantsOpenMetrics } from './exposition.js'
import {
  dialectLabel,
  limitLabels,
  outcomeLabel,
  schemeLabel,
  signatureOutcomeLabel,
  versionLabel,
} from './metric-labels.js'
import { countOf, countsBy, distributionOf } from './metric-readings.js'
import { runtimeMetrics } from './runtime-metrics.js'

/** The only generation that has handshakes of two halves. */
const STREAMING = 'v1-legacy'

/** Name before every metric of ours. */
const PREFIX = 'session_gateway_'

/** Calls take microseconds in memory and milliseconds with a disk; a handshake waits for its client. */
const OPERATION_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 60]

/** "Ends within a second" is the promise; the buckets show how much of it is used. */
const EXPIRY_LAG_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

/** A good disk syncs in less than a millisecond, a busy or distant one in tens. */
const COMMIT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]

const EVENT_LOOP_RESOLUTION_MS = 10
const EVENT_LOOP_PERCENTILES = [50, 99, 100]
const NANOSECONDS_PER_SECOND = 1e9

/** What of the overview is counted here. */
export type Readings = Omit<OverviewJson, 'at' | 'startedAt' | 'epoch' | 'notReady'>

/** What is read when somebody asks for the metrics. */
export interface MetricSources {
  counts(): StoreCounts
  handshakesPending(): number
  readonly clients: ClientStatistics
  /** Called for the first session of a client that was over at once; its names are cut to a bounded length. */
  onBornExpired(client: SeenClient): void
}

/** Everything the gateway counts, in a registry of its own. Also what the adapters and the companions report to. */
export class Metrics implements AdapterObserver, CompanionObserver, SessionKeysObserver {
  readonly #registry = new Registry()
  readonly #sources: MetricSources
  readonly #eventLoop: IntervalHistogram
  readonly #delay = new EventLoopDelay()
  readonly #limitLabel = limitLabels()

  readonly #operations = new Counter({
    name: `${PREFIX}operations_total`,
    help: 'Finished calls by operation, generation, dialect and outcome (ok or an error code).',
    labelNames: ['operation', 'generation', 'dialect', 'outcome'],
    registers: [this.#registry],
  })
  readonly #operationSeconds = new Histogram({
    name: `${PREFIX}operation_duration_seconds`,
    help: 'Time from when a whole request is there to its answer; of a handshake, from its first message.',
    labelNames: ['operation', 'generation'],
    buckets: OPERATION_SECONDS,
    registers: [this.#registry],
  })
  readonly #companionCalls = new Counter({
    name: `${PREFIX}companion_calls_total`,
    help: 'Answered calls around sessions (node and network info, databases, groups) by outcome (ok or an error code).',
    labelNames: ['service', 'method', 'outcome'],
    registers: [this.#registry],
  })
  readonly #keysCalls = new Counter({
    name: `${PREFIX}session_keys_calls_total`,
    help: 'Answered calls of backends for session keys by outcome (ok or the code of a problem).',
    labelNames: ['method', 'outcome'],
    registers: [this.#registry],
  })
  readonly #signatureChecks = new Counter({
    name: `${PREFIX}signature_checks_total`,
    help: 'Checked request signatures by scheme and by what they verified against.',
    labelNames: ['scheme', 'outcome'],
    registers: [this.#registry],
  })
  readonly #expiryLag = new Histogram({
    name: `${PREFIX}expiry_lag_seconds`,
    help: 'How long after its deadline an expired session was reclaimed. Callers see it as expired at the deadline.',
    buckets: EXPIRY_LAG_SECONDS,
    registers: [this.#registry],
  })
  readonly #expired = new Counter({
    name: `${PREFIX}expired_total`,
    help: 'Sessions that ended by expiry.',
    labelNames: ['generation'],
    registers: [this.#registry],
  })
  readonly #bornExpired = new Counter({
    name: `${PREFIX}born_expired_total`,
    help: 'Sessions whose lifetime was over when they were opened: the epochs of client and gateway differ.',
    labelNames: ['generation'],
    registers: [this.#registry],
  })
  readonly #storeCommits = new Histogram({
    name: `${PREFIX}store_commit_duration_seconds`,
    help: 'Time from the begin of a transaction of the store until it was on disk. None for a store in memory.',
    buckets: COMMIT_SECONDS,
    registers: [this.#registry],
  })
  readonly #storeErrors = new Counter({
    name: `${PREFIX}store_errors_total`,
    help: 'Operations that the store did not take or answer.',
    registers: [this.#registry],
  })
  readonly #limitsHit = new Counter({
    name: `${PREFIX}limits_hit_total`,
    help: 'How often a limit of the configuration was hit.',
    labelNames: ['limit'],
    registers: [this.#registry],
  })

  constructor(sources: MetricSources) {
    this.#sources = sources
    this.#eventLoop = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION_MS })
    this.#eventLoop.enable()
    addGauges(this.#registry, sources, this.#eventLoop)
    for (const metric of runtimeMetrics()) this.#registry.registerMetric(metric)
  }

  operation(report: Parameters<AdapterObserver['operation']>[0]): void {
    const { operation, generation, duration_ms } = report
    const dialect = dialectLabel(report.dialect)
    this.#operations.inc({ operation, generation, dialect, outcome: outcomeLabel(report.outcome) })
    this.#operationSeconds.observe({ operation, generation }, duration_ms / 1000)
  }

  companionCall({ service, method, outcome }: Parameters<CompanionObserver['companionCall']>[0]): void {
    this.#companionCalls.inc({ service, method, outcome: outcomeLabel(outcome) })
  }

  /** Both labels come from the code, and are bounded by it. */
  keysCall({ method, outcome }: Parameters<SessionKeysObserver['keysCall']>[0]): void {
    this.#keysCalls.inc({ method, outcome })
  }

  signatureCheck(scheme: number, outcome: string): void {
    this.#signatureChecks.inc({ scheme: schemeLabel(scheme), outcome: signatureOutcomeLabel(outcome) })
  }

  seen(client: SeenClient): void {
    this.#sources.clients.seen(client)
  }

  bornExpired(client: SeenClient): void {
    this.#bornExpired.inc({ generation: client.generation })
    const first = this.#sources.clients.bornExpired(client)
    if (first !== undefined) this.#sources.onBornExpired(first)
  }

  limit(name: string): void {
    this.#limitsHit.inc({ limit: this.#limitLabel(name) })
  }

  expired(generation: string): void {
    this.#expired.inc({ generation })
  }

  expiryLag(lag_ms: number): void {
    this.#expiryLag.observe(lag_ms / 1000)
  }

  storeCommit(duration_ms: number): void {
    this.#storeCommits.observe(duration_ms / 1000)
  }

  storeError(): void {
    this.#storeErrors.inc()
  }

  /** All metrics as text, in the format that the Accept header prefers. */
  async text(accept: string | undefined): Promise<{ readonly type: string; readonly body: string }> {
    const body = await this.#registry.metrics()
    return wantsOpenMetrics(accept)
      ? { type: OPENMETRICS_TYPE, body: toOpenMetrics(body) }
      : { type: PROMETHEUS_TYPE, body }
  }

  /** The numbers of the web page. Asking changes nothing that the next scrape sees. */
  async readings(): Promise<Readings> {
    const generationOf = (label: (name: string) => string) => ({ generation: label('generation') })
    const open = [...this.#sources.counts().open].map(([generation, count]) => ({
      generation,
      state: 'open' as const,
      count,
    }))
    return {
      sessions: [...open, { generation: STREAMING, state: 'pending', count: this.#sources.handshakesPending() }],
      operations: await countsBy(this.#operations, (label) => ({
        operation: label('operation'),
        generation: label('generation'),
        outcome: label('outcome'),
      })),
      expired: await countsBy(this.#expired, generationOf),
      bornExpired: await countsBy(this.#bornExpired, generationOf),
      expiryLag: await distributionOf(this.#expiryLag),
      storeCommits: await distributionOf(this.#storeCommits),
      storeErrors: await countOf(this.#storeErrors),
      limitsHit: await countsBy(this.#limitsHit, (label) => ({ limit: label('limit') })),
      eventLoopDelay: this.#delay.read(),
    }
  }

  stop(): void {
    this.#delay.stop()
    this.#eventLoop.disable()
  }
}

/** Gauges hold nothing between scrapes: each is set to what is true when somebody asks. */
function addGauges(registry: Registry, sources: MetricSources, eventLoop: IntervalHistogram): void {
  const registers = [registry]
  const sessions: Gauge<'state' | 'generation'> = new Gauge({
    name: `${PREFIX}sessions`,
    help: 'Sessions by state and generation; pending ones have a handshake under way.',
    labelNames: ['state', 'generation'],
    registers,
    collect() {
      sessions.reset()
      for (const [generation, count] of sources.counts().open) sessions.set({ state: 'open', generation }, count)
      sessions.set({ state: 'pending', generation: STREAMING }, sources.handshakesPending())
    },
  })
  const handshakes: Gauge = new Gauge({
    name: `${PREFIX}handshakes_pending`,
    help: 'Handshakes whose second half has not come yet.',
    registers,
    collect: () => handshakes.set(sources.handshakesPending()),
  })
  const clients: Gauge<'generation' | 'version'> = new Gauge({
    name: `${PREFIX}clients_seen`,
    help: 'Different clients (dialect, version, user agent) in the client statistics, by generation and announced version.',
    labelNames: ['generation', 'version'],
    registers,
    collect() {
      clients.reset()
      for (const { generation, version } of sources.clients.rows()) {
        clients.inc({ generation, version: versionLabel(version) })
      }
    },
  })
  const delay: Gauge<'quantile'> = new Gauge({
    name: `${PREFIX}event_loop_delay_seconds`,
    help: 'Delay of the event loop since the metrics were last read.',
    labelNames: ['quantile'],
    registers,
    collect() {
      for (const percentile of EVENT_LOOP_PERCENTILES) {
        // Node reports the time between two of its samples, which is the resolution when nothing is late.
        const between_s = eventLoop.count === 0 ? 0 : eventLoop.percentile(percentile) / NANOSECONDS_PER_SECOND
        delay.set({ quantile: String(percentile / 100) }, Math.max(0, between_s - EVENT_LOOP_RESOLUTION_MS / 1000))
      }
      eventLoop.reset()
    },
  })
}

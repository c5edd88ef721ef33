import type { OverviewJson } from '../admin/overview-json.js'
import type { Clock } from '../core/clock.js'
import type { EpochSource } from './epochs.js'
import type { Metrics } from './metrics.js'

export interface OverviewParts {
  readonly metrics: Pick<Metrics, 'readings'>
  readonly epochs: Pick<EpochSource, 'current'>
  readonly clock: Pick<Clock, 'wallTime'>
  readonly startedAt_ms: number
  notReady(): readonly string[]
}

/** The gateway in numbers, as of now. */
export async function overviewOf(parts: OverviewParts): Promise<OverviewJson> {
  const { metrics, epochs, clock, startedAt_ms, notReady } = parts
  return {
    at: new Date(clock.wallTime()).toISOString(),
    startedAt: new Date(startedAt_ms).toISOString(),
    epoch: String(epochs.current()),
    notReady: [...notReady()],
    ...(await metrics.readings()),
  }
}

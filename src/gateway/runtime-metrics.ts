import { collectDefaultMetrics, type Metric, Registry } from '@prometheus-io/client'

/**
 * The runtime's default metrics (`process_…`, `nodejs_…`) belong to the process, not to a gateway: their observers can't be
 * stopped, so they are made once and shared by every gateway of the process.
 */
let shared: readonly Metric[] | undefined

export function runtimeMetrics(): readonly Metric[] {
  if (shared !== undefined) return shared
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  shared = registry
    .getMetricsAsArray()
    .map(({ name }) => registry.getSingleMetric(name))
    .filter((metric) => metric !== undefined)
  return shared
}

/** The two text formats in which metrics are read. */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
export const OPENMETRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/** Whether an Accept header asks for OpenMetrics. Prometheus lists it first when it prefers it. */
export function wantsOpenMetrics(accept: string | undefined): boolean {
  return accept?.includes('application/openmetrics-text') === true
}

/**
 * Prometheus' text as OpenMetrics: a counter's family is named without `_total`, no blank lines, an end mark. Done here because
 * a registry of the library has one format for life.
 */
export function toOpenMetrics(prometheus: string): string {
  const counters = new Set([...prometheus.matchAll(/^# TYPE (\S+)_total counter$/gm)].map(([, family]) => family))
  const lines = prometheus.split('\n').filter((line) => line !== '')
  const renamed = lines.map((line) => {
    const comment = /^(# (?:HELP|TYPE) )(\S+)_total (.*)$/.exec(line)
    if (comment === null || !counters.has(comment[2])) return line
    return `${comment[1]}${comment[2]} ${comment[3]}`
  })
  return `${renamed.join('\n')}\n# EOF\n`
}

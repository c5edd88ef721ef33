import { setTimeout as sleep } from 'node:timers/promises'
import type { AdminClient } from './admin-client.js'
import type { GatewayProcess } from './gateway-process.js'
import { megabytes, type Report } from './report.js'

/** What a gateway holds while nobody is connected. */
export interface AtRest {
  readonly rssAnon_bytes: number
  /** Of which are JavaScript's. */
  readonly heapUsed_bytes: number
  readonly descriptors: number
  /** Timers, sockets and the like. */
  readonly handles: number
  readonly open: number
}

/** How much more memory than before counts as the same: the figure of the reliability runs. */
const GROWTH_MAX = 0.1
/** What V8 and the allocator take and give back by themselves: as much of it differs between two looks at the same process. */
const MEMORY_NOISE_BYTES = 8e6

/** Of a warm-up. */
const ROUNDS_MAX = 4
/** Collections until memory is taken: V8 gives pages back in the background. */
const COLLECTIONS = 5
const PAUSE_MS = 150

/**
 * Waits until every handshake is over and at most so many descriptors are open, then measures. Nobody may be connected.
 * Whatever has not come to rest after `patience_ms` is measured as it is, and told.
 */
export async function atRest(
  { gateway, admin, report }: { gateway: GatewayProcess; admin: AdminClient; report: Report },
  { descriptors = Number.POSITIVE_INFINITY, patience_ms = 60_000 } = {},
): Promise<AtRest> {
  const until = performance.now() + patience_ms
  let counts = await admin.counts()
  while ((counts.pending > 0 || gateway.descriptors() > descriptors) && performance.now() < until) {
    await sleep(50)
    counts = await admin.counts()
  }
  report.check(counts.pending === 0, `${counts.pending} handshakes are still pending`)
  const sizes: number[] = []
  let handles = Number.POSITIVE_INFINITY
  let heapUsed_bytes = Number.POSITIVE_INFINITY
  for (let round = 0; round < COLLECTIONS; round++) {
    await sleep(PAUSE_MS)
    const collected = await gateway.collect()
    sizes.push(gateway.rssAnonNow_bytes())
    handles = Math.min(
      handles,
      Object.values(collected.handles).reduce((sum, count) => sum + count, 0),
    )
    heapUsed_bytes = Math.min(heapUsed_bytes, collected.heapUsed_bytes)
  }
  const descriptorsLeft = gateway.descriptors()
  return {
    rssAnon_bytes: Math.min(...sizes),
    heapUsed_bytes,
    descriptors: descriptorsLeft,
    handles,
    open: counts.open,
  }
}

/**
 * Repeats a phase of a run until memory has stopped growing: whatever is filled once, up to a limit, is full then. What was
 * held at rest, with the most memory that was seen; a leak shows in the long phase that follows.
 */
export async function warmedUp(phase: () => Promise<AtRest>): Promise<AtRest> {
  let last = await phase()
  for (let round = 1; ; round++) {
    const next = await phase()
    const rssAnon_bytes = Math.max(last.rssAnon_bytes, next.rssAnon_bytes)
    if (next.rssAnon_bytes <= last.rssAnon_bytes * (1 + GROWTH_MAX / 2) || round === ROUNDS_MAX) {
      return { ...next, rssAnon_bytes }
    }
    last = next
  }
}

/** No more memory than before, within what counts as the same. */
export function isFlat(before_bytes: number, after_bytes: number): boolean {
  return after_bytes - before_bytes <= Math.max(before_bytes * GROWTH_MAX, MEMORY_NOISE_BYTES)
}

/** Checks that nothing was left behind, and tells the figures. */
export function checkSame(report: Report, before: AtRest, after: AtRest): void {
  const growth = after.rssAnon_bytes / before.rssAnon_bytes - 1
  report.figure(
    'RssAnon',
    `${megabytes(before.rssAnon_bytes)} → ${megabytes(after.rssAnon_bytes)} (${percent(growth)})`,
  )
  report.check(isFlat(before.rssAnon_bytes, after.rssAnon_bytes), `RssAnon grew by ${percent(growth)}`)
  report.figure('of which heap', `${megabytes(before.heapUsed_bytes)} → ${megabytes(after.heapUsed_bytes)}`)
  for (const what of ['descriptors', 'handles'] as const) {
    report.figure(what, `${before[what]} → ${after[what]}`)
    report.check(after[what] <= before[what], `${what}: ${before[what]} before, ${after[what]} after`)
  }
}

function percent(share: number): string {
  return `${share >= 0 ? '+' : ''}${(share * 100).toFixed(1)} %`
}

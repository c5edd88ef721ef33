import { UINT64_MAX } from '../core/integers.js'
import type { EpochLifetime } from '../core/lifetime.js'
import type { Moment, SessionFacts, TimeoutFacts } from './facts.js'
import { deadline_ms } from './phase.js'
import { counted, durationText, timeText } from './words.js'

/** What the numbers of a lifetime mean, and how far it is to its end. */
export function lifetimeText({ lifetime, partition, end }: SessionFacts, now: Moment): string {
  return lifetime.kind === 'epochs'
    ? `${epochsText(lifetime)}${epochNowText(lifetime, now)}`
    : timeoutText(lifetime, partition, now, end === undefined)
}

function epochsText({ notBefore, expiration, edge }: EpochLifetime): string {
  const from = notBefore > 0n ? `from epoch ${notBefore} ` : ''
  if (expiration === UINT64_MAX && edge === 'inclusive')
    return `${from}for ever: 2^64-1 is the last epoch that there is`
  return edge === 'inclusive'
    ? `${from}to the end of epoch ${expiration} (inclusive)`
    : `${from}until epoch ${expiration} begins, and not into it (exclusive, as storage nodes count)`
}

function epochNowText({ notBefore, expiration, edge }: EpochLifetime, now: Moment): string {
  const { epoch } = now
  if (epoch === undefined) return '; which epoch it is now is not known here'
  const end = edge === 'inclusive' ? expiration + 1n : expiration
  if (epoch >= end) return `; it is epoch ${epoch}: over since epoch ${end} began`
  if (epoch < notBefore) return `; it is epoch ${epoch}, so it has not begun`
  if (expiration === UINT64_MAX) return `; it is epoch ${epoch}`
  if (end - epoch === 1n) return `; it is epoch ${epoch}, its last one`
  return `; it is epoch ${epoch}, with ${counted(end - epoch, 'epoch')} left${lengthText(end - epoch, now)}`
}

/** Longer than anybody waits: such a lifetime is for ever. */
const DAYS_SHOWN_MAX = 36_500n
const DAY_MS = 86_400_000n

function lengthText(epochs: bigint, { epochLength_ms }: Moment): string {
  if (epochLength_ms === undefined) return ''
  const most_ms = epochs * BigInt(epochLength_ms)
  return most_ms > DAYS_SHOWN_MAX * DAY_MS ? '' : `, ${durationText(most_ms * 1_000_000n)} at most`
}

function timeoutText(lifetime: TimeoutFacts, partition: number, now: Moment, isOpen: boolean): string {
  const { timeout_ns, expiry, edge } = lifetime
  const length = `${durationText(timeout_ns)} after each renewal${timeout_ns > 0n ? '' : ', so it is over at once'}`
  const edgeText =
    edge === 'inclusive' ? 'at exactly its end it still lives (inclusive)' : 'its end is over (exclusive)'
  const how =
    expiry === 'lazy'
      ? `it ends when a keep-alive of partition ${partition} notices, as in the genuine server (lazy)`
      : 'it ends at its deadline (eager)'
  const deadline = deadline_ms(lifetime)
  const next = isOpen && deadline !== undefined ? `; deadline ${timeText(deadline, now.wall_ms)}` : ''
  return `${length}; ${edgeText}; ${how}${next}`
}

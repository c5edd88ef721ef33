import { hex } from '../core/bytes.js'
import { ownerIdText } from '../crypto/owner-id.js'
import type { Explanation, State } from './explanation.js'
import type { Moment, SessionFacts, TimeoutFacts } from './facts.js'
import { genuineAnswers } from './genuine.js'
import { lifetimeText } from './lifetime-text.js'
import { deadline_ms, epochPhase, overNow } from './phase.js'
import { distanceText, durationText, timestamp, timeText } from './words.js'

/** Tells a session's story as of `now`. */
export function explain(facts: SessionFacts, now: Moment): Explanation {
  const { id, partition, number, origin, createdAt_ms, owner, end } = facts
  const state = stateOf(facts, now)
  return {
    id,
    ...(number === undefined ? {} : { number: `${partition}:${number}` }),
    state,
    text: stateText(facts, state, now),
    opened: {
      at: timestamp(createdAt_ms),
      ...origin,
      text: `${timeText(createdAt_ms, now.wall_ms)}, by a client of ${originText(facts)}`,
    },
    ...(owner === undefined ? {} : { owner: ownerOf(owner) }),
    lifetime: { ...numbersOf(facts), text: lifetimeText(facts, now) },
    renewed: renewedOf(facts, now),
    ...(end === undefined
      ? {}
      : {
          ended: {
            at: timestamp(end.endedAt_ms),
            reason: end.reason,
            by: end.endedBy,
            text: `${timeText(end.endedAt_ms, now.wall_ms)}: ${endText(facts, now)}`,
          },
        }),
    genuine: genuineAnswers(facts, now),
    now: { at: timestamp(now.wall_ms), ...(now.epoch === undefined ? {} : { epoch: String(now.epoch) }) },
  }
}

function stateOf(facts: SessionFacts, now: Moment): State {
  if (facts.end !== undefined) return facts.end.reason
  if (overNow(facts, now) === true) return 'overdue'
  const { lifetime } = facts
  return lifetime.kind === 'epochs' && epochPhase(lifetime, now) === 'before' ? 'not begun' : 'open'
}

function stateText({ lifetime, end }: SessionFacts, state: State, now: Moment): string {
  switch (state) {
    case 'open':
      return 'open'
    case 'not begun':
      return 'open, though its first epoch is still to come: no genuine server is known to wait for it'
    case 'overdue':
      return lifetime.kind === 'timeout' && lifetime.expiry === 'lazy'
        ? 'open, and overdue: the next keep-alive of its partition ends it, unless it is its own'
        : 'over, and not ended yet: it ends when anybody asks for it, or with the next sweep'
    case 'expired':
    case 'closed':
      return end === undefined ? state : `${state} ${distanceText(end.endedAt_ms, now.wall_ms)}`
  }
}

/** NeoFS clients announce a version, or their messages have the form that some versions send. */
function originText({ origin }: SessionFacts): string {
  const { generation, dialect, clientVersion } = origin
  const named = dialect === generation ? generation : `${generation}, dialect ${dialect}`
  if (clientVersion === '') return generation === 'v2' ? `${named}, which announced no version` : named
  if (clientVersion === dialect) return named
  return generation === 'v2'
    ? `${named}, which announced ${clientVersion}`
    : `${named}, in the form that ${clientVersion} sends`
}

function ownerOf(owner: Uint8Array): NonNullable<Explanation['owner']> {
  const base58 = ownerIdText(owner)
  // Dialect C may open one without.
  const isNone = owner.every((byte) => byte === 0)
  return { hex: hex(owner), base58, text: isNone ? 'none: the client named no owner' : base58 }
}

function numbersOf({ lifetime }: SessionFacts): Omit<Explanation['lifetime'], 'text'> {
  const { kind, edge } = lifetime
  if (kind === 'timeout') return { kind, edge, timeout_ns: String(lifetime.timeout_ns), expiry: lifetime.expiry }
  const { notBefore, issuedAt, expiration } = lifetime
  return { kind, edge, notBefore: String(notBefore), issuedAt: String(issuedAt), expiration: String(expiration) }
}

/** Opening and first renewal are told apart if they are further from each other than two readings of the clock. */
const RENEWAL_MS_MIN = 10

function renewedOf({ lifetime, createdAt_ms }: SessionFacts, now: Moment): Explanation['renewed'] {
  if (lifetime.kind === 'epochs') return { text: 'never: sessions that live by epochs cannot be' }
  const { renewedAt_ms } = lifetime
  if (renewedAt_ms === undefined) return { text: 'not known any more' }
  if (renewedAt_ms - createdAt_ms < RENEWAL_MS_MIN) return { text: 'never since it was opened' }
  return { at: timestamp(renewedAt_ms), text: `last ${timeText(renewedAt_ms, now.wall_ms)}` }
}

const CLOSED: Readonly<Record<string, string>> = {
  client: 'its client closed it',
  admin: 'it was closed through the admin API',
  limit: 'it made room for another session of its owner',
}

/** Within this time an engine that runs has come to a session that is over. */
const SWEEP_MS_MAX = 1_000

function endText(facts: SessionFacts, now: Moment): string {
  const { end } = facts
  if (end === undefined) return ''
  if (end.reason === 'closed') return CLOSED[end.endedBy] ?? `it was closed by ${end.endedBy}`
  return facts.lifetime.kind === 'epochs'
    ? epochEndText(facts, end.endedAt_ms, now)
    : timeoutEndText(facts.lifetime, end.endedAt_ms)
}

function epochEndText(facts: SessionFacts, endedAt_ms: number, now: Moment): string {
  const lived_ms = Math.max(0, endedAt_ms - facts.createdAt_ms)
  // The other generations refuse to open what is over.
  if (facts.origin.generation === 'v2' && lived_ms < SWEEP_MS_MAX) {
    return `its lifetime was over ${inWords(lived_ms)} after it was opened, so most likely from the start: then its client's network counts other epochs than this gateway (--epoch)`
  }
  const back = overNow(facts, now) === false ? '; the epoch has gone back since, and what has ended stays ended' : ''
  return `its lifetime was over${back}`
}

function timeoutEndText(lifetime: TimeoutFacts, endedAt_ms: number): string {
  if (lifetime.timeout_ns <= 0n) return 'its timeout was over from the start'
  const deadline = deadline_ms(lifetime)
  if (deadline === undefined) return 'no renewal came in time'
  const late_ms = endedAt_ms - deadline
  const late = late_ms < SWEEP_MS_MAX ? 'at' : `${inWords(late_ms)} after`
  return `no renewal came in time; it ended ${late} its deadline`
}

function inWords(time_ms: number): string {
  return durationText(BigInt(Math.trunc(time_ms)) * 1_000_000n)
}

import Type from 'typebox'
import { hex } from '../core/bytes.js'
import { type Instant, NANOSECONDS_PER_MILLISECOND } from '../core/clock.js'
import type { Tombstone } from '../core/session.js'
import type { ListedSession } from '../core/store.js'
import { ownerIdText } from '../crypto/owner-id.js'

/** 64-bit numbers are decimal strings: JavaScript's numbers end at 2^53. */
export const Uint64Schema = Type.String({ pattern: '^[0-9]{1,20}$' })
const Int64Schema = Type.String({ pattern: '^-?[0-9]{1,19}$' })
const HexSchema = Type.String({ pattern: '^([0-9a-f]{2})*$' })
const TimeSchema = Type.String({ description: 'RFC 3339' })

const LifetimeSchema = Type.Object({
  kind: Type.Enum(['epochs', 'timeout']),
  edge: Type.Enum(['inclusive', 'exclusive']),
  notBefore: Type.Optional(Uint64Schema),
  issuedAt: Type.Optional(Uint64Schema),
  expiration: Type.Optional(Uint64Schema),
  timeout_ns: Type.Optional(Int64Schema),
  /** Of a timeout: the last renewal, the opening if there was none. Counted back from now: right while nobody sets the clock. */
  renewedAt: Type.Optional(TimeSchema),
  /** Time until the deadline unless it is renewed; of open sessions. */
  remaining_ms: Type.Optional(Int64Schema),
  expiry: Type.Optional(Type.Enum(['eager', 'lazy'])),
})

/** What anybody may see of a session. Answers carry these fields and no others, so nothing sealed can slip in. */
export const SessionSchema = Type.Object({
  id: Type.String(),
  state: Type.Enum(['open', 'closed', 'expired']),
  generation: Type.String(),
  dialect: Type.String(),
  clientVersion: Type.String(),
  partition: Type.Integer(),
  number: Type.Optional(Uint64Schema),
  owner: Type.Optional(HexSchema),
  ownerText: Type.Optional(Type.String()),
  lifetime: LifetimeSchema,
  publicKey: Type.Optional(HexSchema),
  account: Type.Optional(HexSchema),
  accountText: Type.Optional(Type.String()),
  scope: Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String())])),
  createdAt: TimeSchema,
  end: Type.Optional(Type.Object({ reason: Type.Enum(['closed', 'expired']), by: Type.String(), at: TimeSchema })),
})

export type SessionJson = Type.Static<typeof SessionSchema>

/** Sessions of a list; whoever wants the next ones sends `cursor`. A page may be empty and still not be the last. */
export const SessionPageSchema = Type.Object({
  sessions: Type.Array(SessionSchema),
  cursor: Type.Optional(Type.String()),
})
export type SessionPageJson = Type.Static<typeof SessionPageSchema>
type LifetimeJson = SessionJson['lifetime']

/** The moment at which sessions are read, on both clocks. */
export interface ReadingTime {
  readonly instant: Instant
  readonly wall_ms: number
}

export function sessionJson(listed: ListedSession, now: ReadingTime): SessionJson {
  const { session, end } = listed
  const { id, origin, partition, number, owner, key, scope, createdAt_ms } = session
  return {
    id,
    state: end?.reason ?? 'open',
    generation: origin.generation,
    dialect: origin.dialect,
    clientVersion: origin.clientVersion,
    partition,
    ...(number === undefined ? {} : { number: String(number) }),
    ...(owner === undefined ? {} : { owner: hex(owner), ownerText: ownerIdText(owner) }),
    lifetime: lifetimeJson(listed, now),
    ...(key === undefined
      ? {}
      : { publicKey: hex(key.publicKey), account: hex(key.account), accountText: ownerIdText(key.account) }),
    scope: Object.fromEntries(
      Object.entries(scope).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
    ),
    createdAt: time(createdAt_ms),
    ...(end === undefined ? {} : { end: endJson(end) }),
  }
}

function lifetimeJson({ session, end }: ListedSession, now: ReadingTime): LifetimeJson {
  const { lifetime, createdAt_ms } = session
  const { kind, edge } = lifetime
  if (kind === 'epochs') {
    const { notBefore, issuedAt, expiration } = lifetime
    return { kind, edge, notBefore: String(notBefore), issuedAt: String(issuedAt), expiration: String(expiration) }
  }
  const { timeout_ns, expiry, renewedAt } = lifetime
  const renewed_ms = now.wall_ms - milliseconds(now.instant - renewedAt)
  const remaining_ms = milliseconds(renewedAt + timeout_ns - now.instant)
  return {
    kind,
    edge,
    timeout_ns: String(timeout_ns),
    expiry,
    // An instant of an earlier boot of the machine would come after the end, and says nothing.
    ...(renewed_ms > (end?.endedAt_ms ?? now.wall_ms) + RENEWAL_SLACK_MS
      ? {}
      : { renewedAt: time(Math.max(renewed_ms, createdAt_ms)) }),
    ...(end === undefined ? { remaining_ms: String(remaining_ms) } : {}),
  }
}

/** What rounding and a wall clock that is slewed may make of one moment. */
const RENEWAL_SLACK_MS = 1_000

function milliseconds(time_ns: bigint): number {
  return Number(time_ns / NANOSECONDS_PER_MILLISECOND)
}

function endJson(end: Omit<Tombstone, 'session'>): NonNullable<SessionJson['end']> {
  return { reason: end.reason, by: end.endedBy, at: time(end.endedAt_ms) }
}

export function time(wall_ms: number): string {
  return new Date(wall_ms).toISOString()
}

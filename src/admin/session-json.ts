import Type from 'typebox'
import { hex } from '../core/bytes.js'
import { type Instant, NANOSECONDS_PER_MILLISECOND } from '../core/clock.js'
import type { Lifetime } from '../core/lifetime.js'
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
type LifetimeJson = SessionJson['lifetime']

export function sessionJson({ session, end }: ListedSession, now: Instant): SessionJson {
  const { id, origin, partition, number, owner, lifetime, key, scope, createdAt_ms } = session
  return {
    id,
    state: end?.reason ?? 'open',
    generation: origin.generation,
    dialect: origin.dialect,
    clientVersion: origin.clientVersion,
    partition,
    ...(number === undefined ? {} : { number: String(number) }),
    ...(owner === undefined ? {} : { owner: hex(owner), ownerText: ownerIdText(owner) }),
    lifetime: lifetimeJson(lifetime, end === undefined ? now : undefined),
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

function lifetimeJson(lifetime: Lifetime, now: Instant | undefined): LifetimeJson {
  const { kind, edge } = lifetime
  if (kind === 'epochs') {
    const { notBefore, issuedAt, expiration } = lifetime
    return { kind, edge, notBefore: String(notBefore), issuedAt: String(issuedAt), expiration: String(expiration) }
  }
  const { timeout_ns, expiry, renewedAt } = lifetime
  const json = { kind, edge, timeout_ns: String(timeout_ns), expiry }
  if (now === undefined) return json
  return { ...json, remaining_ms: String((renewedAt + timeout_ns - now) / NANOSECONDS_PER_MILLISECOND) }
}

function endJson(end: Omit<Tombstone, 'session'>): NonNullable<SessionJson['end']> {
  return { reason: end.reason, by: end.endedBy, at: time(end.endedAt_ms) }
}

export function time(wall_ms: number): string {
  return new Date(wall_ms).toISOString()
}

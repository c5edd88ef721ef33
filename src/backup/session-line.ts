import { hex } from '../core/bytes.js'
import { NANOSECONDS_PER_MILLISECOND } from '../core/clock.js'
import { INT64_MAX, UINT64_MAX } from '../core/integers.js'
import type { Lifetime } from '../core/lifetime.js'
import type { Session, SessionKey, Tombstone } from '../core/session.js'
import { accountOf } from '../crypto/owner-id.js'
import type { Kept } from '../stores/lmdb/contents.js'
import { LineError, shown } from './line-error.js'
import type { SessionLine } from './schema.js'

/** The moment of an export or import, on both clocks. */
export interface Moment {
  readonly instant: bigint
  readonly wall_ms: number
}

/** How the private key of a session stands in its line. */
export type PrivateKey = { readonly sealedKey: string } | { readonly privateKey: string } | Record<never, never>

/** `inUse`: its timeout runs. @throws RangeError for a time that no clock shows */
export function toLine(
  { session, end, renewedAt }: Kept,
  privateKey: PrivateKey,
  { instant, wall_ms }: Moment,
  inUse: boolean,
): SessionLine {
  const { id, origin, partition, number, owner, lifetime, key, scope, createdAt_ms } = session
  const { generation, dialect, clientVersion } = origin
  const common = {
    kind: 'session' as const,
    id,
    generation,
    dialect,
    clientVersion,
    partition,
    ...(number !== undefined && { number: String(number) }),
    ...(owner !== undefined && { owner: hex(owner) }),
  }
  const rest = {
    ...(key !== undefined && { publicKey: hex(key.publicKey), account: hex(key.account), ...privateKey }),
    scope: Object.fromEntries(
      Object.entries(scope).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
    ),
    createdAt: time(createdAt_ms),
    ...(end !== undefined && { end: { reason: end.reason, by: end.endedBy, at: time(end.endedAt_ms) } }),
  }
  const { edge } = lifetime
  if (lifetime.kind === 'epochs') {
    const { notBefore, issuedAt, expiration } = lifetime
    const numbers = { notBefore: String(notBefore), issuedAt: String(issuedAt), expiration: String(expiration) }
    return { ...common, lifetime: { kind: 'epochs', edge, ...numbers }, ...rest }
  }
  const { timeout_ns, expiry } = lifetime
  const renewed_ms = renewedAt === undefined ? undefined : wall_ms - milliseconds(instant - renewedAt)
  const latest_ms = end?.endedAt_ms ?? wall_ms
  // An instant of an earlier boot of the machine would come after the end, and says nothing.
  const known = renewed_ms !== undefined && renewed_ms <= latest_ms + RENEWAL_SLACK_ms
  return {
    ...common,
    lifetime: {
      kind: 'timeout',
      edge,
      timeout_ns: String(timeout_ns),
      expiry,
      ...(known && { renewedAt: time(Math.max(renewed_ms, createdAt_ms)) }),
      ...(inUse &&
        end === undefined &&
        renewedAt !== undefined && { remaining_ms: String(milliseconds(renewedAt + timeout_ns - instant)) }),
    },
    ...rest,
  }
}

/** What rounding and a wall clock that is slewed may make of one moment. */
const RENEWAL_SLACK_ms = 1_000

/** A session as a line has it; its key without the private half. */
export interface Read {
  readonly session: Session
  readonly end: Omit<Tombstone, 'session'> | undefined
}

/** An open session with a timeout has a full one from `now` on. @throws LineError */
export function fromLine(line: SessionLine, lineNumber: number, now: Moment): Read {
  const { id, generation, dialect, clientVersion, partition, number, owner, scope, createdAt, end } = line
  const key = keyOf(line, lineNumber)
  const session: Session = {
    id,
    partition,
    number: number === undefined ? undefined : uint64(number, 'number', lineNumber),
    owner: owner === undefined ? undefined : bytes(owner),
    lifetime: lifetimeOf(line, lineNumber, now),
    key,
    scope,
    origin: { generation, dialect, clientVersion },
    createdAt_ms: wall_ms(createdAt, 'createdAt', lineNumber),
  }
  if (end === undefined) return { session, end }
  return {
    session,
    end: { reason: end.reason, endedBy: end.by, endedAt_ms: wall_ms(end.at, 'end.at', lineNumber) },
  }
}

function lifetimeOf({ lifetime, createdAt, end }: SessionLine, line: number, now: Moment): Lifetime {
  if (lifetime.kind === 'epochs') {
    const { kind, edge } = lifetime
    const number = (name: 'notBefore' | 'issuedAt' | 'expiration'): bigint =>
      uint64(lifetime[name], `lifetime.${name}`, line)
    return {
      kind,
      edge,
      notBefore: number('notBefore'),
      issuedAt: number('issuedAt'),
      expiration: number('expiration'),
    }
  }
  const { kind, edge, timeout_ns, expiry, renewedAt } = lifetime
  const timeout = BigInt(timeout_ns)
  if (timeout > INT64_MAX || timeout < -INT64_MAX - 1n) {
    const takes = `a text with a number from ${-INT64_MAX - 1n} to ${INT64_MAX}`
    throw new LineError(line, `lifetime.timeout_ns: got ${shown(timeout_ns)}, takes ${takes}`)
  }
  const renewed_ms = wall_ms(renewedAt ?? createdAt, renewedAt === undefined ? 'createdAt' : 'lifetime.renewedAt', line)
  const ago = BigInt(Math.trunc(now.wall_ms - renewed_ms)) * NANOSECONDS_PER_MILLISECOND
  return { kind, edge, expiry, timeout_ns: timeout, renewedAt: end === undefined ? now.instant : now.instant - ago }
}

function keyOf({ publicKey, account }: SessionLine, line: number): SessionKey | undefined {
  if (publicKey === undefined) {
    if (account === undefined) return undefined
    throw new LineError(line, 'account: it belongs to a key, and publicKey is missing')
  }
  const key = bytes(publicKey)
  const own = hex(accountOf(key))
  if (account === own) return { publicKey: key, account: bytes(account), sealed: new Uint8Array(0) }
  throw new LineError(line, `account: got ${shown(account)}; that of the publicKey is '${own}'`)
}

/** @throws LineError */
export function uint64(text: string, name: string, line: number): bigint {
  const value = BigInt(text)
  if (value <= UINT64_MAX) return value
  throw new LineError(line, `${name}: got ${shown(text)}, takes a text with a number from 0 to ${UINT64_MAX}`)
}

/** Also refuses the 31st of February, which a text may name and Date makes another day of. */
export function wall_ms(text: string, name: string, line: number): number {
  const time_ms = Date.parse(text)
  if (!Number.isNaN(time_ms) && time(time_ms) === text) return time_ms
  throw new LineError(line, `${name}: got ${shown(text)}; there is no such time`)
}

export function time(time_ms: number): string {
  return new Date(time_ms).toISOString()
}

function milliseconds(time_ns: bigint): number {
  return Number(time_ns / NANOSECONDS_PER_MILLISECOND)
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'))
}

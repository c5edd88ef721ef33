import type { Lifetime } from '../../core/lifetime.js'
import type { Scope, Session, Tombstone } from '../../core/session.js'
import {
  SealedKey,
  SessionEnd,
  SessionNumber,
  SessionRecord,
  EpochLifetime as StoredEpochs,
  TimeoutLifetime as StoredTimeout,
} from '../../generated/store/store.js'
import { DamageError } from './damage.js'
import { idBytes, idText } from './keys.js'

/** A session as the store has it: open, or with its end. A timeout of an open one counts from instant 0: see `Timer`. */
export interface Stored {
  readonly session: Session
  readonly end?: Omit<Tombstone, 'session'>
}

export const NO_BYTES = new Uint8Array(0)

export function toRecord({ session, end }: Stored): SessionRecord {
  const { id, partition, number, owner, lifetime, key, scope, origin, createdAt_ms } = session
  return SessionRecord.create({
    id: idBytes(id) ?? NO_BYTES,
    partition,
    ...(number === undefined ? {} : { number: SessionNumber.create({ value: number }) }),
    owner: owner ?? NO_BYTES,
    ...toLifetime(lifetime, end !== undefined),
    ...(key === undefined ? {} : { key: SealedKey.create(key) }),
    scope: JSON.stringify(scope),
    generation: origin.generation,
    dialect: origin.dialect,
    clientVersion: origin.clientVersion,
    createdAtMs: toWhole(createdAt_ms),
    ...(end === undefined ? {} : { end: toEnd(end) }),
  })
}

/** @throws DamageError for what no session can be. */
export function fromRecord(record: SessionRecord): Stored {
  const { id, partition, number, owner, key, generation, dialect, clientVersion, createdAtMs, end } = record
  const session: Session = {
    id: idText(id),
    partition,
    number: number?.value,
    owner: owner.length === 0 ? undefined : owner,
    lifetime: fromLifetime(record),
    key: key === undefined ? undefined : { publicKey: key.publicKey, account: key.account, sealed: key.sealed },
    scope: fromScope(record.scope),
    origin: { generation, dialect, clientVersion },
    createdAt_ms: Number(createdAtMs),
  }
  if (end === undefined) return { session }
  return { session, end: fromEnd(end) }
}

export function fromEnd({ expired, endedBy, endedAtMs }: SessionEnd): NonNullable<Stored['end']> {
  return { reason: expired ? 'expired' : 'closed', endedBy, endedAt_ms: Number(endedAtMs) }
}

/** As a tombstone keeps it: the private key dies with the session. */
export function withoutPrivateKey(session: Session): Session {
  return session.key === undefined ? session : { ...session, key: { ...session.key, sealed: NO_BYTES } }
}

function toLifetime(lifetime: Lifetime, ended: boolean): Pick<Partial<SessionRecord>, 'epochs' | 'timeout'> {
  const exclusive = lifetime.edge === 'exclusive'
  if (lifetime.kind === 'epochs') {
    const { notBefore, issuedAt, expiration } = lifetime
    return { epochs: StoredEpochs.create({ notBefore, issuedAt, expiration, exclusive }) }
  }
  const { timeout_ns, expiry, renewedAt } = lifetime
  const lazy = expiry === 'lazy'
  return {
    timeout: StoredTimeout.create({ timeoutNs: timeout_ns, exclusive, lazy, renewedAt: ended ? renewedAt : 0n }),
  }
}

function fromLifetime({ epochs, timeout }: SessionRecord): Lifetime {
  if (epochs !== undefined) {
    const { notBefore, issuedAt, expiration, exclusive } = epochs
    return { kind: 'epochs', notBefore, issuedAt, expiration, edge: exclusive ? 'exclusive' : 'inclusive' }
  }
  if (timeout === undefined) throw new DamageError('a session has no lifetime')
  return {
    kind: 'timeout',
    timeout_ns: timeout.timeoutNs,
    renewedAt: timeout.renewedAt,
    edge: timeout.exclusive ? 'exclusive' : 'inclusive',
    expiry: timeout.lazy ? 'lazy' : 'eager',
  }
}

export function toEnd({ reason, endedBy, endedAt_ms }: Omit<Tombstone, 'session'>): SessionEnd {
  return SessionEnd.create({ expired: reason === 'expired', endedBy, endedAtMs: toWhole(endedAt_ms) })
}

function fromScope(text: string): Scope {
  const scope: unknown = JSON.parse(text)
  if (isScope(scope)) return scope
  throw new DamageError('a session has a scope that none can have')
}

function isScope(value: unknown): value is Scope {
  const isText = (item: unknown): boolean => typeof item === 'string'
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((item) => isText(item) || (Array.isArray(item) && item.every(isText)))
  )
}

function toWhole(time_ms: number): bigint {
  return BigInt(Math.trunc(time_ms))
}

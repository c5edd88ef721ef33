import { parse as bytesOfUuid, stringify as uuidOfBytes } from 'uuid'
import { Problem } from '../admin/problem.js'
import { hex } from '../core/bytes.js'
import { type Instant, NANOSECONDS_PER_MILLISECOND } from '../core/clock.js'
import type { Scheme } from '../core/keys.js'
import { deadlineOf, endOf } from '../core/lifetime.js'
import type { Session, SessionKey, SessionRef } from '../core/session.js'
import { OWNER_ID_BYTES } from '../crypto/owner-id.js'
import { isScheme } from '../crypto/schemes.js'
import {
  EpochLifetime,
  Lifetime,
  LookupResponse,
  State,
  TimeoutLifetime,
  type SessionRef as WireRef,
  Session as WireSession,
} from '../generated/keys/v1/session_keys.js'
import { decode, encode, type MessageType, WireError, type WireMessage } from '../wire/index.js'

const UUID_BYTES = 16

/** @throws Problem `invalid_body` */
export function readRequest<T extends WireMessage>(type: MessageType<T>, bytes: Uint8Array): T {
  const message = decode(type, bytes)
  if (message instanceof WireError) throw new Problem('invalid_body', message.message)
  return message
}

/** How the audit log calls a session: as the caller named it, right or wrong. */
export function nameIn(ref: WireRef | undefined): string | undefined {
  const { owned, account } = ref ?? {}
  const id = owned?.id
  if (id === undefined) return account === undefined ? undefined : hex(account.subarray(0, OWNER_ID_BYTES))
  return isUuid(id) ? uuidOfBytes(id) : hex(id.subarray(0, OWNER_ID_BYTES))
}

/** @throws Problem `invalid_parameter` that names the field */
export function sessionRef(ref: WireRef | undefined): SessionRef {
  const { owned, account } = ref ?? {}
  if (owned !== undefined) {
    const { id, owner } = owned
    checkSize('session.owned.id', id, UUID_BYTES)
    checkSize('session.owned.owner', owner, OWNER_ID_BYTES)
    // No session has another.
    if (!isUuid(id)) throw new Problem('not_found', `no session ${hex(id)}`)
    return { by: 'id', id: uuidOfBytes(id), owner }
  }
  if (account === undefined) {
    throw new Problem('invalid_parameter', 'field session: takes owned (id and owner) or account; neither is there')
  }
  checkSize('session.account', account, OWNER_ID_BYTES)
  return { by: 'account', account }
}

/** @throws Problem `invalid_parameter` */
export function schemeOf(scheme: number): Scheme {
  if (isScheme(scheme)) return scheme
  const takes = '0 (ECDSA with SHA-512), 1 (RFC 6979 with SHA-256) or 2 (WalletConnect)'
  throw new Problem('invalid_parameter', `field scheme: ${scheme} is not known; takes ${takes}`)
}

export function writeSession(session: Session, { publicKey, account }: SessionKey, now: Instant): Uint8Array {
  const { id, owner, origin, lifetime } = session
  return encode(
    LookupResponse,
    LookupResponse.create({
      session: WireSession.create({
        id: bytesOfUuid(id),
        ...(owner === undefined ? {} : { owner }),
        generation: origin.generation,
        dialect: origin.dialect,
        publicKey,
        account,
        state: State.STATE_OPEN,
        lifetime: lifetimeOf(lifetime, now),
      }),
    }),
  )
}

function lifetimeOf(lifetime: Session['lifetime'], now: Instant): Lifetime {
  if (lifetime.kind === 'timeout') {
    const remaining_ms = (deadlineOf(lifetime) - now) / NANOSECONDS_PER_MILLISECOND
    return Lifetime.create({ timeout: TimeoutLifetime.create({ remainingMs: remaining_ms }) })
  }
  const { issuedAt, notBefore, expiration } = lifetime
  const lastEpoch = endOf(lifetime) - 1n
  return Lifetime.create({ epochs: EpochLifetime.create({ issuedAt, notBefore, expiration, lastEpoch }) })
}

function checkSize(field: string, value: Uint8Array, bytes: number): void {
  if (value.length === bytes) return
  const got = value.length === 0 ? 'is not there' : `has ${value.length} bytes`
  throw new Problem('invalid_parameter', `field ${field}: ${got}; takes ${bytes} bytes`)
}

/** As RFC 9562 has it: some 16 bytes are none. */
function isUuid(id: Uint8Array): boolean {
  if (id.length !== UUID_BYTES) return false
  try {
    uuidOfBytes(id)
    return true
  } catch {
    return false
  }
}

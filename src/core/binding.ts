import { parse as bytesOfUuid } from 'uuid'
import type { NewLifetime } from './new-session.js'

const VERSION = 1
const ID_AT = 1
const LIFETIME_AT = ID_AT + 16
const EDGES = { exclusive: 0, inclusive: 1 } as const
const EXPIRIES = { eager: 0, lazy: 1 } as const
const KINDS = { epochs: 0, timeout: 1 } as const
/** Kind, edge, and three numbers of epochs; or kind, edge, expiry, and the timeout. */
const LIFETIME_BYTES = { epochs: 2 + 3 * 8, timeout: 3 + 8 } as const

/** What may not change about a session for as long as its key is used. */
export interface Bound {
  /** A UUID. */
  readonly id: string
  /** An owner of no bytes is none. */
  readonly owner?: Uint8Array | undefined
  /** A lifetime that runs is bound like one that has not begun: the last renewal does not count. */
  readonly lifetime: NewLifetime
}

/**
 * The bytes to which the private key of a session is sealed, so that it opens in no other record, for no other owner and with no
 * other lifetime: version (1), id (16 bytes), lifetime, owner. The kind of a lifetime gives its length and the owner comes last,
 * so no two sessions have the same bytes. Numbers are big-endian, 8 bytes each.
 *
 * These bytes are part of every sealed key on disk: other bytes need another version. Throws for an id that is no UUID and for
 * numbers that do not fit.
 */
export function bindingOf({ id, owner, lifetime }: Bound): Uint8Array {
  const ownerAt = LIFETIME_AT + LIFETIME_BYTES[lifetime.kind]
  const bytes = Buffer.alloc(ownerAt + (owner?.length ?? 0))
  bytes[0] = VERSION
  bytes.set(bytesOfUuid(id), ID_AT)
  writeLifetime(bytes, LIFETIME_AT, lifetime)
  if (owner !== undefined) bytes.set(owner, ownerAt)
  return bytes
}

function writeLifetime(bytes: Buffer, at: number, lifetime: NewLifetime): void {
  bytes[at] = KINDS[lifetime.kind]
  bytes[at + 1] = EDGES[lifetime.edge]
  if (lifetime.kind === 'epochs') {
    bytes.writeBigUInt64BE(lifetime.notBefore, at + 2)
    bytes.writeBigUInt64BE(lifetime.issuedAt, at + 10)
    bytes.writeBigUInt64BE(lifetime.expiration, at + 18)
  } else {
    bytes[at + 2] = EXPIRIES[lifetime.expiry]
    bytes.writeBigInt64BE(lifetime.timeout_ns, at + 3)
  }
}

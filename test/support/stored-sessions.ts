import type { Instant } from '../../src/core/clock.js'
import type { Lifetime, Now } from '../../src/core/lifetime.js'
import type { Session, SessionRef } from '../../src/core/session.js'
import { SeededRandom } from './seeded-random.js'

/** Sessions to put into a store directly. */

const random = new SeededRandom(7)

export const OWNER_A = new Uint8Array(25).fill(0xaa)
export const OWNER_B = new Uint8Array(25).fill(0xbb)
export const NOW: Instant = 5_000_000_000n

export function uuid(): string {
  const hex = Buffer.from(random.bytes(16)).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
}

export function epochs(expiration: bigint, edge: 'inclusive' | 'exclusive' = 'inclusive'): Lifetime {
  return { kind: 'epochs', notBefore: 1n, issuedAt: 2n, expiration, edge }
}

export function timeout(
  timeout_ns: bigint,
  options: { expiry?: 'eager' | 'lazy'; renewedAt?: Instant; edge?: 'inclusive' | 'exclusive' } = {},
): Lifetime {
  return { kind: 'timeout', timeout_ns, renewedAt: NOW, edge: 'inclusive', expiry: 'eager', ...options }
}

export function session(changes: Partial<Session> = {}): Session {
  return {
    id: uuid(),
    partition: 0,
    number: undefined,
    owner: OWNER_A,
    lifetime: epochs(20n),
    key: undefined,
    scope: {},
    origin: { generation: 'v2', dialect: 'v2', clientVersion: '2.21' },
    createdAt_ms: 1_600_000_000_000,
    ...changes,
  }
}

export function at(epoch: bigint, instant: Instant = NOW): Now {
  return { epoch, instant }
}

export const byId = (id: string): SessionRef => ({ by: 'id', id })
export const closed = { reason: 'closed', endedBy: 'client', endedAt_ms: 1_600_000_001_000 } as const
export const expired = { reason: 'expired', endedBy: 'expiry', endedAt_ms: 1_600_000_002_000 } as const

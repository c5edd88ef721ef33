import { UINT64_MAX } from '../../src/core/integers.js'
import type { EpochLifetime } from '../../src/core/lifetime.js'
import type { Moment, SessionFacts, TimeoutFacts } from '../../src/explain/facts.js'

/** Noon, in epoch 20 of one hour each. */
export const NOON: Moment = { wall_ms: Date.parse('2026-01-02T12:00:00Z'), epoch: 20n, epochLength_ms: 3_600_000 }

export function ago(seconds: number): number {
  return NOON.wall_ms - seconds * 1_000
}

/** A NeoFS session that was opened an hour before noon. */
export function neoFsFacts(
  dialect: string,
  lifetime: Partial<EpochLifetime>,
  rest: Partial<SessionFacts> = {},
): SessionFacts {
  const generation = /^[AB]/.test(dialect) ? 'v1-legacy' : /^[CDE]/.test(dialect) ? 'v1' : 'v2'
  const edge = generation === 'v2' ? 'exclusive' : 'inclusive'
  return {
    id: '0188d5a4-9c1e-4a71-8f3e-0123456789ab',
    partition: 0,
    number: undefined,
    owner: Uint8Array.from({ length: 25 }, (_, index) => index + 1),
    publicKey: undefined,
    origin: { generation, dialect, clientVersion: generation === 'v2' ? '2.21' : '' },
    lifetime: { kind: 'epochs', notBefore: 0n, issuedAt: 0n, expiration: UINT64_MAX, edge, ...lifetime },
    createdAt_ms: ago(3_600),
    end: undefined,
    ...rest,
  }
}

/** An Atomix session of 30 s that was renewed 12 s before noon. */
export function atomixFacts(lifetime: Partial<TimeoutFacts>, rest: Partial<SessionFacts> = {}): SessionFacts {
  return {
    ...neoFsFacts('v2', {}),
    partition: 1,
    number: 7n,
    owner: undefined,
    origin: { generation: 'atomix', dialect: 'atomix', clientVersion: 'v0.2+' },
    lifetime: {
      kind: 'timeout',
      timeout_ns: 30_000_000_000n,
      edge: 'inclusive',
      expiry: 'eager',
      renewedAt_ms: ago(12),
      ...lifetime,
    },
    ...rest,
  }
}

export function expired(seconds_ago: number): Pick<SessionFacts, 'end'> {
  return { end: { reason: 'expired', endedBy: 'expiry', endedAt_ms: ago(seconds_ago) } }
}

export function closed(endedBy = 'client'): Pick<SessionFacts, 'end'> {
  return { end: { reason: 'closed', endedBy, endedAt_ms: ago(180) } }
}

import Type from 'typebox'
import { Uint64Schema } from './session-json.js'

const Count = Type.Integer({ minimum: 0 })

/** Observed times since the start: `count` of each bucket is how many took at most `le_s`. What took longer is in `count` alone. */
const DistributionSchema = Type.Object({
  count: Count,
  sum_s: Type.Number(),
  buckets: Type.Array(Type.Object({ le_s: Type.Number(), count: Count })),
})

/** The numbers of the web page. Counts are since `startedAt`; rates are for the reader to make of two of these. */
export const OverviewSchema = Type.Object({
  at: Type.String({ description: 'RFC 3339' }),
  startedAt: Type.String({ description: 'RFC 3339' }),
  epoch: Uint64Schema,
  /** Why no calls should be sent here now; empty while they may. */
  notReady: Type.Array(Type.String()),
  sessions: Type.Array(Type.Object({ generation: Type.String(), state: Type.Enum(['open', 'pending']), count: Count })),
  operations: Type.Array(
    Type.Object({ operation: Type.String(), generation: Type.String(), outcome: Type.String(), count: Count }),
  ),
  expired: Type.Array(Type.Object({ generation: Type.String(), count: Count })),
  bornExpired: Type.Array(Type.Object({ generation: Type.String(), count: Count })),
  expiryLag: DistributionSchema,
  storeCommits: DistributionSchema,
  storeErrors: Count,
  limitsHit: Type.Array(Type.Object({ limit: Type.String(), count: Count })),
  /** Of the last seconds. */
  eventLoopDelay: Type.Object({ p50_ms: Type.Number(), p99_ms: Type.Number(), max_ms: Type.Number() }),
})

export type OverviewJson = Type.Static<typeof OverviewSchema>
export type DistributionJson = OverviewJson['expiryLag']

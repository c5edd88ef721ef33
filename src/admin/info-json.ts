import Type from 'typebox'
import { Uint64Schema } from './session-json.js'

export const InfoSchema = Type.Object({
  version: Type.String(),
  role: Type.String(),
  pid: Type.Integer(),
  startedAt: Type.String(),
  grpc: Type.Array(Type.String()),
  generations: Type.Array(
    Type.Object({
      name: Type.String(),
      enabled: Type.Boolean(),
      /** gRPC paths served. */
      paths: Type.Array(Type.String()),
      /** Who may open sessions, in one line. */
      opening: Type.String(),
    }),
  ),
  store: Type.Object({ url: Type.String(), durable: Type.Boolean() }),
  epoch: Type.Object({ current: Uint64Schema, source: Type.String() }),
  publicKey: Type.String(),
  /** By configuration name, such as `admin.limits.page`, as `limitsHit` of the overview has it; times in milliseconds, sizes in bytes. */
  limits: Type.Record(Type.String(), Type.Union([Type.Integer(), Type.String()])),
})

export type GatewayInfo = Type.Static<typeof InfoSchema>

import Type from 'typebox'
import { Uint64Schema } from './session-json.js'

export const EpochSchema = Type.Object({
  epoch: Uint64Schema,
  source: Type.String(),
  /** How long an epoch lasts, where somebody knows. */
  length_ms: Type.Optional(Type.Integer()),
})

export type EpochJson = Type.Static<typeof EpochSchema>

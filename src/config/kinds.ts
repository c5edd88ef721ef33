import Type, { type TSchema } from 'typebox'
import { parseDuration_ms, parseSize_bytes } from './units.js'

/** How the value of a key is written; `forms.ts` has the reader of each. */
export type Form =
  | 'choice'
  | 'switch'
  | 'count'
  | 'countOrAny'
  | 'duration'
  | 'size'
  | 'path'
  | 'output'
  | 'addresses'
  | 'endpoint'
  | 'hostPort'
  | 'nodeAddresses'
  | 'databases'
  | 'store'
  | 'storeKey'
  | 'tokens'
  | 'names'
  | 'hosts'
  | 'epoch'

/** What the schema of every key says about itself, beside its type. */
export interface KeyNotes {
  readonly form: Form
  readonly description: string
  /** As one would write it in the file; absent if the key is optional. */
  readonly default?: string | number | boolean | readonly string[]
  /** Bounds as one would write them. */
  readonly from?: string | number
  readonly to?: string | number
  readonly enum?: readonly string[]
}

export function isKeyNotes(schema: unknown): schema is KeyNotes {
  return typeof schema === 'object' && schema !== null && 'form' in schema && 'description' in schema
}

interface Bounds {
  readonly from: string
  readonly to: string
}

// Timers take at most 2^31 − 1 ms, 24.8 days.
const TIMER: Bounds = { from: '1ms', to: '24d' }

/** One of a few words. */
export function choice<const Values extends string[]>(
  values: readonly [...Values],
  fallback: Values[number],
  description: string,
) {
  return Type.Enum<Values>(values, { form: 'choice', default: fallback, description })
}

export function flag(fallback: boolean, description: string) {
  return Type.Boolean({ form: 'switch', default: fallback, description })
}

/** A whole number. */
export function count(fallback: number, description: string, bounds: { from: number; to: number }) {
  return Type.Integer({
    form: 'count',
    default: fallback,
    description,
    ...bounds,
    minimum: bounds.from,
    maximum: bounds.to,
  })
}

/** A whole number; no default of its own. */
export function optionalCount(description: string, { from, to }: { from: number; to: number }) {
  return Type.Optional(Type.Integer({ form: 'count', description, from, to, minimum: from, maximum: to }))
}

/** `any` or a whole number from 1. */
export function countOrAny(description: string, to: number) {
  return Type.Union([Type.Literal('any'), Type.Integer({ minimum: 1, maximum: to })], {
    form: 'countOrAny',
    default: 'any',
    description,
    from: 1,
    to,
  })
}

/** Written with a unit, kept in milliseconds. */
export function duration(fallback: string, description: string, bounds: Partial<Bounds> = {}) {
  const { from, to } = { ...TIMER, ...bounds }
  return Type.Integer({
    form: 'duration',
    default: fallback,
    description,
    from,
    to,
    minimum: bound(parseDuration_ms(from), from),
    maximum: bound(parseDuration_ms(to), to),
  })
}

/** A duration; no default of its own. */
export function optionalDuration(description: string, bounds: Partial<Bounds> = {}) {
  const { from, to } = { ...TIMER, ...bounds }
  return Type.Optional(
    Type.Integer({
      form: 'duration',
      description,
      from,
      to,
      minimum: bound(parseDuration_ms(from), from),
      maximum: bound(parseDuration_ms(to), to),
    }),
  )
}

/** Written in bytes or with a unit, kept in bytes. */
export function size(fallback: string, description: string, { from, to }: Bounds) {
  return Type.Integer({
    form: 'size',
    default: fallback,
    description,
    from,
    to,
    minimum: bound(parseSize_bytes(from), from),
    maximum: bound(parseSize_bytes(to), to),
  })
}

function bound(value: number | undefined, text: string): number {
  if (value === undefined) throw new Error(`the schema has a bound that is no value: ${text}`)
  return value
}

/** The path of a file, from the working directory; no default. */
export function path(description: string) {
  return Type.Optional(Type.String({ form: 'path', description, minLength: 1 }))
}

/** The path of a file that is written; no default. */
export function outputPath(description: string) {
  return Type.Optional(Type.String({ form: 'output', description, minLength: 1 }))
}

/** `host:port`, `unix:path` or `off`. */
export function endpoint(fallback: string, description: string) {
  return Type.String({ form: 'endpoint', default: fallback, description })
}

export function addresses(fallback: readonly string[], description: string) {
  return Type.Array(Type.String(), { form: 'addresses', default: fallback, description, minItems: 1 })
}

/** `host:port` of this gateway as others see it; no default. */
export function hostPort(description: string) {
  return Type.Optional(Type.String({ form: 'hostPort', description }))
}

/** A list with a grammar of its own; no default. */
export function list(
  form: 'nodeAddresses' | 'databases' | 'tokens' | 'names' | 'hosts',
  description: string,
  to: number,
) {
  return Type.Optional(Type.Array(Type.String(), { form, description, to, minItems: 1, maxItems: to }))
}

/** A text with a grammar of its own. */
export function text(form: 'store' | 'epoch', fallback: string, description: string) {
  return Type.String({ form, default: fallback, description })
}

/** Where a key is; no default of its own. */
export function storeKey(description: string) {
  return Type.Optional(Type.String({ form: 'storeKey', description }))
}

export function section<Keys extends Record<string, TSchema>>(description: string, keys: Keys) {
  return Type.Object(keys, { description })
}

import { NEWEST } from '../adapters/v2/index.js'
import { ERROR_CODES } from '../core/errors.js'

/**
 * Label values are bounded sets: every value makes a time series, and clients choose some of them. What is not on a list
 * counts as `other`.
 */
export const OTHER = 'other'

export const DIALECTS = ['A0', 'A1', 'A2', 'A3', 'B', 'C', 'Cx', 'D', 'E1', 'E2', 'F0', 'v2', 'atomix'] as const

/** Versions of the v2 API that exist (neofs-v2 §1.2). */
const V2_VERSIONS = Array.from({ length: NEWEST.minor + 1 }, (_, minor) => `${NEWEST.major}.${minor}`)

/** Library versions that adapters infer from the form of a request, where a protocol announces none. */
const INFERRED_VERSIONS = ['v0.7.4-v1.0', 'v1.1-v1.2', 'v1.3', 'D0-D1', 'D2-D3', 'D-PR39', 'v0.1', 'v0.2+']

const VERSIONS: ReadonlySet<string> = new Set(['', ...V2_VERSIONS, ...INFERRED_VERSIONS, ...DIALECTS])
const DIALECT_NAMES: ReadonlySet<string> = new Set(DIALECTS)
const OUTCOMES: ReadonlySet<string> = new Set(['ok', ...ERROR_CODES])
const SIGNATURE_OUTCOMES: ReadonlySet<string> = new Set(['received', 'stable', 'without-field-9', 'valid', 'invalid'])

/** Names of limits come from the code, but from many places: the first ones are kept. */
const LIMIT_NAMES_MAX = 64

export function dialectLabel(dialect: string): string {
  return DIALECT_NAMES.has(dialect) ? dialect : OTHER
}

/** v2 announces `2.N`; of the others it is nothing, inferred, or a name of their dialect. */
export function versionLabel(version: string): string {
  return VERSIONS.has(version) ? version : OTHER
}

export function outcomeLabel(outcome: string): string {
  return OUTCOMES.has(outcome) ? outcome : OTHER
}

/** NeoFS signature schemes 0 to 3. */
export function schemeLabel(scheme: number): string {
  return scheme === 0 || scheme === 1 || scheme === 2 || scheme === 3 ? String(scheme) : OTHER
}

export function signatureOutcomeLabel(outcome: string): string {
  return SIGNATURE_OUTCOMES.has(outcome) ? outcome : OTHER
}

/** Labels of limits, each set of metrics with its own memory. */
export function limitLabels(): (limit: string) => string {
  const known = new Set<string>()
  return (limit) => {
    if (known.has(limit)) return limit
    if (known.size >= LIMIT_NAMES_MAX) return OTHER
    known.add(limit)
    return limit
  }
}

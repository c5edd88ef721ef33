import { nearest } from '../config/nearest.js'
import type { Candidate } from './candidate.js'
import { ATOMIX_CANDIDATES } from './candidates-atomix.js'
import { LEGACY_CANDIDATES, V1_CANDIDATES, V1_TOKENS } from './candidates-v1.js'
import { F0_CANDIDATES, V2_CANDIDATES, V2_ENVELOPES, V2_TOKENS } from './candidates-v2.js'

/** Every known message. Of those that fit equally well the first is taken: what real clients send comes first. */
export const CANDIDATES: readonly Candidate[] = [
  ...V2_CANDIDATES,
  ...LEGACY_CANDIDATES,
  ...V1_CANDIDATES,
  ...F0_CANDIDATES,
  ...ATOMIX_CANDIDATES,
  ...V2_TOKENS,
  ...V1_TOKENS,
  ...V2_ENVELOPES,
]

export const KNOWN_PATHS: readonly string[] = [...new Set(CANDIDATES.flatMap(({ paths }) => paths))]

/** A method of the package that the gateway does not serve. */
const OTHER_V2_PATH = /^\/neo\.fs\.v2\.[a-z]+\.[A-Za-z]+Service\/[A-Za-z]+$/

/** A path that no generation has: wrong usage, in one line. */
export class PathError extends Error {
  override readonly name = 'PathError'
}

/** The messages of a method, requests first. The leading slash may be missing. Raises PathError. */
export function candidatesOn(path: string): readonly Candidate[] {
  const whole = path.startsWith('/') ? path : `/${path}`
  const found = CANDIDATES.filter(({ paths }) => paths.includes(whole))
  if (found.length > 0) return found.map((candidate) => ({ ...candidate, paths: [whole] }))
  if (OTHER_V2_PATH.test(whole)) return V2_ENVELOPES.map((candidate) => ({ ...candidate, paths: [whole] }))
  throw new PathError(
    `no generation has the path ${JSON.stringify(path)}; the nearest is ${nearest(whole, KNOWN_PATHS)}`,
  )
}

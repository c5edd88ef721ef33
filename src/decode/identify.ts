import { type Detection, detect } from '../adapters/detect.js'
import { SHARED_PATH } from '../adapters/shared-path.js'
import { isD0 } from '../adapters/v1/codec.js'
import { Scan } from '../wire/index.js'
import type { Candidate } from './candidate.js'
import { CANDIDATES, candidatesOn } from './candidates.js'
import { type Evidence, evidenceFor } from './evidence.js'
import type { DecodeLimits } from './limits.js'
import { type Tree, treeOf } from './tree.js'

/** Which message some bytes are. */
export interface Identified {
  /** Undefined if none is likely. */
  readonly candidate: Candidate | undefined
  readonly reason: string
  /** Fit as well, or nearly. */
  readonly alternatives: readonly Candidate[]
}

interface Fit {
  readonly candidate: Candidate
  readonly tree: Tree
  readonly evidence: Evidence
  /** What detection says where the candidate is its choice. */
  readonly detected: string | undefined
}

/** Points within which another candidate fits nearly as well. */
const NEARLY = 20
const FINDINGS_SHOWN = 3
/** Fields by which a message is judged: more say nothing new, and there are many messages to try. */
const FIELDS_JUDGED = 4000
/** With as little as this, something in it has no right form. */
const LEAST_SCORE = -30

/**
 * Tries every known message, or those of a path, and takes the one that the bytes fit best. Of the dialects that share a
 * path their own detection decides, as in the gateway.
 */
export function identify(bytes: Uint8Array, path: string | undefined, limits: DecodeLimits): Identified {
  const detection = detect(bytes)
  const all = path === undefined ? CANDIDATES : candidatesOn(path)
  if (bytes.length === 0 && (path === undefined || isSharedPath(path))) {
    const reason = path === undefined ? 'an empty message is right for every type; name its path' : detection.reason
    return { candidate: undefined, reason, alternatives: [] }
  }
  const fits = narrowed(all, detection, bytes).map((fit) => judge(fit, bytes, limits))
  const isEmpty = bytes.length === 0
  const best = fits.reduce((a, b) => (!isEmpty && b.evidence.score > a.evidence.score ? b : a))
  if (!isLikely(best, path)) {
    return { candidate: undefined, reason: unlikelyReason(detection, path), alternatives: [] }
  }
  const alternatives = fits.filter(
    (fit) =>
      fit !== best &&
      fit.tree.error === undefined &&
      fit.evidence.unknownFields <= best.evidence.unknownFields &&
      fit.evidence.score >= best.evidence.score - NEARLY,
  )
  return {
    candidate: best.candidate,
    reason: [reasonFor(best, path, detection), ...faultsOfOthers(best, fits, path)].join('; '),
    alternatives: alternatives.map(({ candidate }) => candidate),
  }
}

type Narrowed = Pick<Fit, 'candidate' | 'detected'>

/** Of requests on the shared path only what detection says, if it says anything. */
function narrowed(all: readonly Candidate[], detection: Detection, bytes: Uint8Array): Narrowed[] {
  const isShared = ({ direction, paths }: Candidate) => direction === 'request' && paths.includes(SHARED_PATH)
  return all.flatMap((candidate): Narrowed[] => {
    if (!isShared(candidate) || detection.dialect === undefined) return [{ candidate, detected: undefined }]
    const { dialect } = detection
    if (candidate.dialect !== rowOf(dialect, bytes)) return []
    const named = dialect === 'D' ? candidate.dialect : dialect
    return [{ candidate: { ...candidate, dialect: named }, detected: detection.reason }]
  })
}

/** The dialect under which the tables have what was detected. */
function rowOf(dialect: string, bytes: Uint8Array): string {
  if (dialect === 'A1') return 'A2'
  if (dialect === 'Cx') return 'C'
  if (dialect === 'D') return isD0(new Scan(bytes)) ? 'D0' : 'D2'
  return dialect
}

function judge({ candidate, detected }: Narrowed, bytes: Uint8Array, { nesting }: DecodeLimits): Fit {
  const tree = treeOf(candidate.type, bytes, { fields: FIELDS_JUDGED, nesting, stop: true })
  // Of damaged bytes detection knows more than what could be read; not of E, whose owner stands where that of v2 does.
  const counts = detected !== undefined && tree.error !== undefined && !candidate.dialect.startsWith('E')
  return { candidate, tree, evidence: evidenceFor(tree, candidate, counts), detected }
}

/** A path is reason enough, except for the one that so many dialects share. */
function isLikely({ tree, evidence, detected }: Fit, path: string | undefined): boolean {
  if (detected !== undefined) return true
  if (path !== undefined && !isSharedPath(path)) return true
  if (tree.error !== undefined) return evidence.support > 0
  if (evidence.score > 0) return true
  const fits = evidence.unknownFields === 0 && evidence.score > LEAST_SCORE
  return fits && (path !== undefined || evidence.support > 0)
}

function isSharedPath(path: string): boolean {
  return path === SHARED_PATH || `/${path}` === SHARED_PATH
}

function unlikelyReason(detection: Detection, path: string | undefined): string {
  if (path === undefined) return 'the bytes fit no known message; name the path if it is one'
  return detection.reason
}

/** With a path few messages are left, and somebody may know that it should have been another of them. */
function faultsOfOthers(best: Fit, fits: readonly Fit[], path: string | undefined): string[] {
  if (path === undefined || isSharedPath(path) || best.tree.error !== undefined) return []
  return fits.flatMap(({ candidate, tree }) => {
    if (tree.error === undefined || candidate === best.candidate) return []
    const { path: field, reason, offset } = tree.error
    const place = field === '' ? '' : `${field}: `
    return [`no ${candidate.direction} (${candidate.dialect}), as ${place}${reason} at byte ${offset}`]
  })
}

function reasonFor(
  { candidate, evidence, tree, detected }: Fit,
  path: string | undefined,
  detection: Detection,
): string {
  const reasons = path === undefined ? [] : ['the path says so']
  if (detected !== undefined) reasons.push(detected)
  else if (path !== undefined && isSharedPath(path) && candidate.direction === 'request') reasons.push(detection.reason)
  else reasons.push(...evidence.findings.slice(0, FINDINGS_SHOWN))
  if (tree.error !== undefined) reasons.push('of all types it reads furthest')
  else if (evidence.unknownFields > 0)
    reasons.push(evidence.unknownFields === 1 ? 'one field is unknown' : `${evidence.unknownFields} fields are unknown`)
  else if (reasons.length === 0) reasons.push('every field is one of its own')
  return reasons.join('; ')
}

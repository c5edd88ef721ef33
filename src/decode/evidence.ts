import { hasOwnerChecksum, OWNER_ID_BYTES } from '../crypto/owner-id.js'
import { COMPRESSED_KEY_BYTES, UNCOMPRESSED_KEY_BYTES } from '../crypto/p256.js'
import type { Candidate } from './candidate.js'
import { meaningOf, nameOfNumber } from './meanings.js'
import { isPrintable, utf8Of } from './text.js'
import { nodesOf, type Tree, type TreeNode } from './tree.js'
import { isSignatureForm, isUuid4 } from './values.js'

/** How well bytes fit a message type: what speaks for it and against it, in points that only compare. */
export interface Evidence {
  /** With what speaks against it. */
  readonly score: number
  /** What speaks for it, alone. */
  readonly support: number
  /** The strongest first. */
  readonly findings: readonly string[]
  readonly unknownFields: number
}

/**
 * An owner id with its checksum is as good as certain (2^-39), a UUID or a key is likely no accident; a field that the
 * type does not have, or an id of a wrong size, speaks against it, since genuine clients send neither.
 */
const POINTS = {
  ownerWithChecksum: 100,
  owner: 5,
  key: 40,
  uuid: 30,
  signature: 30,
  hash: 20,
  text: 5,
  number: 1,
  expected: 3,
  detected: 30,
  wrongSizeOfOwner: -30,
  wrongForm: -30,
  notExpected: -15,
  twice: -10,
  writtenDefault: -5,
  unknownField: -50,
  /** The type does not decode. */
  error: -60,
  /** What was bad is only the length of an id: the field itself was the right one. */
  wrongSize: 20,
} as const

/** `detected`: detection's word that it is this one counts. */
export function evidenceFor(tree: Tree, { expects, rarity }: Candidate, detected: boolean): Evidence {
  let support = detected ? POINTS.detected : 0
  let against = -rarity
  let unknownFields = 0
  const findings: [points: number, finding: string][] = []
  const present = new Set<string>()
  for (const node of nodesOf(tree.nodes)) {
    if (node.field === undefined) {
      unknownFields++
      against += POINTS.unknownField
      continue
    }
    if (!isAllZero(node.value)) present.add(node.path)
    if (node.again) against += POINTS.twice
    const [points, finding] = pointsOf(node)
    if (points > 0) support += points
    else against += points
    if (finding !== undefined && points > 0) findings.push([points, `${finding} at ${node.path}`])
  }
  for (const expected of expects) {
    if (expected.split('|').some((path) => present.has(path))) support += POINTS.expected
    else against += POINTS.notExpected
  }
  if (tree.error !== undefined) {
    against += POINTS.error
    if (isNearMiss(tree.error.reason)) support += POINTS.wrongSize
  }
  findings.sort(([a], [b]) => b - a)
  return { score: support + against, support, findings: findings.map(([, finding]) => finding), unknownFields }
}

/** An id that lacks a byte or has one too many. */
function isNearMiss(reason: string): boolean {
  const [, expected, actual] = /^expect=(\d+), actual=(\d+)/.exec(reason) ?? []
  return expected !== undefined && Math.abs(Number(expected) - Number(actual)) === 1
}

function pointsOf(node: TreeNode): readonly [points: number, finding?: string] {
  const { field, value, within } = node
  if (field === undefined || value === undefined) return [0]
  if (typeof value === 'string') return textPoints(value)
  if (!(value instanceof Uint8Array)) {
    if (value === 0 || value === 0n || value === false) return [POINTS.writtenDefault]
    const named = field.values === undefined || typeof value !== 'number' || nameOfNumber(within, field, value)
    return [named === undefined ? POINTS.wrongForm : POINTS.number]
  }
  if (value.length === 0) return [0]
  switch (meaningOf(within, field)) {
    case 'owner':
      if (hasOwnerChecksum(value)) return [POINTS.ownerWithChecksum, 'owner id with a valid checksum']
      return [value.length === OWNER_ID_BYTES ? POINTS.owner : POINTS.wrongSizeOfOwner]
    case 'key':
      return hasKeyForm(value) ? [POINTS.key, 'public key'] : [POINTS.wrongForm]
    case 'uuid':
      if (isAllZero(value)) return [0]
      return isUuid4(value) ? [POINTS.uuid, 'UUID'] : [value.length === 16 ? POINTS.number : POINTS.wrongForm]
    case 'signature':
      return isSignatureForm(value) ? [POINTS.signature, 'signature'] : [POINTS.wrongForm]
    case 'hash':
      return value.length === 32 ? [POINTS.hash, '32 bytes of an id'] : [POINTS.wrongForm]
    case 'text':
      return textPoints(utf8Of(value))
    default:
      return [0]
  }
}

function textPoints(text: string | undefined): readonly [points: number, finding?: string] {
  if (text === '') return [0]
  return text !== undefined && isPrintable(text) ? [POINTS.text, 'text'] : [POINTS.wrongForm]
}

function isAllZero(value: TreeNode['value']): boolean {
  return value instanceof Uint8Array && value.every((byte) => byte === 0)
}

/** Whether the point is on the curve is not asked: that takes long, and a wrong key is a key all the same. */
function hasKeyForm(bytes: Uint8Array): boolean {
  const prefix = bytes[0]
  if (bytes.length === COMPRESSED_KEY_BYTES) return prefix === 0x02 || prefix === 0x03
  return bytes.length === UNCOMPRESSED_KEY_BYTES && prefix === 0x04
}

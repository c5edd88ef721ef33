import { hasOwnerChecksum } from '../crypto/owner-id.js'
import type { FieldNode } from './explanation.js'
import type { OwnerNames } from './keys.js'
import { meaningOf, nameOfNumber } from './meanings.js'
import { hexOf, isPrintable, utf8Of } from './text.js'
import { type Scalar, type TreeNode, wireTypeText } from './tree.js'
import { describe } from './values.js'

/** The tree in its plain form. `owners` tells which key has which owner id. */
export function explainNodes(nodes: readonly TreeNode[], owners: OwnerNames): FieldNode[] {
  return nodes.map((node) => explainNode(node, owners))
}

function explainNode(node: TreeNode, owners: OwnerNames): FieldNode {
  const { number, offset, size, field, value, children, again, cutOff } = node
  const at = { name: field?.name ?? '', number, offset, size }
  if (field === undefined) return { ...at, ...unknown(node) }
  const repeat = [...(again ? ['occurs again'] : []), ...(cutOff === true ? ['cut off'] : [])]
  if (children !== undefined) {
    const type = field.type?.().name ?? 'message'
    return { ...at, type, fields: explainNodes(children, owners), ...notes(repeat) }
  }
  const type = field.text ? 'string' : field.kind
  return { ...at, type, ...(value === undefined ? {} : scalar(node, value, owners, repeat)) }
}

function scalar(node: TreeNode, value: Scalar, owners: OwnerNames, repeat: readonly string[]): Partial<FieldNode> {
  const { field, within } = node
  if (field === undefined) return {}
  if (typeof value === 'string') return { text: value, ...notes(repeat) }
  if (value instanceof Uint8Array) {
    const meaning = meaningOf(within, field)
    const { text, notes: facts } = describe(value, meaning)
    const owned = meaning === 'owner' && hasOwnerChecksum(value) ? owners.of(value) : undefined
    return {
      ...(meaning === 'text' && text !== undefined ? {} : { hex: hexOf(value) }),
      ...(text === undefined ? {} : { text }),
      ...notes([...facts, ...(owned === undefined ? [] : [owned]), ...repeat]),
    }
  }
  if (typeof value !== 'number') return { value: typeof value === 'bigint' ? String(value) : value, ...notes(repeat) }
  const name = nameOfNumber(within, field, value)
  const nameless = field.kind === 'enum' && name === undefined ? ['no value of that number is known'] : []
  return { value, ...(name === undefined ? {} : { text: name }), ...notes([...nameless, ...repeat]) }
}

const VARINT = 0
const FIXED64 = 1
const LENGTH = 2
const FIXED32 = 5

/** Number, wire type and bytes; the number that they may be, and the text if they look like one. */
function unknown({ wireType, value }: TreeNode): Omit<FieldNode, 'name' | 'number' | 'offset' | 'size'> {
  const bytes = value instanceof Uint8Array ? value : new Uint8Array(0)
  const at = { type: 'unknown', wireType }
  if (wireType === VARINT) return { ...at, value: varint(bytes), hex: hexOf(bytes), ...notes([wireTypeText(wireType)]) }
  if (wireType === FIXED64 || wireType === FIXED32) {
    const number = littleEndian(bytes)
    return { ...at, value: number, hex: hexOf(bytes), ...notes([wireTypeText(wireType)]) }
  }
  if (wireType !== LENGTH) return { ...at, hex: hexOf(bytes), ...notes([wireTypeText(wireType)]) }
  const content = afterLength(bytes)
  const text = utf8Of(content)
  const shown = text !== undefined && isPrintable(text) ? { text } : {}
  return { ...at, hex: hexOf(content), ...shown, ...notes([wireTypeText(wireType)]) }
}

/** The bytes were read as a varint before, so they are one. */
function varint(bytes: Uint8Array): string {
  let value = 0n
  for (const [index, byte] of bytes.entries()) value |= BigInt(byte & 0x7f) << BigInt(7 * index)
  return String(value)
}

function littleEndian(bytes: Uint8Array): string {
  return String([...bytes].reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n))
}

function afterLength(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(bytes.findIndex((byte) => byte < 0x80) + 1)
}

function notes(lines: readonly string[]): Pick<FieldNode, 'notes'> {
  return lines.length === 0 ? {} : { notes: lines }
}

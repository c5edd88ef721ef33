import { enter, expectWireType } from '../wire/fields.js'
import { Cursor, type Field, type MessageType, WireError, type WireMessage, WireType } from '../wire/index.js'
import type { BadByte } from './explanation.js'
import { BAD_BYTES_SHOWN, type DecodeLimits } from './limits.js'
import { hexOf } from './text.js'

/** One field of a message as it stands on the wire. */
export interface TreeNode {
  /** Undefined: the message type has no field of that number. */
  readonly field: Field<WireMessage> | undefined
  /** Name of the message type that it is a field of. */
  readonly within: string
  /** Names from the outermost message, with positions in repeated fields: `Verify.Signatures[0].Peer`. */
  readonly path: string
  readonly number: number
  readonly wireType: number
  /** Of the tag. */
  readonly offset: number
  /** Of tag and value. */
  readonly size: number
  /** Of a scalar; of an unknown field the bytes after its tag. */
  readonly value?: Scalar
  /** Of a message. */
  readonly children?: readonly TreeNode[]
  /** A field that is not repeated came before already. */
  readonly again: boolean
  /** The message has fewer bytes than it announces. */
  readonly cutOff?: true
}

export type Scalar = bigint | number | boolean | string | Uint8Array

export interface Tree {
  readonly nodes: readonly TreeNode[]
  readonly leftOut: number
  readonly error: BadByte | undefined
}

export interface TreeLimits extends Pick<DecodeLimits, 'fields' | 'nesting'> {
  /** Stop there, instead of reading on without keeping what is read. */
  readonly stop?: boolean
}

/** Reads a message field by field in the order of the wire, exactly as strictly as `decode`, and keeps what it read. */
export function treeOf(type: MessageType<WireMessage>, bytes: Uint8Array, limits: TreeLimits): Tree {
  const walk = new Walk(bytes, limits)
  const nodes: TreeNode[] = []
  try {
    walk.message(type, '', nodes, new Earlier())
    return { nodes, leftOut: walk.leftOut, error: undefined }
  } catch (error) {
    if (error instanceof Enough) return { nodes, leftOut: walk.leftOut, error: undefined }
    if (!(error instanceof WireError)) throw error
    return { nodes, leftOut: walk.leftOut, error: walk.badByte(error) }
  }
}

/** Every node, outer ones first. */
export function* nodesOf(nodes: readonly TreeNode[]): Generator<TreeNode> {
  for (const node of nodes) {
    yield node
    if (node.children !== undefined) yield* nodesOf(node.children)
  }
}

/** So many fields were read as were asked for. */
class Enough extends Error {}

/** Sub-messages that came before, into which the same ones that come again are merged. */
class Earlier {
  readonly #messages = new Map<number, Earlier>()

  /** Tells the cursor of a merge, since it bounds their number. */
  enter(field: Field<WireMessage>, cursor: Cursor): Earlier {
    const earlier = field.repeated || field.replaced ? undefined : this.#messages.get(field.number)
    if (earlier !== undefined) cursor.merging(field.name)
    const entered = earlier ?? new Earlier()
    this.#messages.set(field.number, entered)
    return entered
  }
}

class Walk {
  readonly #cursor: Cursor
  readonly #fieldsMax: number
  readonly #stops: boolean
  #fields = 0
  /** What is being read, for the error. */
  #expected = 'a field'
  leftOut = 0

  constructor(bytes: Uint8Array, limits: TreeLimits) {
    this.#cursor = new Cursor(bytes, limits.nesting)
    this.#fieldsMax = limits.fields
    this.#stops = limits.stop === true
  }

  badByte({ offset, path, reason }: WireError): BadByte {
    const found = hexOf(this.#cursor.bytes.subarray(offset, offset + BAD_BYTES_SHOWN))
    return { offset, path, reason, expected: this.#expected, found }
  }

  message(type: MessageType<WireMessage>, path: string, into: TreeNode[], earlier: Earlier): void {
    const cursor = this.#cursor
    const fields = fieldsOf(type)
    /** How often each field came. */
    const seen = new Map<number, number>()
    while (cursor.offset < cursor.end) {
      const offset = cursor.offset
      this.#expected = `the tag of a field of ${type.name}`
      const tag = cursor.tag()
      const number = tag >>> 3
      const wireType = tag & 7
      const count = seen.get(number) ?? 0
      seen.set(number, count + 1)
      const field = fields.get(number)
      const name = field === undefined ? String(number) : field.repeated ? `${field.name}[${count}]` : field.name
      const again = count > 0 && field?.repeated === false
      const at = {
        field,
        within: type.name,
        number,
        wireType,
        offset,
        again,
        path: path === '' ? name : `${path}.${name}`,
      }
      if (field === undefined) this.#unknown(at, tag, into)
      else if (field.type !== undefined) this.#message(at, field, field.type(), into, earlier)
      else seen.set(number, count + this.#scalars(at, field, type, count, path, into))
    }
  }

  #unknown(at: Omit<TreeNode, 'size'>, tag: number, into: TreeNode[]): void {
    const cursor = this.#cursor
    this.#expected = `the value of field ${at.number}, which is not known: ${wireTypeText(at.wireType)}`
    const start = cursor.offset
    cursor.skip(tag)
    const value = cursor.bytes.subarray(start, cursor.offset)
    this.#push({ ...at, size: cursor.offset - at.offset, value }, into)
  }

  #message(
    at: Omit<TreeNode, 'size'>,
    field: Field<WireMessage>,
    type: MessageType<WireMessage>,
    into: TreeNode[],
    outer: Earlier,
  ): void {
    const cursor = this.#cursor
    this.#expected = `${field.name} (${field.number}), a message: ${wireTypeText(WireType.LENGTH)}`
    expectWireType(cursor, field.name, at.wireType, WireType.LENGTH)
    const earlier = outer.enter(field, cursor)
    if (cursor.nesting === 0) throw cursor.fail('messages nested too deep', field.name)
    cursor.path.push(field.name)
    const outerEnd = this.#enter(at, type, into)
    cursor.nesting--
    const children: TreeNode[] = []
    this.#push({ ...at, size: cursor.end - at.offset, children }, into)
    this.message(type, at.path, children, earlier)
    cursor.nesting++
    cursor.end = outerEnd
    cursor.path.pop()
  }

  /** Where the field after a message starts. Of a message that is cut off what is there is read, before its length is called bad. */
  #enter(at: Omit<TreeNode, 'size'>, type: MessageType<WireMessage>, into: TreeNode[]): number {
    const cursor = this.#cursor
    try {
      return enter(cursor)
    } catch (error) {
      if (!(error instanceof WireError) || cursor.offset >= cursor.end) throw error
      const expected = this.#expected
      const children: TreeNode[] = []
      this.#push({ ...at, size: cursor.end - at.offset, children, cutOff: true }, into)
      try {
        cursor.nesting--
        this.message(type, at.path, children, new Earlier())
      } catch (inner) {
        if (!(inner instanceof WireError)) throw inner
      }
      this.#expected = expected
      throw error
    }
  }

  /** Reads with the field's own reader into a message made for it; returns how many values that gave. */
  #scalars(
    at: Omit<TreeNode, 'size'>,
    field: Field<WireMessage>,
    type: MessageType<WireMessage>,
    count: number,
    path: string,
    into: TreeNode[],
  ): number {
    const cursor = this.#cursor
    const kind = field.text ? 'string' : field.kind
    this.#expected = `${field.name} (${field.number}), ${kind}: ${wireTypeText(WIRE_TYPES[field.kind])}`
    const holder = type.create()
    field.read(holder, cursor, at.wireType)
    const values = scalarsOf(field.value(holder))
    const size = cursor.offset - at.offset
    for (const [index, value] of values.entries()) {
      const name = field.repeated ? `${field.name}[${count + index}]` : field.name
      this.#push({ ...at, path: path === '' ? name : `${path}.${name}`, size, value }, into)
    }
    return values.length
  }

  #push(node: TreeNode, into: TreeNode[]): void {
    this.#fields++
    if (this.#fields <= this.#fieldsMax) into.push(node)
    else if (this.#stops) throw new Enough()
    else this.leftOut++
  }
}

const WIRE_TYPES = {
  uint64: WireType.VARINT,
  int64: WireType.VARINT,
  fixed64: WireType.FIXED64,
  uint32: WireType.VARINT,
  int32: WireType.VARINT,
  bool: WireType.VARINT,
  enum: WireType.VARINT,
  bytes: WireType.LENGTH,
  string: WireType.LENGTH,
  message: WireType.LENGTH,
} as const

export function wireTypeText(wireType: number): string {
  return `wire type ${wireType} (${WIRE_TYPE_NAMES[wireType] ?? 'which does not exist'})`
}

const WIRE_TYPE_NAMES = ['varint', 'fixed64', 'length-delimited', 'start of a group', 'end of a group', 'fixed32']

function scalarsOf(value: unknown): Scalar[] {
  return Array.isArray(value) ? value.filter(isScalar) : isScalar(value) ? [value] : []
}

function isScalar(value: unknown): value is Scalar {
  return value instanceof Uint8Array || ['bigint', 'number', 'boolean', 'string'].includes(typeof value)
}

const tables = new WeakMap<MessageType<WireMessage>, ReadonlyMap<number, Field<WireMessage>>>()

/** The fields of a type by number. */
function fieldsOf(type: MessageType<WireMessage>): ReadonlyMap<number, Field<WireMessage>> {
  const known = tables.get(type)
  if (known !== undefined) return known
  const fields = type.fieldNames.map((name) => type.field(name)).filter((field) => field !== undefined)
  const table = new Map(fields.map((field) => [field.number, field]))
  tables.set(type, table)
  return table
}

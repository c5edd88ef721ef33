import fc from 'fast-check'
import protobuf from 'protobufjs'
import type { MessageType, WireMessage } from '../../src/wire/index.js'

/**
 * Messages as plain trees, by the names of the .proto files: the common ground on which our codec, protobufjs and random
 * messages are compared.
 */

/** The value of a field without our codec's types: numbers as decimal text, bytes and text as hex, messages as trees. */
export type Plain = string | boolean | readonly Plain[] | { readonly [field: string]: Plain }

/** What differs between what our codec and protobufjs write into a field; protobufjs knows none of these options. */
function optionOf(field: protobuf.Field, name: string): unknown {
  const options: Record<string, unknown> = field.options ?? {}
  return options[`(wire.${name})`]
}

function sizeOf(field: protobuf.Field): number | undefined {
  const size = optionOf(field, 'size')
  return typeof size === 'number' ? size : undefined
}

/** The tree with what is written even when it is empty filled in, at every level. */
export function complete(type: protobuf.Type, tree: Plain): Plain {
  if (!isTree(tree)) throw new Error(`${type.name}: not a message`)
  const full: Record<string, Plain> = {}
  for (const field of type.fieldsArray) {
    const value = tree[field.name] ?? emptyOf(field)
    if (value === undefined) continue
    const { resolvedType } = field
    if (!(resolvedType instanceof protobuf.Type)) full[field.name] = value
    else
      full[field.name] = isList(value)
        ? value.map((item) => complete(resolvedType, item))
        : complete(resolvedType, value)
  }
  return full
}

function emptyOf(field: protobuf.Field): Plain | undefined {
  if (field.repeated || optionOf(field, 'always') !== true) return undefined
  return field.resolvedType instanceof protobuf.Type ? {} : '00'.repeat(sizeOf(field) ?? 0)
}

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value)
}

function isTree(value: Plain): value is { readonly [field: string]: Plain } {
  return typeof value === 'object' && !isList(value)
}

const UINT64 = fc.oneof(
  fc.constantFrom(0n, 1n, 127n, 128n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
)
const INT64 = UINT64.map((value) => BigInt.asIntN(64, value))
const INT32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map(BigInt)
const UINT32 = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(BigInt)
const decimal = (arbitrary: fc.Arbitrary<bigint>): fc.Arbitrary<Plain> => arbitrary.map(String)
const hex = (arbitrary: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Plain> =>
  arbitrary.map((bytes) => Buffer.from(bytes).toString('hex'))

const SCALARS: Readonly<Record<string, fc.Arbitrary<Plain>>> = {
  uint64: decimal(UINT64),
  int64: decimal(INT64),
  fixed64: decimal(UINT64),
  uint32: decimal(UINT32),
  int32: decimal(INT32),
  bool: fc.boolean(),
  bytes: hex(fc.uint8Array({ maxLength: 40 })),
  string: hex(fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => new TextEncoder().encode(text))),
}

/** Levels of messages in a random message; `origin` refers to its own type. */
const LEVELS = 4

/** A random message of a type as a tree. Fields at their default are left out, as proto3 has no other form for them. */
export function treeOf(type: protobuf.Type, levels = LEVELS): fc.Arbitrary<{ readonly [field: string]: Plain }> {
  const members: Record<string, fc.Arbitrary<Plain | undefined>> = {}
  for (const field of type.fieldsArray) {
    field.resolve()
    if (field.resolvedType instanceof protobuf.Type && levels === 0) continue
    const one = arbitraryOf(field, levels)
    members[field.name] = field.repeated
      ? fc.array(one, { maxLength: 3 }).map((values) => (values.length === 0 ? undefined : values))
      : fc.option(one, { nil: undefined, freq: 2 }).map((value) => (isDefault(field, value) ? undefined : value))
  }
  return fc.record(members).map((record) => oneMemberOnly(type, record))
}

function arbitraryOf(field: protobuf.Field, levels: number): fc.Arbitrary<Plain> {
  if (field.resolvedType instanceof protobuf.Type) return treeOf(field.resolvedType, levels - 1)
  if (field.resolvedType instanceof protobuf.Enum) return decimal(INT32)
  const size = sizeOf(field)
  if (size !== undefined) return hex(fc.uint8Array({ minLength: size, maxLength: size }))
  const scalar = SCALARS[field.type]
  if (scalar === undefined) throw new Error(`${field.fullName}: no arbitrary for ${field.type}`)
  return scalar
}

/** Written whatever its value: messages, members of a oneof, and what gogo always writes. */
function isDefault(field: protobuf.Field, value: Plain | undefined): boolean {
  if (field.partOf !== null || optionOf(field, 'always') === true) return false
  return value === '0' || value === '' || value === false
}

function oneMemberOnly(type: protobuf.Type, record: Record<string, Plain | undefined>): { [field: string]: Plain } {
  const taken = new Set<protobuf.OneOf>()
  const tree: Record<string, Plain> = {}
  for (const [name, value] of Object.entries(record)) {
    const oneof = type.fields[name]?.partOf
    if (value === undefined || (oneof != null && taken.has(oneof))) continue
    if (oneof != null) taken.add(oneof)
    tree[name] = value
  }
  return tree
}

/** The bytes of a tree as protobufjs writes it. */
export function oracleEncode(type: protobuf.Type, tree: Plain): Uint8Array {
  return type.encode(type.fromObject(objectOf(type, tree))).finish()
}

function objectOf(type: protobuf.Type, tree: Plain): Record<string, unknown> {
  if (!isTree(tree)) throw new Error(`${type.name}: not a message`)
  return Object.fromEntries(
    Object.entries(tree).map(([name, value]) => {
      const field = type.fields[name]
      if (field === undefined) throw new Error(`${type.name} has no field ${name}`)
      return [name, isList(value) ? value.map((item) => leafOf(field, item)) : leafOf(field, value)]
    }),
  )
}

function leafOf(field: protobuf.Field, value: Plain): unknown {
  if (field.resolvedType instanceof protobuf.Type) return objectOf(field.resolvedType, value)
  if (field.type === 'bytes') return Buffer.from(String(value), 'hex')
  if (field.type === 'string') return Buffer.from(String(value), 'hex').toString('utf8')
  if (field.type === 'bool') return value
  // Long reads decimal text; everything up to 32 bits is a number.
  return /64$/.test(field.type) ? value : Number(value)
}

/** What protobufjs reads from bytes, as a tree. */
export function oracleDecode(type: protobuf.Type, bytes: Uint8Array): Plain {
  return plainOf(type, type.toObject(type.decode(bytes), { longs: String, arrays: false }))
}

function plainOf(type: protobuf.Type, object: Record<string, unknown>): Plain {
  const entries = Object.entries(object).map(([name, value]): [string, Plain | undefined] => {
    const field = type.fields[name]
    if (field === undefined) throw new Error(`${type.name} has no field ${name}`)
    if (Array.isArray(value)) return [name, value.map((item: unknown) => plainLeafOf(field, item))]
    const plain = plainLeafOf(field, value)
    return [name, isDefault(field, plain) ? undefined : plain]
  })
  return present(entries)
}

function plainLeafOf(field: protobuf.Field, value: unknown): Plain {
  if (field.resolvedType instanceof protobuf.Type) {
    if (typeof value !== 'object' || value === null) throw new Error(`${field.fullName}: not a message`)
    return plainOf(field.resolvedType, { ...value })
  }
  return field.type === 'string' ? plainScalar(new TextEncoder().encode(String(value))) : plainScalar(value)
}

/** What our codec read, as a tree. */
export function ourTree<T extends WireMessage>(type: MessageType<T>, oracle: protobuf.Type, message: T): Plain {
  const entries = type.fieldNames.map((name): [string, Plain | undefined] => {
    const field = type.field(name)
    const described = oracle.fields[name]
    if (field === undefined || described === undefined) throw new Error(`${type.name} has no field ${name}`)
    const value = field.value(message)
    const leaf = (item: unknown): Plain => {
      if (field.type === undefined) return plainScalar(typeof item === 'string' ? new TextEncoder().encode(item) : item)
      if (!isWireMessage(item) || !(described.resolvedType instanceof protobuf.Type))
        throw new Error(`${name}: no message`)
      return ourTree(field.type(), described.resolvedType, item)
    }
    if (Array.isArray(value)) return [name, value.length === 0 ? undefined : value.map(leaf)]
    if (value === undefined) return [name, undefined]
    const plain = leaf(value)
    return [name, isDefault(described, plain) ? undefined : plain]
  })
  return present(entries)
}

function isWireMessage(value: unknown): value is WireMessage {
  return typeof value === 'object' && value !== null && '$unknown' in value
}

function plainScalar(value: unknown): Plain {
  if (typeof value === 'boolean') return value
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (typeof value === 'bigint' || typeof value === 'number') return String(value)
  if (typeof value === 'string') return value
  throw new Error(`no plain form of ${String(value)}`)
}

function present(entries: readonly [string, Plain | undefined][]): { [field: string]: Plain } {
  const tree: Record<string, Plain> = {}
  for (const [name, value] of entries) if (value !== undefined) tree[name] = value
  return tree
}

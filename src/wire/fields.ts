import type { Cursor } from './cursor.js'
import { WireType } from './cursor.js'
import type { EncodeOptions, Field, FieldKind, MessageType, WireMessage } from './message.js'
import { NO_BYTES } from './message.js'
import type { Writer } from './writer.js'

/**
 * Builders of fields, one per kind, called by the code generated from `protos/`. Getters and setters are generated too, so
 * that every value keeps its type from the wire to the handler without a cast.
 */

type Get<T, V> = (message: T) => V | undefined
type Set<T, V> = (message: T, value: V) => void

interface Options<T> {
  /** Written even when empty: gogo's `nullable = false`. */
  readonly always?: boolean
  /** The only length that a bytes field may have. */
  readonly size?: number
  /** Empties the other members of the field's oneof; such a field is written whenever it is set. */
  readonly clear?: (message: T) => void
  readonly values?: ReadonlyMap<number, string>
  /** A bytes field that the .proto calls a string. */
  readonly text?: boolean
}

/** How a kind of scalar is read and written, and which value is left out. */
interface Scalar<V> {
  readonly kind: FieldKind
  readonly wireType: number
  read(cursor: Cursor, field: string, size: number | undefined): V
  write(writer: Writer, value: V): void
  isDefault(value: V): boolean
}

const decoder = new TextDecoder('utf-8', { fatal: true })

const UINT64: Scalar<bigint> = {
  kind: 'uint64',
  wireType: WireType.VARINT,
  read: (cursor) => cursor.uint64(),
  write: (writer, value) => writer.uint64(value),
  isDefault: (value) => value === 0n,
}

const INT64: Scalar<bigint> = { ...UINT64, kind: 'int64', read: (cursor) => cursor.int64() }

const FIXED64: Scalar<bigint> = {
  ...UINT64,
  kind: 'fixed64',
  wireType: WireType.FIXED64,
  read: (cursor) => cursor.fixed64(),
  write: (writer, value) => writer.fixed64(value),
}

const UINT32: Scalar<number> = {
  kind: 'uint32',
  wireType: WireType.VARINT,
  read: (cursor) => cursor.uint32(),
  write: (writer, value) => writer.uint32(value),
  isDefault: (value) => value === 0,
}

const INT32: Scalar<number> = {
  ...UINT32,
  kind: 'int32',
  read: (cursor) => cursor.int32(),
  write: (writer, value) => writer.uint64(BigInt(value)),
}

const ENUM: Scalar<number> = { ...INT32, kind: 'enum' }

const BOOL: Scalar<boolean> = {
  kind: 'bool',
  wireType: WireType.VARINT,
  read: (cursor) => cursor.bool(),
  write: (writer, value) => writer.uint32(value ? 1 : 0),
  isDefault: (value) => !value,
}

const BYTES: Scalar<Uint8Array> = {
  kind: 'bytes',
  wireType: WireType.LENGTH,
  read(cursor, field, size) {
    const start = cursor.offset
    const bytes = cursor.slice()
    // The words of gogo's customtypes, which users of those versions know from their logs.
    if (size !== undefined && bytes.length !== size) {
      throw cursor.fail(`expect=${size}, actual=${bytes.length}: wrong data size`, field, start)
    }
    return bytes
  },
  write: (writer, value) => writer.bytes(value),
  isDefault: (value) => value.length === 0,
}

const STRING: Scalar<string> = {
  kind: 'string',
  wireType: WireType.LENGTH,
  read(cursor, field) {
    const start = cursor.offset
    const bytes = cursor.slice()
    try {
      return decoder.decode(bytes)
    } catch {
      throw cursor.fail('not valid UTF-8', field, start)
    }
  },
  write: (writer, value) => writer.text(value),
  isDefault: (value) => value === '',
}

function scalar<V>(kind: Scalar<V>) {
  return <T>(number: number, name: string, get: Get<T, V>, set: Set<T, V>, options: Options<T> = {}): Field<T> => {
    const { always = false, size, clear, values, text = false } = options
    return {
      number,
      name,
      kind: kind.kind,
      repeated: false,
      text,
      replaced: false,
      ...(values === undefined ? {} : { values }),
      read(target, cursor, wireType) {
        expectWireType(cursor, name, wireType, kind.wireType)
        const value = kind.read(cursor, name, size)
        clear?.(target)
        set(target, value)
      },
      write(source, writer) {
        const value = get(source)
        if (value === undefined || (!always && clear === undefined && kind.isDefault(value))) return
        writer.tag(number, kind.wireType)
        kind.write(writer, value)
      },
      value: get,
    }
  }
}

/** `add` appends to the message's own array. Numbers are written packed and read in either form. */
function repeatedScalar<V>(kind: Scalar<V>) {
  return <T>(
    number: number,
    name: string,
    get: (message: T) => readonly V[],
    add: Set<T, V>,
    options: Options<T> = {},
  ): Field<T> => {
    const packed = kind.wireType === WireType.VARINT
    const { size, values, text = false } = options
    return {
      number,
      name,
      kind: kind.kind,
      repeated: true,
      text,
      replaced: false,
      ...(values === undefined ? {} : { values }),
      read(target, cursor, wireType) {
        if (!packed || wireType !== WireType.LENGTH) {
          expectWireType(cursor, name, wireType, kind.wireType)
          add(target, kind.read(cursor, name, size))
          return
        }
        const outerEnd = enter(cursor)
        while (cursor.offset < cursor.end) add(target, kind.read(cursor, name, size))
        cursor.end = outerEnd
      },
      write(source, writer) {
        const items = get(source)
        if (items.length === 0) return
        if (packed) {
          writer.tag(number, WireType.LENGTH)
          writer.delimited(() => {
            for (const item of items) kind.write(writer, item)
          })
          return
        }
        for (const item of items) {
          writer.tag(number, kind.wireType)
          kind.write(writer, item)
        }
      },
      value: get,
    }
  }
}

export const uint64 = scalar(UINT64)
export const int64 = scalar(INT64)
export const fixed64 = scalar(FIXED64)
export const uint32 = scalar(UINT32)
export const int32 = scalar(INT32)
export const bool = scalar(BOOL)
export const bytes = scalar(BYTES)
export const string = scalar(STRING)
export const enumeration = scalar(ENUM)

export const repeatedUint64 = repeatedScalar(UINT64)
export const repeatedInt32 = repeatedScalar(INT32)
export const repeatedBytes = repeatedScalar(BYTES)
export const repeatedString = repeatedScalar(STRING)
export const repeatedEnumeration = repeatedScalar(ENUM)

/**
 * A sub-message. A second occurrence is merged into the first, except for a member of a oneof, which is replaced, as gogo
 * does it; no other genuine client sends a oneof twice.
 */
export function message<T, M extends WireMessage>(
  number: number,
  name: string,
  type: () => MessageType<M>,
  get: Get<T, M>,
  set: Set<T, M>,
  options: Options<T> = {},
): Field<T> {
  const { always = false, clear } = options
  return {
    number,
    name,
    kind: 'message',
    repeated: false,
    text: false,
    replaced: clear !== undefined,
    type,
    read(target, cursor, wireType) {
      expectWireType(cursor, name, wireType, WireType.LENGTH)
      const earlier = clear === undefined ? get(target) : undefined
      if (earlier !== undefined) cursor.merging(name)
      clear?.(target)
      set(target, readMessage(cursor, name, type(), earlier))
    },
    write(source, writer, options) {
      const value = get(source) ?? (always ? type().create() : undefined)
      if (value !== undefined) writeMessage(writer, number, type(), value, options)
    },
    value: get,
  }
}

export function repeatedMessage<T, M extends WireMessage>(
  number: number,
  name: string,
  type: () => MessageType<M>,
  get: (message: T) => readonly M[],
  add: Set<T, M>,
): Field<T> {
  return {
    number,
    name,
    kind: 'message',
    repeated: true,
    text: false,
    replaced: false,
    type,
    read(target, cursor, wireType) {
      expectWireType(cursor, name, wireType, WireType.LENGTH)
      add(target, readMessage(cursor, name, type(), undefined))
    },
    write(source, writer, options) {
      for (const item of get(source)) writeMessage(writer, number, type(), item, options)
    },
    value: get,
  }
}

/** A bytes field of a fixed size that is always written reads as zeros where it is absent. */
export function zeros(size: number): Uint8Array {
  return size === 0 ? NO_BYTES : new Uint8Array(size)
}

export function expectWireType(cursor: Cursor, field: string, actual: number, expected: number): void {
  if (actual !== expected) throw cursor.fail(`wire type ${actual}, expected ${expected}`, field)
}

/** Narrows the cursor to the length-delimited value that follows; returns the end to restore. */
export function enter(cursor: Cursor): number {
  const length = cursor.length()
  const outerEnd = cursor.end
  cursor.end = cursor.offset + length
  return outerEnd
}

function readMessage<M extends WireMessage>(
  cursor: Cursor,
  field: string,
  type: MessageType<M>,
  earlier: M | undefined,
): M {
  if (cursor.nesting === 0) throw cursor.fail('messages nested too deep', field)
  cursor.path.push(field)
  const outerEnd = enter(cursor)
  cursor.nesting--
  const message = type.readFrom(cursor, earlier)
  cursor.nesting++
  cursor.end = outerEnd
  cursor.path.pop()
  return message
}

function writeMessage<M extends WireMessage>(
  writer: Writer,
  number: number,
  type: MessageType<M>,
  value: M,
  options: EncodeOptions,
): void {
  writer.tag(number, WireType.LENGTH)
  writer.delimited(() => type.writeTo(value, writer, options))
}

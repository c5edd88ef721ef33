import { Cursor } from './cursor.js'
import { type EncodeOptions, type Field, type MessageType, NO_BYTES, type WireMessage } from './message.js'
import { WireError } from './wire-error.js'
import { Writer } from './writer.js'

/** Of every message: a buffer of its own would cost a short one more than all the rest. */
const writer = new Writer()

/** Levels of messages inside each other. The deepest that genuine code was seen to accept in tests is 120 hops. */
export const DEFAULT_NESTING = 256

/** Makes a message type from its fields; called by generated code. `empty` gives every field its default. */
export function messageType<T extends WireMessage>(
  name: string,
  empty: () => T,
  fields: readonly Field<T>[],
): MessageType<T> {
  const ordered = [...fields].sort((a, b) => a.number - b.number)
  const byNumber = new Map(fields.map((field) => [field.number, field]))
  const byName = new Map(fields.map((field) => [field.name, field]))
  return {
    name,
    fieldNames: fields.map((field) => field.name),
    field: (wanted) => byName.get(wanted),
    create: (given) => (given === undefined ? empty() : Object.assign(empty(), given)),

    readFrom(cursor, into) {
      const target = into ?? empty()
      const start = cursor.offset
      let unknown: number[] | undefined
      while (cursor.offset < cursor.end) {
        const fieldStart = cursor.offset
        const tag = cursor.tag()
        const field = byNumber.get(tag >>> 3)
        if (field !== undefined) {
          field.read(target, cursor, tag & 7)
          continue
        }
        cursor.skip(tag)
        // Neighbours become one range.
        unknown ??= []
        if (unknown.at(-1) === fieldStart) unknown[unknown.length - 1] = cursor.offset
        else unknown.push(fieldStart, cursor.offset)
      }
      const raw = cursor.bytes.subarray(start, cursor.end)
      target.$raw = into?.$raw === undefined ? raw : joined([into.$raw, raw])
      if (unknown !== undefined) target.$unknown = joined([target.$unknown, ...ranges(cursor.bytes, unknown)])
      return target
    },

    writeTo(message, writer, options) {
      for (const field of ordered) field.write(message, writer, options)
      if (options.unknown === 'drop') return
      writer.raw(message.$unknown)
    },
  }
}

/**
 * Reads a message strictly: a wrong wire type, a wrong size, a bound passed or a name that is not UTF-8 (where the genuine
 * decoder checked it) is an error, returned and not thrown so that the caller can answer it in its own protocol.
 */
export function decode<T extends WireMessage>(
  type: MessageType<T>,
  bytes: Uint8Array,
  options: { nesting?: number } = {},
): T | WireError {
  const cursor = new Cursor(bytes, options.nesting ?? DEFAULT_NESTING)
  try {
    return type.readFrom(cursor, undefined)
  } catch (error) {
    if (error instanceof WireError) return error
    throw error
  }
}

/** Writes fields in ascending number, each in its shortest form: the stable encoding that genuine signatures cover. */
export function encode<T extends WireMessage>(
  type: MessageType<T>,
  message: T,
  options: EncodeOptions = { unknown: 'drop' },
): Uint8Array {
  writer.clear()
  type.writeTo(message, writer, options)
  return writer.finish()
}

/** `ends` alternates starts and ends. */
function ranges(bytes: Uint8Array, ends: readonly number[]): Uint8Array[] {
  const found: Uint8Array[] = []
  for (let i = 0; i < ends.length; i += 2) found.push(bytes.subarray(ends[i], ends[i + 1]))
  return found
}

/** Copies nothing where there is only one part. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first = NO_BYTES, ...more] = parts.filter((part) => part.length > 0)
  return more.length === 0 ? first : Buffer.concat([first, ...more])
}

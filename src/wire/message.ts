import type { Cursor } from './cursor.js'
import type { Writer } from './writer.js'

/** What every decoded message carries beside its fields. */
export interface WireMessage {
  /**
   * The bytes it was decoded from, a view without tag and length: what a signature over the message as received covers.
   * Undefined for messages made here. A message that arrived in several parts has them one after the other.
   */
  $raw: Uint8Array | undefined
  /** Unknown fields with their tags, one after the other in the order in which they came. */
  $unknown: Uint8Array
}

export const NO_BYTES: Uint8Array = new Uint8Array(0)

export type FieldKind =
  | 'uint64'
  | 'int64'
  | 'fixed64'
  | 'uint32'
  | 'int32'
  | 'bool'
  | 'enum'
  | 'bytes'
  | 'string'
  | 'message'

export interface EncodeOptions {
  /** `keep` appends unknown fields to their message as gogo does, `drop` leaves them out as Go's stable encoding does. */
  readonly unknown: 'keep' | 'drop'
}

/** One field of a message type: how to read it into a message, how to write it, and what to call it. */
export interface Field<T> {
  readonly number: number
  /** As the .proto spells it. */
  readonly name: string
  readonly kind: FieldKind
  readonly repeated: boolean
  /** A string of the .proto whose bytes are kept as they are, UTF-8 or not. */
  readonly text: boolean
  /** A message that is a member of a oneof: one that comes again takes the place of the first, others are merged. */
  readonly replaced: boolean
  /** Names of an enum's values. */
  readonly values?: ReadonlyMap<number, string>
  /** The type of a message field; a function, since types refer to each other. */
  readonly type?: () => MessageType<WireMessage>
  read(target: T, cursor: Cursor, wireType: number): void
  write(source: T, writer: Writer, options: EncodeOptions): void
  /** The value, for tools that show any message. */
  value(source: T): unknown
}

export interface MessageType<T extends WireMessage> {
  /** Fully qualified, e.g. `neo.fs.v2.session.CreateRequest`. */
  readonly name: string
  /** A message with every field at its default. */
  create(fields?: Partial<Omit<T, keyof WireMessage>>): T
  /** Reads fields up to `cursor.end` into a new message, or into one that came before (protobuf merges the two). */
  readFrom(cursor: Cursor, into: T | undefined): T
  writeTo(message: T, writer: Writer, options: EncodeOptions): void
  readonly fieldNames: readonly string[]
  field(name: string): Field<T> | undefined
}

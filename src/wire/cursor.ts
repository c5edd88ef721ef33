import { WireError } from './wire-error.js'

export const WireType = { VARINT: 0, FIXED64: 1, LENGTH: 2, START_GROUP: 3, END_GROUP: 4, FIXED32: 5 } as const

const MAX_FIELD_NUMBER = 0x1fffffff

/**
 * How often sub-messages of one message may come again and be merged. Each time what came before is gathered anew, so that
 * without a bound the work would grow with the square of the size; no genuine client sends one twice.
 */
const MAX_MERGES = 64

/** Reads protobuf's basic forms from bytes, checking every bound, and remembers where it is for the error. */
export class Cursor {
  readonly bytes: Uint8Array
  /** Absolute offset of the next byte. */
  offset: number
  /** Absolute offset at which the message being read ends. */
  end: number
  /** Low and high half of the varint read last. */
  #low = 0
  #high = 0
  /** Names of the fields that lead to the message being read. */
  readonly path: string[] = []
  /** Levels of messages and groups that may still open. */
  nesting: number
  #merges = 0

  constructor(bytes: Uint8Array, nesting: number) {
    this.bytes = bytes
    this.offset = 0
    this.end = bytes.length
    this.nesting = nesting
  }

  fail(reason: string, field?: string, offset = this.offset): WireError {
    const path = field === undefined ? this.path : [...this.path, field]
    return new WireError(path.join('.'), offset, reason)
  }

  /** Counts a sub-message that is merged into one that came before. */
  merging(field: string): void {
    if (++this.#merges > MAX_MERGES)
      throw this.fail(`repeated messages to merge, at most ${MAX_MERGES} are read`, field)
  }

  /** Field number and wire type of the next field, as `number << 3 | wireType`. */
  tag(): number {
    const start = this.offset
    this.#varint()
    if (this.#high !== 0) throw this.fail('field tag above 32 bits', undefined, start)
    const tag = this.#low >>> 0
    const number = tag >>> 3
    if (number === 0 || number > MAX_FIELD_NUMBER) {
      throw this.fail(`field number ${number}, expected 1 to ${MAX_FIELD_NUMBER}`, undefined, start)
    }
    if ((tag & 7) > WireType.FIXED32) throw this.fail(`wire type ${tag & 7}, which does not exist`, undefined, start)
    return tag
  }

  uint64(): bigint {
    this.#varint()
    const low = BigInt(this.#low >>> 0)
    return this.#high === 0 ? low : (BigInt(this.#high >>> 0) << 32n) | low
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.uint64())
  }

  /** The low 32 bits of a varint: decoders of every genuine implementation cut longer ones. */
  uint32(): number {
    this.#varint()
    return this.#low >>> 0
  }

  int32(): number {
    this.#varint()
    return this.#low | 0
  }

  bool(): boolean {
    this.#varint()
    return (this.#low | this.#high) !== 0
  }

  /** A view of length-delimited bytes; nothing is copied, and nothing allocated by an announced length. */
  slice(): Uint8Array {
    const length = this.length()
    const start = this.offset
    this.offset += length
    return this.bytes.subarray(start, this.offset)
  }

  /** The length of a length-delimited value, proven to lie inside the message being read. */
  length(): number {
    const start = this.offset
    this.#varint()
    const left = this.end - this.offset
    if (this.#high !== 0 || this.#low >>> 0 > left) {
      const length = (BigInt(this.#high >>> 0) << 32n) | BigInt(this.#low >>> 0)
      throw this.fail(`length ${length} passes the end, ${left} bytes are left`, undefined, start)
    }
    return this.#low >>> 0
  }

  /** Passes over the value of an unknown field; groups with everything in them. */
  skip(tag: number): void {
    const groups: number[] = []
    let current = tag
    for (;;) {
      const start = this.offset
      switch (current & 7) {
        case WireType.VARINT:
          this.#varint()
          break
        case WireType.FIXED64:
          this.#advance(8)
          break
        case WireType.LENGTH:
          this.#advance(this.length())
          break
        case WireType.FIXED32:
          this.#advance(4)
          break
        case WireType.START_GROUP:
          if (groups.length >= this.nesting) throw this.fail('groups nested too deep', undefined, start)
          groups.push(current >>> 3)
          break
        default:
          if (groups.pop() !== current >>> 3) throw this.fail('end of a group that did not begin', undefined, start)
      }
      if (groups.length === 0) return
      if (this.offset >= this.end) throw this.fail('group without an end')
      current = this.tag()
    }
  }

  fixed64(): bigint {
    const start = this.offset
    this.#advance(8)
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + start).getBigUint64(0, true)
  }

  #advance(count: number): void {
    if (count > this.end - this.offset) throw this.fail(`${count} bytes expected, ${this.end - this.offset} are left`)
    this.offset += count
  }

  /** At most ten bytes, and no bit above the 64th. Longer forms than needed are legal. */
  #varint(): void {
    const start = this.offset
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.offset >= this.end) throw this.fail('the bytes end inside a number', undefined, start)
      const byte = this.bytes[this.offset++] ?? 0
      const bits = byte & 0x7f
      if (shift < 28) low |= bits << shift
      else if (shift === 28) {
        low |= bits << 28
        high = bits >>> 4
      } else if (shift < 63) high |= bits << (shift - 32)
      else {
        if (byte > 1) break
        high |= bits << 31
      }
      if (byte < 0x80) {
        this.#low = low
        this.#high = high
        return
      }
    }
    throw this.fail('number of more than 64 bits', undefined, start)
  }
}

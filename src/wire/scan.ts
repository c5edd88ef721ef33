import { WireType } from './cursor.js'

/**
 * A tolerant look at the fields of a message whose type is not known yet. Unlike `decode` it judges nothing: it keeps what
 * can be read up to the first place that cannot, and says so in `broken`. Sub-messages are looked into on demand.
 */
export class Scan {
  readonly bytes: Uint8Array
  /** True if not all of the bytes could be read as fields. */
  readonly broken: boolean
  /** The last occurrence of each field number. */
  readonly #fields = new Map<number, ScannedField>()

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.broken = !this.#read()
  }

  get size(): number {
    return this.#fields.size
  }

  numbers(): IterableIterator<number> {
    return this.#fields.keys()
  }

  has(number: number): boolean {
    return this.#fields.has(number)
  }

  wireType(number: number): number | undefined {
    return this.#fields.get(number)?.wireType
  }

  /** The bytes at a path of field numbers, if every step is length-delimited. */
  at(...path: readonly number[]): Uint8Array | undefined {
    const [number = 0, ...rest] = path
    if (rest.length === 0) return this.#fields.get(number)?.bytes
    return this.sub(number)?.at(...rest)
  }

  /** A length-delimited field seen as a message. */
  sub(number: number): Scan | undefined {
    const field = this.#fields.get(number)
    if (field?.bytes === undefined) return undefined
    field.scan ??= new Scan(field.bytes)
    return field.scan
  }

  /** True if all of it was readable. */
  #read(): boolean {
    const { bytes } = this
    let offset = 0
    const varint = (): number | undefined => {
      let value = 0
      for (let scale = 1; offset < bytes.length; scale *= 128) {
        const byte = bytes[offset++] ?? 0
        value += (byte & 0x7f) * scale
        if (byte < 0x80) return value
      }
      return undefined
    }
    /** Field numbers of the groups that are open: what is in them is passed over. */
    const groups: number[] = []
    while (offset < bytes.length) {
      const tag = varint()
      if (tag === undefined || tag < 8 || tag >= 2 ** 32) return false
      const wireType = tag % 8
      const number = Math.floor(tag / 8)
      let value: Uint8Array | undefined
      if (wireType === WireType.VARINT) {
        if (varint() === undefined) return false
      } else if (wireType === WireType.LENGTH) {
        const length = varint()
        if (length === undefined || length > bytes.length - offset) return false
        value = bytes.subarray(offset, offset + length)
        offset += length
      } else if (wireType === WireType.FIXED64 || wireType === WireType.FIXED32) {
        offset += wireType === WireType.FIXED64 ? 8 : 4
        if (offset > bytes.length) return false
      } else if (wireType === WireType.START_GROUP) {
        groups.push(number)
      } else if (wireType !== WireType.END_GROUP || groups.pop() !== number) return false
      if (groups.length === 0) this.#fields.set(number, { wireType, bytes: value, scan: undefined })
    }
    return groups.length === 0
  }
}

interface ScannedField {
  readonly wireType: number
  readonly bytes: Uint8Array | undefined
  scan: Scan | undefined
}

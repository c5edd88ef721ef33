const INITIAL_SIZE = 128
/** A buffer that grew for one long message is not kept for the short ones after it. */
const KEPT_SIZE_MAX = 65_536
/** Longer texts are left to the encoder, which is faster there; for short ones its call costs more than they do. */
const SHORT_TEXT_LENGTH = 64

const encoder = new TextEncoder()

/** Writes protobuf's basic forms into a growing buffer. */
export class Writer {
  #bytes = new Uint8Array(INITIAL_SIZE)
  #length = 0

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** Begins anew, in the same buffer. */
  clear(): void {
    this.#length = 0
    if (this.#bytes.length > KEPT_SIZE_MAX) this.#bytes = new Uint8Array(INITIAL_SIZE)
  }

  tag(number: number, wireType: number): void {
    this.uint32(((number << 3) | wireType) >>> 0)
  }

  uint32(value: number): void {
    this.#reserve(5)
    let rest = value >>> 0
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[this.#length++] = rest
  }

  /** Negative numbers take ten bytes, as protobuf's int32 and int64 do. */
  uint64(value: bigint): void {
    const unsigned = BigInt.asUintN(64, value)
    let low = Number(unsigned & 0xffffffffn)
    let high = Number(unsigned >> 32n)
    this.#reserve(10)
    while (high !== 0 || low > 0x7f) {
      this.#bytes[this.#length++] = (low & 0x7f) | 0x80
      low = ((low >>> 7) | (high << 25)) >>> 0
      high >>>= 7
    }
    this.#bytes[this.#length++] = low
  }

  fixed64(value: bigint): void {
    this.#reserve(8)
    new DataView(this.#bytes.buffer).setBigUint64(this.#length, BigInt.asUintN(64, value), true)
    this.#length += 8
  }

  /** Bytes as they are, without a length. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  bytes(bytes: Uint8Array): void {
    this.uint32(bytes.length)
    this.raw(bytes)
  }

  /** UTF-8, with its length. */
  text(text: string): void {
    if (text.length > SHORT_TEXT_LENGTH || !this.#ascii(text)) this.bytes(encoder.encode(text))
  }

  /** Runs `write` and puts the length of what it wrote before it. */
  delimited(write: () => void): void {
    this.#reserve(1)
    const start = ++this.#length
    write()
    const size = this.#length - start
    if (size < 0x80) {
      this.#bytes[start - 1] = size
      return
    }
    // One byte was kept for the length; a longer one moves the content. Rare: most messages here are short.
    const content = this.#bytes.slice(start, this.#length)
    this.#length = start - 1
    this.bytes(content)
  }

  /** False, and nothing is written, if a character takes more than a byte. */
  #ascii(text: string): boolean {
    this.#reserve(1 + text.length)
    const start = this.#length + 1
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      if (code > 0x7f) return false
      this.#bytes[start + at] = code
    }
    this.#bytes[start - 1] = text.length
    this.#length = start + text.length
    return true
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

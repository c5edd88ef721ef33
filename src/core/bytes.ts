/** Bytes as a key of a map: one character per byte. A copy, so it pins no receive buffer. */
export function bytesKey(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('latin1')
}

/** Lower case. */
export function hex(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('hex')
}

/** True if both hold the same bytes. Not for secrets: it stops at the first difference. */
export function sameBytes(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && Buffer.compare(a, b) === 0
}

/** Numbers of 8 bytes, most significant first, one after the other. */
export function bigEndian64(...values: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(8 * values.length)
  const view = new DataView(bytes.buffer)
  for (const [index, value] of values.entries()) view.setBigUint64(8 * index, value)
  return bytes
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

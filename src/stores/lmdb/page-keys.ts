/** Negative, 0 or positive, as for sort. Each key is a view, where it starts and its size in bytes. */
export type CompareKeys = (a: DataView, aAt: number, aBytes: number, b: DataView, bAt: number, bBytes: number) => number

/** The order of bytes; of two that start alike the shorter is first. */
export function compareBytes(
  a: DataView,
  aAt: number,
  aBytes: number,
  b: DataView,
  bAt: number,
  bBytes: number,
): number {
  const both = aBytes < bBytes ? aBytes : bBytes
  let index = 0
  for (; index + 4 <= both; index += 4) {
    const difference = a.getUint32(aAt + index) - b.getUint32(bAt + index)
    if (difference !== 0) return difference
  }
  for (; index < both; index += 1) {
    const difference = a.getUint8(aAt + index) - b.getUint8(bAt + index)
    if (difference !== 0) return difference
  }
  return aBytes - bBytes
}

/** The order of 8-byte integers: transactions. */
export function compareIntegers(a: DataView, aAt: number, _aBytes: number, b: DataView, bAt: number): number {
  const high = a.getUint32(aAt + 4, true) - b.getUint32(bAt + 4, true)
  return high !== 0 ? high : a.getUint32(aAt, true) - b.getUint32(bAt, true)
}

/** Every way to flip one bit of some bytes: what was changed, and the result. */
export function* flippedBits(bytes: Uint8Array): Generator<readonly [what: string, changed: Uint8Array]> {
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = new Uint8Array(bytes)
      changed[at] = (changed[at] ?? 0) ^ (1 << bit)
      yield [`byte ${at}, bit ${bit}`, changed]
    }
  }
}

/** The bytes cut short at every length, and with a byte more. */
export function* otherLengths(bytes: Uint8Array): Generator<readonly [what: string, changed: Uint8Array]> {
  for (let length = 0; length < bytes.length; length++) yield [`${length} bytes`, bytes.subarray(0, length)]
  yield ['a byte more', Uint8Array.of(...bytes, 0)]
}

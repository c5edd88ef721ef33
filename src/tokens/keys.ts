import { sameBytes } from '../core/bytes.js'
import { compress } from '../crypto/p256.js'

/** True for one public key, whichever of its two forms each has. Not for bytes that have neither form. */
export function samePoint(a: Uint8Array, b: Uint8Array): boolean {
  const point = compress(b)
  return point !== undefined && sameBytes(compress(a), point)
}

import { randomFillSync } from 'node:crypto'
import type { Random } from '../core/random.js'

/** The randomness of the operating system, through OpenSSL. */
export const systemRandom: Random = { bytes: (count) => randomFillSync(new Uint8Array(count)) }

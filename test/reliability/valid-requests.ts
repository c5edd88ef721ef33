import { freshKey } from '../clients/keys.js'
import { UNARY_VARIANTS, UnaryClient } from '../clients/v1.js'
import { LEGACY_DIALECTS, LegacyClient } from '../clients/v1-legacy.js'
import { V2Client } from '../clients/v2.js'
import type { SeededRandom } from '../support/seeded-random.js'

/** Requests of every NeoFS dialect, signed once and sent as often as a run likes: signing takes a client a millisecond. */

export const SHARED_PATH = '/session.Session/Create'
export const V2_PATH = '/neo.fs.v2.session.SessionService/Create'
export const ATOMIX = '/atomix.session.SessionService'

export interface UnaryRequest {
  readonly client: string
  readonly path: string
  readonly request: Uint8Array
}

/** A streaming client and its first message. */
export interface Handshake {
  readonly client: LegacyClient
  readonly init: Uint8Array
}

/** Versions at which something of v2's Create changed. */
const MINORS = [undefined, 0, 7, 10, 11, 13, 21, 22, 25]

/** One of each unary dialect, variant and version. Their sessions live up to epoch `expiration` or the one before. */
export function unaryRequests(random: SeededRandom, expiration: bigint): UnaryRequest[] {
  const v1 = UNARY_VARIANTS.map((variant) => {
    const client = new UnaryClient({ variant, key: freshKey(random), validUntil: expiration })
    return { client: variant, path: client.path, request: client.request() }
  })
  const v2 = MINORS.map((minor) => {
    const version = minor === undefined ? undefined : { major: 2, minor }
    const client = new V2Client({ dialect: 'v2', version, key: freshKey(random), expiration })
    return { client: `v2 ${minor ?? 'of no version'}`, path: V2_PATH, request: client.request() }
  })
  const f0 = new V2Client({ dialect: 'F0', version: undefined, key: freshKey(random), expiration })
  return [...v1, ...v2, { client: 'F0', path: V2_PATH, request: f0.request() }]
}

/** One of each streaming dialect. */
export function handshakes(random: SeededRandom, lastEpoch: bigint): Handshake[] {
  return LEGACY_DIALECTS.map((dialect) => {
    const client = new LegacyClient({ dialect, key: freshKey(random), lastEpoch })
    return { client, init: client.init() }
  })
}

/** The session that the answer to a unary request tells of, as hex; '' if none was opened. */
export function sessionIdIn(answer: Uint8Array | undefined): string {
  // C and D begin with the id; E, F0 and v2 with a body that begins with it.
  if (answer?.[0] !== 0x0a) return ''
  const at = answer[1] === 16 ? 2 : answer[2] === 0x0a && answer[3] === 16 ? 4 : answer.length
  return Buffer.from(answer.subarray(at, at + 16)).toString('hex')
}

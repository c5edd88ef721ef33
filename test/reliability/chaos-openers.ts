import { freshKey } from '../clients/keys.js'
import type { Outcome } from '../clients/outcome.js'
import { hex, PATIENCE_MS, refused } from '../clients/outcome.js'
import { UNARY_VARIANTS, UnaryClient } from '../clients/v1.js'
import { LEGACY_DIALECTS, LegacyClient } from '../clients/v1-legacy.js'
import { V2Client } from '../clients/v2.js'
import type { GrpcClient } from '../support/grpc-client.js'
import type { SeededRandom } from '../support/seeded-random.js'
import { pick } from './pick.js'
import { V2_PATH } from './valid-requests.js'

/** A NeoFS client with its key, which opens sessions that all end with the same epoch. */
export interface Opener {
  readonly generation: 'v1-legacy' | 'v1' | 'v2'
  /** Hex. */
  readonly owner: string
  /** The first epoch that no longer belongs to its sessions. */
  readonly end: bigint
  open(grpc: GrpcClient): Promise<Outcome>
}

/** Minor versions at which something of v2's Create changed; `none` for a client that tells no version. */
const V2_CLIENTS = ['F0', 'none', 0, 7, 10, 11, 13, 21, 22, 25] as const

/** Clients of every NeoFS dialect by the epoch with which their sessions end. What a unary one signs it signs once. */
export class Openers {
  readonly #random: SeededRandom
  readonly #known = new Map<string, Opener>()

  constructor(random: SeededRandom) {
    this.#random = random
  }

  legacy(expiration: bigint): Opener {
    const dialect = pick(this.#random, LEGACY_DIALECTS)
    return this.#once(`${dialect} ${expiration}`, () => {
      const client = new LegacyClient({ dialect, key: freshKey(this.#random), lastEpoch: expiration })
      const open = (grpc: GrpcClient): Promise<Outcome> => client.open(grpc)
      return { generation: 'v1-legacy', owner: hex(client.owner), end: expiration + 1n, open }
    })
  }

  v1(expiration: bigint): Opener {
    const variant = pick(this.#random, UNARY_VARIANTS)
    return this.#once(`${variant} ${expiration}`, () => {
      const client = new UnaryClient({ variant, key: freshKey(this.#random), validUntil: expiration })
      return { generation: 'v1', owner: hex(client.owner), end: expiration + 1n, open: unary(client.path, client) }
    })
  }

  v2(expiration: bigint): Opener {
    const minor = pick(this.#random, V2_CLIENTS)
    return this.#once(`v2 ${minor} ${expiration}`, () => {
      const dialect = minor === 'F0' ? 'F0' : 'v2'
      const version = typeof minor === 'string' ? undefined : { major: 2, minor }
      const client = new V2Client({ dialect, version, key: freshKey(this.#random), expiration })
      return { generation: 'v2', owner: hex(client.owner), end: expiration, open: unary(V2_PATH, client) }
    })
  }

  #once(name: string, make: () => Opener): Opener {
    const opener = this.#known.get(name) ?? make()
    this.#known.set(name, opener)
    return opener
  }
}

function unary(path: string, client: UnaryClient | V2Client): Opener['open'] {
  const request = client.request()
  return async (grpc) => {
    const { code, message, response } = await grpc.unary(path, request, { timeout_ms: PATIENCE_MS })
    return response === undefined ? refused(code, message) : client.response(response)
  }
}

import type { GrpcClient } from '../support/grpc-client.js'
import type { SeededRandom } from '../support/seeded-random.js'
import { ATOMIX_CLIENTS, AtomixClient } from './atomix.js'
import { freshKey } from './keys.js'
import { hex, opened } from './outcome.js'
import { UNARY_VARIANTS, UnaryClient } from './v1.js'
import { LEGACY_DIALECTS, LegacyClient } from './v1-legacy.js'
import { V2Client, type Version } from './v2.js'

/** One client of every generation, dialect and version, and what has to be known of its session. */

/** A session as its client knows it, in the words of the admin API. */
export interface Known {
  /** What the client would call itself. */
  readonly client: string
  readonly generation: 'v1-legacy' | 'v1' | 'v2' | 'atomix'
  readonly dialect: string
  readonly clientVersion: string
  /** Hex; '' for Atomix, which has none. */
  readonly id: string
  readonly publicKey: string
  readonly owner: string
  readonly partition: number
  /** Decimal; '' for NeoFS, which has none. */
  readonly number: string
  /** Epoch, or nanoseconds. */
  readonly lifetime: { readonly expiration: string } | { readonly timeout_ns: string }
  /** Whether the expiration epoch belongs to the session, as storage nodes and the rest disagree. */
  readonly edge: 'inclusive' | 'exclusive'
}

/** Opens a session that lives until `expiration`, or 60 s. */
export type Opener = (grpc: GrpcClient, random: SeededRandom, expiration: bigint) => Promise<Known>

const VERSIONS: readonly (Version | undefined)[] = [
  undefined,
  ...[0, 10, 11, 21, 22, 25].map((minor) => ({ major: 2, minor })),
]

const UNARY_DIALECTS = new Map<string, readonly [dialect: string, clientVersion: string]>([
  ['C v0.7.4', ['C', 'v0.7.4-v1.0']],
  ['C v1.0.0', ['C', 'v0.7.4-v1.0']],
  ['C v1.1.0', ['C', 'v1.1-v1.2']],
  ['C v1.2.0', ['C', 'v1.1-v1.2']],
  ['C v1.3.0', ['C', 'v1.3']],
  ['Cx', ['Cx', 'Cx']],
  ['D0', ['D', 'D0-D1']],
  ['D2', ['D', 'D2-D3']],
  ['D3', ['D', 'D2-D3']],
  ['D-PR39', ['D', 'D-PR39']],
])

function neoFs(
  client: string,
  origin: Pick<Known, 'generation' | 'dialect' | 'clientVersion'>,
  { id, sessionKey }: { id: Uint8Array; sessionKey: Uint8Array },
  owner: Uint8Array,
  expiration: bigint,
): Known {
  return {
    client,
    ...origin,
    id: hex(id),
    publicKey: hex(sessionKey),
    owner: hex(owner),
    partition: 0,
    number: '',
    lifetime: { expiration: String(expiration) },
    edge: origin.generation === 'v2' ? 'exclusive' : 'inclusive',
  }
}

export const EVERYONE: readonly Opener[] = [
  ...LEGACY_DIALECTS.map(
    (dialect): Opener =>
      async (grpc, random, lastEpoch) => {
        const client = new LegacyClient({ dialect, key: freshKey(random), lastEpoch })
        const origin = { generation: 'v1-legacy', dialect, clientVersion: '' } as const
        return neoFs(dialect, origin, opened(await client.open(grpc)), client.owner, lastEpoch)
      },
  ),
  ...UNARY_VARIANTS.map(
    (variant): Opener =>
      async (grpc, random, validUntil) => {
        const client = new UnaryClient({ variant, key: freshKey(random), validUntil })
        const [dialect, clientVersion] = UNARY_DIALECTS.get(variant) ?? ['E2', '2.0']
        const origin = { generation: 'v1', dialect, clientVersion } as const
        return neoFs(variant, origin, opened(await client.open(grpc)), client.owner, validUntil)
      },
  ),
  ...(['F0', 'v2'] as const).flatMap((dialect) =>
    (dialect === 'F0' ? VERSIONS.slice(0, 2) : VERSIONS).map(
      (version): Opener =>
        async (grpc, random, expiration) => {
          const client = new V2Client({ dialect, version, key: freshKey(random), expiration })
          const clientVersion = version === undefined ? '' : `${version.major}.${version.minor}`
          const origin = { generation: 'v2', dialect, clientVersion } as const
          const session = opened(await client.open(grpc))
          return neoFs(`${dialect} ${clientVersion}`, origin, session, client.owner, expiration)
        },
    ),
  ),
  ...ATOMIX_CLIENTS.map(
    (version): Opener =>
      async (grpc, random) => {
        const partition = 1 + random.below(3)
        const client = new AtomixClient({ version, partition, timeout_ms: 60_000 })
        const verdict = await client.open(grpc)
        if (verdict.kind !== 'ok') throw new Error(`Atomix ${version}: ${verdict.kind}`)
        return {
          client: `Atomix ${version}`,
          generation: 'atomix',
          dialect: 'atomix',
          clientVersion: version === 'v0.1.1' ? 'v0.1' : 'v0.2+',
          id: '',
          publicKey: '',
          owner: '',
          partition,
          number: String(client.sessionId),
          lifetime: { timeout_ns: '60000000000' },
          edge: 'inclusive',
        }
      },
  ),
]

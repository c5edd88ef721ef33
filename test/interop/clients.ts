/** A genuine client library that can be had as an ordinary requirement, and what it can do. */
export interface GenuineClient {
  /** Its folder in `test/interop/go`. */
  readonly folder: string
  /** The library, as Go names it. */
  readonly module: string
  readonly version: string
  readonly generation: 'v1' | 'v2' | 'atomix'
  /** Has a pool of nodes that opens sessions by itself. */
  readonly pool?: true
  /** Why it opens no session here. */
  readonly refused?: string
}

const API = 'github.com/nspcc-dev/neofs-api-go'
const SDK = 'github.com/nspcc-dev/neofs-sdk-go'
const ATOMIX = 'github.com/atomix/go-client'

const NO_SLASH = 'sends the path without its leading slash, which the HTTP/2 of Node refuses'

function sdk(candidate: number): GenuineClient {
  const version = `rc.${candidate}`
  return {
    folder: `neofs-sdk-go-${version}`,
    module: SDK,
    version: `v1.0.0-${version}`,
    generation: 'v2',
    pool: true,
  }
}

function api(version: string, more: Partial<GenuineClient> = {}): GenuineClient {
  return { folder: `neofs-api-go-${version}`, module: API, version: `v${version}`, generation: 'v2', ...more }
}

function apiV2(version: string): GenuineClient {
  return { folder: `neofs-api-go-v2-${version}`, module: `${API}/v2`, version: `v${version}`, generation: 'v2' }
}

function atomix(version: string): GenuineClient {
  return { folder: `atomix-go-client-${version}`, module: ATOMIX, version: `v${version}`, generation: 'atomix' }
}

export const CLIENTS: readonly GenuineClient[] = [
  api('1.3.0', { generation: 'v1' }),
  api('1.24.0'),
  api('1.26.1', { refused: NO_SLASH }),
  api('1.27.1', { refused: NO_SLASH }),
  api('1.28.3'),
  api('1.30.0'),
  apiV2('2.11.1'),
  apiV2('2.14.0'),
  ...[3, 4, 6, 12, 14, 17, 18, 20, 21].map(sdk),
  atomix('0.1.1'),
  atomix('0.3.1'),
  atomix('0.4.1'),
]

/** Asked for in vain: the module proxy does not serve them. */
export const NOT_OBTAINABLE: readonly { readonly module: string; readonly versions: string }[] = [
  { module: 'github.com/nspcc-dev/neofs-proto', versions: 'all' },
  { module: API, versions: 'v0.x, v1.0.0–v1.2.0, v1.20.0' },
  { module: SDK, versions: 'v1.0.0-rc.1, rc.8, rc.10, rc.19' },
  { module: ATOMIX, versions: 'v0.2.4' },
]

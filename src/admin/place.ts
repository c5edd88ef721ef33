import type { Reach } from '../transport/address.js'

/** Where the admin listener is, as far as it matters for who may ask what. */
export interface Place {
  /** Who can reach it. */
  readonly reach: Reach
  /** The host that it was told to bind; '' for a unix socket. */
  readonly host: string
  /** Further names under which it is reached, lower case. */
  readonly allowedHosts: readonly string[]
  /** It speaks TLS itself. */
  readonly tls: boolean
  /** Also who reads the metrics needs a token. */
  readonly metricsToken: boolean
}

import type { FeedLimits } from './events/feed.js'
import type { LoginLimits } from './logins.js'

/** Bounds of the admin listener; defaults and reasons stand in `config/schema.ts`. */
export interface AdminLimits {
  readonly bodySize_bytes: number
  readonly headerSize_bytes: number
  readonly connections: number
  /** Of one address; clients of a unix socket are not counted. */
  readonly connectionsPerAddress: number
  /** For a whole request to arrive. */
  readonly requestTimeout_ms: number
  /** For a connection without a request under way. */
  readonly idleTimeout_ms: number
  /** Of one address, and so many at once; probes and the metrics do not count. */
  readonly requestsPerSecond: number
  /** The same for the metrics. */
  readonly scrapesPerSecond: number
  readonly logins: LoginLimits
  /** Sessions on one page of the list. */
  readonly page: number
  /** Pages that wait to be made, one after the other. */
  readonly listsWaiting: number
  /** With one token. */
  readonly signsPerSecond: number
  readonly events: FeedLimits & {
    /** Open at once. */
    readonly readers: number
    /** Between two signs of life of a quiet stream. */
    readonly heartbeat_ms: number
  }
}

import type { Clock } from '../core/clock.js'
import type { SessionEvents } from '../core/events.js'
import type { Sessions } from '../core/sessions.js'
import type { ClientRow, FoldedRows } from '../gateway/client-statistics.js'
import type { DecodeThread } from '../gateway/decode-thread.js'
import type { EpochSource } from '../gateway/epochs.js'
import type { Logger } from '../log.js'
import type { Access } from './access.js'
import type { Audit } from './audit.js'
import type { GatewayInfo } from './info-json.js'
import type { AdminLimits } from './limits.js'
import type { OverviewJson } from './overview-json.js'
import type { PageFiles } from './page-files.js'
import type { Signing } from './signing.js'

/** What the admin API shows and moves. */
export interface AdminParts {
  readonly sessions: Pick<Sessions, 'find' | 'known' | 'list' | 'keepAlive' | 'close'>
  readonly events: Pick<SessionEvents, 'subscribe'>
  readonly epochs: Pick<EpochSource, 'current' | 'length_ms' | 'kind' | 'set'>
  readonly clock: Clock
  readonly clients: { rows(): readonly ClientRow[]; folded(): FoldedRows }
  readonly metrics: { text(accept: string | undefined): Promise<{ readonly type: string; readonly body: string }> }
  info(): GatewayInfo
  /** The numbers of the web page. */
  overview(): Promise<OverviewJson>
  /** The web page; undefined in a build that has none. */
  readonly page: PageFiles | undefined
  /** Why no calls should be sent here now; empty while they may. */
  notReady(): readonly string[]
  readonly access: Access
  readonly audit: Audit
  readonly signing: Signing
  /** Explains bytes. Raises Problem `decoder_busy`. */
  readonly decoder: Pick<DecodeThread, 'ask'>
  readonly limits: AdminLimits
  /** Counts a limit that was hit, by its configuration name. */
  readonly onLimit: (limit: string) => void
  /** A request failed by a fault of ours; `route` as its address is declared. */
  readonly onFault: (err: unknown, route: string | undefined) => void
  readonly log: Logger
}

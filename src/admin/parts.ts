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

/** What the admin API shows and moves. */
export interface AdminParts {
  readonly sessions: Pick<Sessions, 'find' | 'known' | 'list' | 'keepAlive' | 'close' | 'sign'>
  readonly events: Pick<SessionEvents, 'subscribe'>
  readonly epochs: Pick<EpochSource, 'current' | 'length_ms' | 'kind' | 'set'>
  readonly clock: Clock
  readonly clients: { rows(): readonly ClientRow[]; folded(): FoldedRows }
  readonly metrics: { text(accept: string | undefined): Promise<{ readonly type: string; readonly body: string }> }
  info(): GatewayInfo
  /** Why no calls should be sent here now; empty while they may. */
  notReady(): readonly string[]
  readonly access: Access
  readonly audit: Audit
  /** Explains bytes. Raises Problem `decoder_busy`. */
  readonly decoder: Pick<DecodeThread, 'ask'>
  readonly limits: AdminLimits
  readonly log: Logger
}

import type { Access } from '../admin/access.js'
import { AuditLog, type AuditSink } from '../admin/audit-log.js'
import type { Signing } from '../admin/signing.js'
import type { Config } from '../config/schema.js'
import type { Clock } from '../core/clock.js'
import type { Sessions } from '../core/sessions.js'
import { sessionKeysMethods } from '../keys/service.js'
import type { Logger } from '../log.js'
import type { Transport, TransportFactory } from '../transport/transport.js'
import type { Metrics } from './metrics.js'
import { keysTlsOf, transportLimitsOf } from './settings.js'

export interface KeysListenerParts {
  readonly sessions: Sessions
  readonly signing: Signing
  readonly access: Access
  readonly auditSink: AuditSink
  readonly clock: Clock
  readonly metrics: Pick<Metrics, 'keysCall' | 'limit'>
  readonly log: Logger
}

const SOCKET_MODES = { owner: 0o600, group: 0o660, everyone: 0o666 } as const

/** The listener of `sessiongateway.v1.SessionKeys`. It has a transport of its own: its limits count nobody else's connections. */
export class KeysListener {
  readonly #config: Config
  readonly #transport: Transport

  /** @throws ConfigError for TLS files that can't be used */
  constructor(config: Config, factory: TransportFactory, parts: KeysListenerParts) {
    const { sessions, signing, access, auditSink, clock, metrics, log } = parts
    const { clientNames } = config.keys.tls
    const tls = keysTlsOf(config)
    this.#config = config
    this.#transport = factory({
      methods: sessionKeysMethods({
        sessions,
        signing,
        access,
        certificateNames: clientNames === undefined ? undefined : new Set(clientNames),
        audit: new AuditLog(auditSink, { clock, log }),
        clock,
        refusalsPerSecond: config.keys.limits.refusalsPerSecond,
        observer: metrics,
        log,
      }),
      limits: transportLimitsOf(config),
      ...(tls === undefined ? {} : { tls }),
      onLimit: (limit) => metrics.limit(limit),
      onFault: (err, path) => log.error({ err, path }, 'a call failed by a fault of ours'),
    })
  }

  /** The address in use. Rejects when it can't listen. */
  listen(): Promise<string> {
    const { listen, socketMode } = this.#config.keys
    return this.#transport.listen(listen, { socketMode: SOCKET_MODES[socketMode] })
  }

  /** Reads the TLS files; what comes back uses them. @throws ConfigError */
  readTls(): () => void {
    const tls = keysTlsOf(this.#config)
    return () => {
      if (tls !== undefined) this.#transport.useTls(tls)
    }
  }

  drain(timeout_ms: number): Promise<void> {
    return this.#transport.drain(timeout_ms)
  }

  close(): Promise<void> {
    return this.#transport.close()
  }
}

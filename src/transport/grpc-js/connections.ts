import type { Http2Session } from 'node:http2'
import type { TransportLimits, TransportOptions } from '../transport.js'

/** How long a connection without calls may take to close by itself once it was told to go away, in milliseconds. */
export const GOODBYE_ms = 1000

/** How long calls may go on after their connection got too old: longer than any but those that watch something for ever. */
const LAST_CALLS_ms = 5 * 60_000

interface Connection {
  /** Under way. */
  calls: number
  /** Runs out when there was no call for so long. */
  readonly idle: NodeJS.Timeout
}

/**
 * Tells connections to go away (GOAWAY) that had no call for a long time, or are old. A client that has more to say opens
 * another; a call that crosses the message is refused in a way that says that it may be sent again.
 *
 * Not by the library's own options: those count nothing, and take a stream that Node never closes for a call.
 */
export class Connections {
  readonly #limits: Pick<TransportLimits, 'connectionIdle_ms' | 'connectionAge_ms'>
  readonly #onLimit: TransportOptions['onLimit']
  readonly #open = new Map<Http2Session, Connection>()

  constructor({ limits, onLimit }: Pick<TransportOptions, 'limits' | 'onLimit'>) {
    this.#limits = limits
    this.#onLimit = onLimit
  }

  opened(session: Http2Session): void {
    const { connectionIdle_ms, connectionAge_ms } = this.#limits
    const idle = setTimeout(() => {
      if (connection.calls === 0) this.#goAway(session, 'limits.connectionIdle', GOODBYE_ms)
    }, connectionIdle_ms)
    const connection: Connection = { calls: 0, idle }
    this.#open.set(session, connection)
    const tooOld = (): void => this.#goAway(session, 'limits.connectionAge', LAST_CALLS_ms)
    const age = connectionAge_ms === undefined ? undefined : setTimeout(tooOld, connectionAge_ms * earlier())
    for (const timer of [idle, age]) timer?.unref()
    session.once('close', () => {
      this.#open.delete(session)
      clearTimeout(idle)
      clearTimeout(age)
    })
  }

  callOpened(session: Http2Session): void {
    const connection = this.#open.get(session)
    if (connection !== undefined) connection.calls += 1
  }

  callClosed(session: Http2Session): void {
    const connection = this.#open.get(session)
    if (connection === undefined) return
    connection.calls -= 1
    if (connection.calls === 0) connection.idle.refresh()
  }

  #goAway(session: Http2Session, limit: string, patience_ms: number): void {
    if (session.closed || session.destroyed) return
    this.#onLimit(limit)
    session.close()
    const cut = setTimeout(() => session.destroy(), patience_ms)
    cut.unref()
    session.once('close', () => clearTimeout(cut))
  }
}

/** Up to a tenth earlier: connections that began together, as after a restart, are not to end together. */
function earlier(): number {
  return 1 - Math.random() / 10
}

import type { Companion } from '../companions/companion.js'
import type { Config } from '../config/schema.js'
import type { Clock } from '../core/clock.js'
import type { Sessions } from '../core/sessions.js'
import type { Transport } from '../transport/transport.js'
import type { Closers } from './closers.js'
import type { Health } from './health.js'
import type { ObservedStore } from './observed-store.js'
import type { Reflection } from './reflection.js'

export interface ShutdownParts {
  readonly config: Pick<Config, 'shutdown'>
  readonly clock: Clock
  readonly sessions: Pick<Sessions, 'drain'>
  readonly store: Pick<ObservedStore, 'failing'>
  readonly health: Health
  readonly reflection: Reflection
  readonly companions: readonly Companion[]
  readonly transport: Pick<Transport, 'drain'>
  /** The listener for backends, if there is one: they may sign until the last call is over. */
  readonly keys: Pick<Transport, 'drain'> | undefined
  readonly closers: Closers
}

/** Kept of `shutdown.timeout` for what comes after the last call: engine, admin, store. */
const STOP_MS = 500

/** From starting to stopped: what is said about being ready, and the order in which the gateway ends. */
export class Shutdown {
  readonly #parts: ShutdownParts
  #phase: 'starting' | 'serving' | 'draining' = 'starting'
  #drained: Promise<void> | undefined
  #endGrace: (() => void) | undefined
  #stopping = false

  constructor(parts: ShutdownParts) {
    this.#parts = parts
  }

  /** Why no calls should be sent here now; empty while they may. */
  notReady(): readonly string[] {
    const reasons: string[] = []
    if (this.#phase === 'starting') reasons.push('starting')
    if (this.#phase === 'draining') reasons.push('shutting down')
    if (this.#parts.store.failing) reasons.push('the store fails')
    return reasons
  }

  serving(): void {
    this.#phase = 'serving'
    this.update()
  }

  /** Tells the watchers of gRPC health what is true now. */
  update(): void {
    this.#parts.health.setServing(this.notReady().length === 0)
  }

  drain(): Promise<void> {
    this.#drained ??= this.#drain()
    return this.#drained
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#endGrace?.()
    this.#leave()
    await this.#parts.closers.closeAll()
  }

  async #drain(): Promise<void> {
    const { config, transport, keys } = this.#parts
    const { timeout, grace } = config.shutdown
    this.#leave()
    await this.#grace(grace)
    // Nobody asks for the state any more, and these calls would last for ever.
    this.#parts.health.close()
    this.#parts.reflection.close()
    for (const companion of this.#parts.companions) companion.close?.()
    if (this.#stopping) return
    const left_ms = Math.max(0, timeout - grace - STOP_MS)
    await Promise.all([transport.drain(left_ms), keys?.drain(left_ms)])
  }

  /** No new sessions, and load balancers are told. */
  #leave(): void {
    this.#phase = 'draining'
    this.#parts.sessions.drain()
    this.update()
  }

  #grace(grace_ms: number): Promise<void> {
    if (grace_ms === 0 || this.#stopping) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = this.#parts.clock.schedule(grace_ms, resolve)
      this.#endGrace = () => {
        timer.cancel()
        resolve()
      }
    })
  }
}

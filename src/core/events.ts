import { DEFAULT_SESSION_LIMITS } from './limits.js'
import type { EndReason, Session } from './session.js'

/** Something that happened to a session. `session` is the record after it. */
export interface SessionEvent {
  readonly kind: 'created' | 'renewed' | EndReason
  readonly session: Session
  /** Wall-clock milliseconds. */
  readonly at_ms: number
  /** Of closed and expired: `client`, `admin`, `expiry`, `limit`. */
  readonly endedBy?: string
}

/**
 * Gets one event after the other, never from inside the call that caused it. `missed` counts the events that were dropped just
 * before this one because the listener was too slow. While a promise it returned is open, its events wait.
 */
export type SessionListener = (event: SessionEvent, missed: number) => void | Promise<void>

export interface SessionEventsOptions {
  /** Default capacity of a subscriber's queue. */
  readonly capacity?: number
  /** Gets what a listener throws; the listener goes on. */
  readonly onFault?: (fault: unknown) => void
  /** Called with `limits.eventQueue` for each event that a subscriber misses. */
  readonly onLimit?: (limit: string) => void
}

/** Tells others what happens to sessions without ever making the core wait: publishing is a push to bounded queues. */
export class SessionEvents {
  readonly #subscriptions = new Set<Subscription>()
  readonly #capacity: number
  readonly #onFault: (fault: unknown) => void
  readonly #onLimit: (limit: string) => void
  #dropped = 0

  constructor(options: SessionEventsOptions = {}) {
    this.#capacity = options.capacity ?? DEFAULT_SESSION_LIMITS.eventQueue
    this.#onFault = options.onFault ?? (() => {})
    this.#onLimit = options.onLimit ?? (() => {})
  }

  /** False while nobody listens; the hot path then makes no event at all. */
  get active(): boolean {
    return this.#subscriptions.size > 0
  }

  /** Events that some subscriber missed, all together. */
  get dropped(): number {
    return this.#dropped
  }

  publish(event: SessionEvent): void {
    for (const subscription of this.#subscriptions) {
      if (subscription.offer(event)) continue
      this.#dropped += 1
      this.#onLimit('limits.eventQueue')
    }
  }

  /** Returns how to stop; after that the listener is not called again. */
  subscribe(listener: SessionListener, options: { capacity?: number } = {}): () => void {
    const subscription = new Subscription(listener, options.capacity ?? this.#capacity, this.#onFault)
    this.#subscriptions.add(subscription)
    return () => {
      this.#subscriptions.delete(subscription)
      subscription.cancel()
    }
  }
}

/** Events that one listener gets before others run again. */
const BATCH = 100

class Subscription {
  readonly #listener: SessionListener
  readonly #capacity: number
  readonly #onFault: (fault: unknown) => void
  #queue: { event: SessionEvent; missed: number }[] = []
  #missed = 0
  #delivering = false
  #cancelled = false

  constructor(listener: SessionListener, capacity: number, onFault: (fault: unknown) => void) {
    this.#listener = listener
    this.#capacity = capacity
    this.#onFault = onFault
  }

  /** False if the queue is full. */
  offer(event: SessionEvent): boolean {
    if (this.#queue.length >= this.#capacity) {
      this.#missed += 1
      return false
    }
    this.#queue.push({ event, missed: this.#missed })
    this.#missed = 0
    if (!this.#delivering) this.#deliverSoon()
    return true
  }

  cancel(): void {
    this.#cancelled = true
    this.#queue = []
  }

  #deliverSoon(): void {
    this.#delivering = true
    setImmediate(() => void this.#deliver())
  }

  async #deliver(): Promise<void> {
    for (const { event, missed } of this.#queue.splice(0, BATCH)) {
      if (this.#cancelled) break
      try {
        const answer = this.#listener(event, missed)
        if (answer instanceof Promise) await answer
      } catch (fault) {
        this.#onFault(fault)
      }
    }
    if (this.#queue.length > 0) this.#deliverSoon()
    else this.#delivering = false
  }
}

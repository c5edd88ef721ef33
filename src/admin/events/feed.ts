import type { Clock, Timer } from '../../core/clock.js'
import type { SessionEvent, SessionEvents } from '../../core/events.js'
import { sessionJson, time } from '../session-json.js'

/** One message of the stream, as all who read it get it. */
export interface FeedEntry {
  readonly number: number
  readonly text: string
}

export interface FeedLimits {
  /** Events that a reader may be behind, or resume from. */
  readonly remembered: number
  /** Of renewals only so many are told; a busy gateway has thousands. */
  readonly renewalsPerSecond: number
  /** How long events are still remembered when nobody reads any more. */
  readonly linger_ms: number
}

export interface FeedParts {
  readonly events: Pick<SessionEvents, 'subscribe'>
  readonly clock: Clock
  readonly limits: FeedLimits
}

const SECOND_MS = 1000

/**
 * What happens to sessions, numbered and remembered for a while. Each event becomes text once, however many read it; readers
 * take what is there when they are ready for it, so a slow one costs nothing but what it misses. While nobody reads, nothing is
 * listened to.
 */
export class EventFeed {
  readonly #parts: FeedParts
  /** Ids of an earlier process have another name in them. */
  readonly #name: string
  readonly #entries: FeedEntry[] = []
  #next = 1
  readonly #wake = new Set<() => void>()
  #stop: (() => void) | undefined
  #lingering: Timer | undefined
  readonly #renewals = { second: -1, told: 0, untold: 0 }

  constructor(parts: FeedParts) {
    this.#parts = parts
    this.#name = parts.clock.wallTime().toString(36)
  }

  /** Calls `wake` whenever there is something new. Returns how to stop. */
  watch(wake: () => void): () => void {
    this.#lingering?.cancel()
    this.#lingering = undefined
    this.#stop ??= this.#parts.events.subscribe((event, missed) => this.#take(event, missed))
    this.#wake.add(wake)
    return () => {
      this.#wake.delete(wake)
      if (this.#wake.size === 0) this.#linger()
    }
  }

  /** The number of the next event: where who begins now begins. */
  get next(): number {
    return this.#next
  }

  /** Where a reader goes on that has seen `id`; undefined if that is not known here, or no longer. */
  after(id: string): number | undefined {
    const [, name, digits = ''] = /^(\w+)-(\d{1,15})$/.exec(id) ?? []
    const number = name === this.#name ? Number(digits) + 1 : undefined
    return number !== undefined && number >= this.#first && number <= this.#next ? number : undefined
  }

  /** Whether `id` is one of this feed, which may have forgotten it. */
  knows(id: string): boolean {
    return id.startsWith(`${this.#name}-`)
  }

  /** The entry of that number, or the oldest one if that is forgotten; undefined if there is none yet. */
  entry(number: number): FeedEntry | undefined {
    return this.#entries[Math.max(0, number - this.#first)]
  }

  close(): void {
    this.#lingering?.cancel()
    this.#sleep()
  }

  get #first(): number {
    return this.#entries[0]?.number ?? this.#next
  }

  #linger(): void {
    const { clock, limits } = this.#parts
    this.#lingering ??= clock.schedule(limits.linger_ms, () => this.#sleep())
  }

  /** What happens from now on is not known to who comes back. */
  #sleep(): void {
    this.#lingering = undefined
    this.#stop?.()
    this.#stop = undefined
    this.#entries.length = 0
    this.#next += 1
  }

  #take(event: SessionEvent, missed: number): void {
    if (missed > 0) this.#add('gap', { missed })
    if (event.kind === 'renewed') {
      const of = this.#sampled(event.at_ms)
      if (of > 0) this.#add(event.kind, { ...this.#json(event), of })
    } else this.#add(event.kind, this.#json(event))
    for (const wake of this.#wake) wake()
  }

  /** How many renewals this one stands for; 0 if it is not told. */
  #sampled(at_ms: number): number {
    const renewals = this.#renewals
    const second = Math.floor(at_ms / SECOND_MS)
    if (second !== renewals.second) Object.assign(renewals, { second, told: 0 })
    renewals.untold += 1
    if (renewals.told >= this.#parts.limits.renewalsPerSecond) return 0
    renewals.told += 1
    const of = renewals.untold
    renewals.untold = 0
    return of
  }

  #json({ kind, session, at_ms, endedBy = '' }: SessionEvent): object {
    const { clock } = this.#parts
    const now = { instant: clock.now(), wall_ms: clock.wallTime() }
    const isEnd = kind === 'closed' || kind === 'expired'
    const end = { reason: kind === 'closed' ? 'closed' : 'expired', endedBy, endedAt_ms: at_ms } as const
    return { at: time(at_ms), session: sessionJson(isEnd ? { session, end } : { session }, now) }
  }

  #add(kind: string, data: object): void {
    const number = this.#next
    this.#next += 1
    this.#entries.push({
      number,
      text: `id: ${this.#name}-${number}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`,
    })
    if (this.#entries.length > this.#parts.limits.remembered) this.#entries.shift()
  }
}

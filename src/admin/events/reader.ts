import { Readable } from 'node:stream'
import type { Clock, Timer } from '../../core/clock.js'
import type { EventFeed } from './feed.js'

export interface ReaderParts {
  readonly feed: EventFeed
  readonly clock: Clock
  /** Between two signs of life while nothing happens. */
  readonly heartbeat_ms: number
  /** The last id that this reader has seen, if it was here before. */
  readonly lastId: string | undefined
  /** Asked at each sign of life, and by `recheck`: the stream ends when the caller may not read any more. */
  readonly isAllowed: () => boolean
  /** Called when it missed what is not remembered any more. */
  readonly onForgotten: () => void
}

/** How long a browser waits before it comes back. */
const RETRY_MS = 2000

/**
 * The events for one reader, as `text/event-stream` (the HTML standard, server-sent events). It takes from the feed only what
 * the connection takes; who is too slow, or was away for too long, is told by an event `gap` that some are missing.
 */
export class EventReader extends Readable {
  readonly #parts: ReaderParts
  readonly #stopWatching: () => void
  #at: number
  /** What has to be said before the next event. */
  #first: string
  #wanted = false
  #finished = false
  #heartbeat: Timer | undefined

  constructor(parts: ReaderParts) {
    super({ encoding: 'utf8' })
    this.#parts = parts
    const { feed, lastId, onForgotten } = parts
    const resumed = lastId === undefined ? feed.next : feed.after(lastId)
    this.#first = `retry: ${RETRY_MS}\n\n${resumed === undefined ? gap() : ''}`
    if (lastId !== undefined && resumed === undefined && feed.knows(lastId)) onForgotten()
    this.#at = resumed ?? feed.next
    this.#stopWatching = feed.watch(() => this.#offer())
    this.#beat()
  }

  /** To be called when what the caller may do has changed. */
  recheck(): void {
    if (!this.#parts.isAllowed()) this.finish()
  }

  /** Nothing more is said, but for what waits already. */
  finish(): void {
    this.#finished = true
    this.push(null)
  }

  override _read(): void {
    this.#wanted = true
    this.#offer()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#heartbeat?.cancel()
    this.#stopWatching()
    done(error)
  }

  #offer(): void {
    if (this.#finished) return
    if (this.#first !== '') this.#say(this.#first)
    this.#first = ''
    while (this.#wanted) {
      const entry = this.#parts.feed.entry(this.#at)
      if (entry === undefined) return
      const missed = entry.number - this.#at
      if (missed > 0) this.#parts.onForgotten()
      this.#at = entry.number + 1
      this.#say(missed > 0 ? `${gap(missed)}${entry.text}` : entry.text)
    }
  }

  #say(text: string): void {
    this.#wanted = this.push(text)
  }

  /** So that a proxy keeps the connection, and one whose other end is gone fails. */
  #beat(): void {
    const { clock, heartbeat_ms } = this.#parts
    this.#heartbeat = clock.schedule(heartbeat_ms, () => {
      this.recheck()
      if (this.#finished) return
      if (this.#wanted) this.#say(': still here\n\n')
      this.#beat()
    })
  }
}

/** @param missed how many; not known after a restart */
function gap(missed?: number): string {
  return `event: gap\ndata: ${JSON.stringify(missed === undefined ? {} : { missed })}\n\n`
}

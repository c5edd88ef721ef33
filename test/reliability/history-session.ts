import type { Instant } from '../../src/core/clock.js'
import type { Life, Opening } from './history.js'

/** The moment of a happening: its place in the history, and the time. */
export interface Moment {
  readonly order: number
  readonly at: Instant
}

export interface Ended {
  readonly how: 'closed' | 'expired' | 'unknown'
  readonly order: number
}

interface Renewal {
  readonly at: Instant
  readonly process: string
  /** To whoever does not know of it the session is over. */
  readonly isLate: boolean
}

const NEVER = -1

/**
 * What may be true of one session, as far as what clients were told allows. Orders are places in the history: something may
 * have ended it if that may have been done after the last call that found it open had begun.
 */
export class SessionFacts {
  readonly name: string
  readonly opening: Opening
  /** When whoever opened it was told so. */
  readonly known: number
  /** It was not renewed after that. */
  latest: Instant
  /** When the last call that found it open had begun. */
  proven: number
  /** When it may have been closed, or have expired, last. */
  mayClose = NEVER
  mayExpire = NEVER
  /** When it may have been over by the epoch, last: whoever noticed then may still be ending it. */
  overAt: Instant | undefined
  /** A lazy one: a sweep of its partition found it over, and was answered then. */
  swept = Number.POSITIVE_INFINITY
  ended: Ended | undefined
  /** Somebody was told that nobody knows it: the place of that in the history. */
  forgotten: number | undefined
  /** Somebody was told that it was his close that ended it. */
  isClosedFor = false
  toldEnds = 0
  /** It was renewed then, or later. */
  #floor: Instant
  /** As if it had been renewed then: what processes that stood still gave back, and no other knows. */
  #given: Instant | undefined
  /** Renewals that only the process that took them may know of. */
  #recent: Renewal[] = []

  constructor(
    name: string,
    opening: Opening,
    opened: { readonly begun: Moment; readonly answered: Moment; readonly renewedAt?: Instant },
  ) {
    this.name = name
    this.opening = opening
    this.known = opened.answered.order
    this.proven = opened.begun.order
    this.#floor = opened.renewedAt ?? opened.begun.at
    this.latest = opened.renewedAt ?? opened.answered.at
  }

  get life(): Life {
    return this.opening.life
  }

  /** It may have ended, and nobody was told. */
  get mayHaveEnded(): boolean {
    return this.mayClose >= this.proven || this.mayExpire >= this.proven
  }

  /** A renewal that was acknowledged: at `at` or later, at `latest` at the latest. */
  renewed(renewal: Renewal, latest: Instant, unwritten_ns: bigint): void {
    const written = this.#recent.filter(({ at }) => at <= renewal.at - unwritten_ns)
    for (const { at } of written) this.#raise(at)
    this.#recent = [...this.#recent.filter((one) => !written.includes(one)), renewal]
    this.mayRenew(latest)
  }

  mayRenew(latest: Instant): void {
    if (latest > this.latest) this.latest = latest
  }

  /** What this process renewed after `since` may be known to nobody else. */
  forgetRenewals(process: string, since: Instant): void {
    this.#recent = this.#recent.filter((one) => one.process !== process || one.at <= since)
  }

  /** Whoever opens a store that nobody had open gives a full timeout. */
  restart(earliest: Instant, latest: Instant): void {
    this.#floor = earliest
    this.#recent = []
    this.#given = undefined
    this.overAt = undefined
    this.latest = latest
  }

  /** A process came that knows what is written, and nothing else. */
  joined(since: Instant): void {
    this.#given = undefined
    this.#recent = this.#recent.filter(({ at, isLate }) => !isLate || at <= since)
  }

  /** Its deadline is not before that, and not after. A stall is given back. */
  give(earliest: Instant | undefined, latest: Instant): void {
    if (this.life.kind !== 'timeout' || this.life.lazy) return
    if (earliest !== undefined) this.#given = earliest - this.life.end
    this.mayRenew(latest - this.life.end)
  }

  /** It may be over at that time, by the highest epoch that anybody counts. */
  isPerhapsOver(at: Instant, highest: bigint): boolean {
    return this.life.kind === 'epochs' ? highest >= this.life.end : at >= this.#sure + this.life.end
  }

  /** It is over at that time, by the lowest epoch that anybody counts. */
  isSurelyOver(at: Instant, lowest: bigint): boolean {
    return this.life.kind === 'epochs' ? lowest >= this.life.end : at >= this.latest + this.life.end
  }

  get #sure(): Instant {
    const given = this.#given ?? this.#floor
    return this.#recent.reduce((sure, { at }) => (at > sure ? at : sure), given > this.#floor ? given : this.#floor)
  }

  #raise(at: Instant): void {
    if (at > this.#floor) this.#floor = at
  }
}

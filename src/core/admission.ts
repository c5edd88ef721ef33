import { bytesKey } from './bytes.js'
import { SessionError } from './errors.js'
import type { SessionLimits } from './limits.js'
import { chain, undoOnFailure } from './maybe.js'
import type { NewSession } from './new-session.js'
import type { Maybe, SessionStore } from './store.js'

/** Who wants a place. */
type Applicant = Pick<NewSession, 'origin' | 'owner'>

/**
 * Decides who may open one more session. A session that is being opened, or whose handshake is under way, holds a place from
 * `admit` to `release`; from then on the store counts it. So calls that run at the same time never pass a limit together.
 */
export class Admission {
  readonly #store: SessionStore
  readonly #limits: SessionLimits
  readonly #onLimit: (limit: string) => void
  readonly #ofOwner = new Places()
  readonly #ofGeneration = new Places()
  #places = 0

  constructor(parts: { store: SessionStore; limits: SessionLimits; onLimit: (limit: string) => void }) {
    this.#store = parts.store
    this.#limits = parts.limits
    this.#onLimit = parts.onLimit
  }

  /** Takes a place, or raises SessionError `limit` and takes none. */
  admit(applicant: Applicant): Maybe<void> {
    const { owner } = applicant
    const { generation } = applicant.origin
    this.#take(applicant)
    const { open } = this.#store.counts()
    let all = this.#places
    for (const count of open.values()) all += count
    if (all > this.#limits.sessions) this.#refuse(applicant, 'sessions', 'too many open sessions')
    if ((open.get(generation) ?? 0) + this.#ofGeneration.of(generation) > this.#limits.sessionsPerGeneration) {
      this.#refuse(applicant, 'sessionsPerGeneration', 'too many open sessions of this generation')
    }
    if (owner === undefined) return
    const stored = undoOnFailure(
      () => this.#store.countOf(owner),
      () => this.release(applicant),
    )
    return chain(stored, (count) => {
      if (count + this.#ofOwner.of(bytesKey(owner)) <= this.#limits.sessionsPerOwner) return
      this.#refuse(applicant, 'sessionsPerOwner', 'too many open sessions of this owner')
    })
  }

  /** Gives a place back: the session is in the store now, or will never be. */
  release({ owner, origin }: Applicant): void {
    this.#places -= 1
    this.#ofGeneration.giveBack(origin.generation)
    if (owner !== undefined) this.#ofOwner.giveBack(bytesKey(owner))
  }

  /** Counts the hit and makes the error of a limit; `name` is the configuration name. */
  refusal(name: keyof SessionLimits, message: string): SessionError {
    const limit = `limits.${name}`
    this.#onLimit(limit)
    return new SessionError('limit', message, { details: { limit, value: this.#limits[name] } })
  }

  #take({ owner, origin }: Applicant): void {
    this.#places += 1
    this.#ofGeneration.take(origin.generation)
    if (owner !== undefined) this.#ofOwner.take(bytesKey(owner))
  }

  /** Gives the place back before anybody else looks, so that of those who ask together as many pass as there is room for. */
  #refuse(applicant: Applicant, name: keyof SessionLimits, message: string): never {
    this.release(applicant)
    throw this.refusal(name, message)
  }
}

/** Places that are taken, by name; a name without any takes no memory. */
class Places {
  readonly #counts = new Map<string, number>()

  of(name: string): number {
    return this.#counts.get(name) ?? 0
  }

  take(name: string): void {
    this.#counts.set(name, this.of(name) + 1)
  }

  giveBack(name: string): void {
    const left = this.of(name) - 1
    if (left > 0) this.#counts.set(name, left)
    else this.#counts.delete(name)
  }
}

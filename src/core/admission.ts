import { bytesKey } from './bytes.js'
import type { Clock } from './clock.js'
import { SessionError } from './errors.js'
import type { SessionLimits } from './limits.js'
import { chain } from './maybe.js'
import type { NewSession } from './new-session.js'
import { OwnerPlaces } from './owner-places.js'
import { Place } from './place.js'
import { Rates } from './rates.js'
import type { Session } from './session.js'
import type { Maybe, SessionStore } from './store.js'

/** Who wants a place. */
type Applicant = Pick<NewSession, 'origin' | 'owner' | 'from'>

export interface AdmissionParts {
  readonly store: SessionStore
  readonly clock: Pick<Clock, 'now'>
  readonly limits: SessionLimits
  readonly onLimit: (limit: string) => void
  /** Ends a session to make room for another of its owner. */
  readonly evict: (session: Session) => Maybe<unknown>
}

/** Limits that are numbers, by their configuration name. */
type Limit = Exclude<keyof SessionLimits, 'onOwnerLimit'>

/**
 * Decides who may open one more session. A session that is being opened, or whose handshake is under way, holds a place; when
 * the store has it, the store counts it. So calls that run at the same time never pass a limit together.
 */
export class Admission {
  readonly #parts: AdmissionParts
  readonly #ofAddress: Rates
  readonly #ofOwner: Rates
  readonly #ownerPlaces: OwnerPlaces
  readonly #ofGeneration = new Map<string, number>()
  #places = 0

  constructor(parts: AdmissionParts) {
    const { store, clock, limits, evict } = parts
    this.#parts = parts
    this.#ofAddress = new Rates(clock, limits.createsPerAddress)
    this.#ofOwner = new Rates(clock, limits.createsPerOwner)
    const refusal = () => this.refusal('sessionsPerOwner', 'too many open sessions of this owner')
    this.#ownerPlaces = new OwnerPlaces({ store, limits, refusal, evict })
  }

  /** A place among all sessions and those of the generation. Raises SessionError `limit`. */
  admit({ origin, owner, from }: Applicant): Place {
    if (from !== undefined && !this.#ofAddress.take(from)) {
      throw this.refusal('createsPerAddress', 'too many sessions opened from this address now')
    }
    const { generation } = origin
    this.#take(generation, 1)
    const { open } = this.#parts.store.counts()
    let all = this.#places
    for (const count of open.values()) all += count
    if (all > this.#parts.limits.sessions) throw this.#refuse(generation, 'sessions', 'too many open sessions')
    const places = this.#ofGeneration.get(generation) ?? 0
    if ((open.get(generation) ?? 0) + places > this.#parts.limits.sessionsPerGeneration) {
      throw this.#refuse(generation, 'sessionsPerGeneration', 'too many open sessions of this generation')
    }
    return new Place(owner, {
      places: this.#ownerPlaces,
      checkRate: (owner) => this.#checkRate(owner),
      released: () => this.#take(generation, -1),
    })
  }

  /** Raises `limit` for an owner who would be refused as things are now; nothing is taken. For those who come back for more. */
  lookAt({ owner }: Applicant): Maybe<void> {
    const { limits, store } = this.#parts
    if (owner === undefined || limits.onOwnerLimit !== 'refuse') return
    return chain(store.countOf(owner), (count) => {
      if (count < limits.sessionsPerOwner) return
      throw this.refusal('sessionsPerOwner', 'too many open sessions of this owner')
    })
  }

  /** Counts the hit and makes the error of a limit. */
  refusal(name: Limit, message: string): SessionError {
    const limit = `limits.${name}`
    this.#parts.onLimit(limit)
    return new SessionError('limit', message, { details: { limit, value: this.#parts.limits[name] } })
  }

  #checkRate(owner: Uint8Array): void {
    if (this.#ofOwner.take(bytesKey(owner))) return
    throw this.refusal('createsPerOwner', 'too many sessions of this owner opened now')
  }

  #take(generation: string, places: 1 | -1): void {
    this.#places += places
    const left = (this.#ofGeneration.get(generation) ?? 0) + places
    // A name without any takes no memory.
    if (left > 0) this.#ofGeneration.set(generation, left)
    else this.#ofGeneration.delete(generation)
  }

  /** Gives the place back before anybody else looks, so that of those who ask together as many pass as there is room for. */
  #refuse(generation: string, name: Limit, message: string): SessionError {
    this.#take(generation, -1)
    return this.refusal(name, message)
  }
}

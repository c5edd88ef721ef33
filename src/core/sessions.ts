import { v4 as uuid } from 'uuid'
import { Admission } from './admission.js'
import { bindingOf } from './binding.js'
import type { Clock } from './clock.js'
import type { Epochs } from './epochs.js'
import { SessionError } from './errors.js'
import type { SessionEvents } from './events.js'
import type { KeyPairs, Scheme } from './keys.js'
import type { Now } from './lifetime.js'
import type { SessionLimits } from './limits.js'
import { all, chain, rescue, undoOnFailure } from './maybe.js'
import { checkNewSession, checkPartition, type NewSession, type PendingSession, startLifetime } from './new-session.js'
import type { Place } from './place.js'
import type { Random } from './random.js'
import { Reaper } from './reaper.js'
import { nameOf, refusal } from './refusal.js'
import type { Scope, Session, SessionKey, SessionRef, Tombstone } from './session.js'
import type { ListedSession, Maybe, Page, SessionFilter, SessionStore, StoreCounts } from './store.js'

export interface SessionsParts {
  readonly store: SessionStore
  readonly clock: Clock
  readonly epochs: Epochs
  readonly random: Random
  readonly keyPairs: KeyPairs
  readonly limits: SessionLimits
  readonly events: SessionEvents
  /** Called with the configuration name of each limit that is hit: `limits.sessions`. */
  readonly onLimit?: (limit: string) => void
}

/** Who asks: sessions of another generation don't exist for it. The admin's undefined stands for any. */
export interface Caller {
  readonly generation?: string | undefined
}

export interface Closer extends Caller {
  /** Kept in the tombstone: `client`, `admin`. */
  readonly endedBy: string
}

export interface SessionCounts extends StoreCounts {
  /** Handshakes between their two halves. */
  readonly pending: number
}

/** Each look after the first means that the session was renewed or ended during the one before; nobody does that for ever. */
const LOOKS = 8

/**
 * All sessions of all generations. What an adapter does to sessions, it does here; failures are SessionErrors. A read never
 * shows a session whose lifetime is over, whether or not the expiry engine has come to it.
 */
export class Sessions {
  /** Ends what is over; the expiry engine works with it. */
  readonly reaper: Reaper
  readonly #parts: SessionsParts
  readonly #admission: Admission
  readonly #pending = new Map<PendingSession, Place>()
  /** Handshakes under way, those whose key is still being made included. */
  #handshakes = 0
  #draining = false

  constructor(parts: SessionsParts) {
    this.#parts = parts
    this.reaper = new Reaper(parts)
    const { store, clock, limits, onLimit = () => {} } = parts
    const evict = (session: Session) => this.#evict(session)
    this.#admission = new Admission({ store, clock, limits, onLimit, evict })
  }

  /**
   * Opens a session; it is as durable as the store promises when this resolves. A lifetime that is over already is not refused
   * here: genuine nodes take it, and every read answers `expired`. Raises `draining`, `invalid`, `limit`.
   */
  async create(spec: NewSession): Promise<Session> {
    this.#checkOpening(spec)
    const place = this.#admission.admit(spec)
    try {
      await place.takeOfOwner()
      const { id, key } = await this.#identify(spec)
      return await this.#store(place, { id, key, spec }, spec.scope)
    } finally {
      place.release()
    }
  }

  /** The first half of a handshake: nothing is stored. Has to be confirmed or abandoned. Raises as `create` does. */
  prepare(spec: NewSession): Maybe<PendingSession> {
    this.#checkOpening(spec)
    if (this.#handshakes >= this.#parts.limits.pendingHandshakes) {
      throw this.#admission.refusal('pendingHandshakes', 'too many handshakes under way')
    }
    this.#handshakes += 1
    // A copy of the owner: a view would keep the whole message that it came in for as long as the handshake lasts.
    const kept = { ...spec, owner: copyOf(spec.owner) }
    const begin = (place: Place): Maybe<PendingSession> =>
      chain(this.#admission.lookAt(kept), () =>
        chain(this.#identify(kept), ({ id, key }) => {
          const pending = { id, key, spec: kept }
          this.#pending.set(pending, place)
          return pending
        }),
      )
    return undoOnFailure(
      () => {
        const place = this.#admission.admit(kept)
        return undoOnFailure(
          () => begin(place),
          () => place.release(),
        )
      },
      () => {
        this.#handshakes -= 1
      },
    )
  }

  /**
   * The second half: stores the session, with the scope that only this half told if there is one. From now on it counts for its
   * owner. Works while draining. Raises `limit`.
   */
  async confirm(pending: PendingSession, scope?: Scope): Promise<Session> {
    const place = this.#settle(pending)
    if (place === undefined) throw new SessionError('out_of_order', 'the handshake is over')
    try {
      await place.takeOfOwner()
      return await this.#store(place, pending, scope ?? pending.spec.scope)
    } finally {
      place.release()
    }
  }

  /** Gives up a handshake. Nothing happens if it was confirmed or abandoned before. */
  abandon(pending: PendingSession): void {
    this.#settle(pending)?.release()
  }

  /**
   * Renews a session with a timeout, visible at once. Where expiry is lazy, every overdue session of that partition ends, after
   * the renewal (the sender's own too, if its timeout is negative). Raises `not_found`, `expired`, `closed`, and `invalid` for
   * a session that lives by epochs.
   */
  keepAlive(ref: SessionRef, by: Caller): Maybe<Session> {
    return chain(this.#own(ref, by), (session) => {
      const { lifetime } = session
      if (lifetime.kind === 'epochs') {
        throw new SessionError('invalid', `session ${nameOf(ref)} lives by epochs and can't be renewed`)
      }
      const now = this.reaper.now()
      const renewedAt = now.instant > lifetime.renewedAt ? now.instant : lifetime.renewedAt
      const renewed = { ...session, lifetime: { ...lifetime, renewedAt } }
      this.#parts.store.renew(session.id, renewedAt)
      const { events, clock } = this.#parts
      if (events.active) events.publish({ kind: 'renewed', session: renewed, at_ms: clock.wallTime() })
      if (lifetime.expiry === 'eager') return renewed
      return chain(this.reaper.sweepPartition(session.partition, now), () => renewed)
    })
  }

  /** Ends a session; durable when answered. An overdue lazy one still closes. Raises `not_found`, `expired`, `closed`. */
  close(ref: SessionRef, by: Closer): Maybe<Session> {
    return chain(this.#own(ref, by), (session) =>
      chain(
        this.reaper.end(session, { reason: 'closed', endedBy: by.endedBy }),
        (ended) => ended ?? this.#refuse(ref, by),
      ),
    )
  }

  /** The open session of that name, never one whose lifetime is over. */
  find(ref: SessionRef): Maybe<Session | undefined> {
    return this.#look(ref, LOOKS)
  }

  /** The session of that name, open or ended; undefined if it is not known, or no longer. */
  known(ref: SessionRef): Maybe<ListedSession | undefined> {
    return chain(this.find(ref), (open): Maybe<ListedSession | undefined> => {
      if (open !== undefined) return { session: open }
      return chain(this.#parts.store.tombstone(ref), (tombstone) => {
        if (tombstone === undefined) return undefined
        const { session, ...end } = tombstone
        return { session, end }
      })
    })
  }

  /** Why there is no open session of that name, while it is remembered. */
  ended(ref: SessionRef): Maybe<Tombstone | undefined> {
    return chain(this.find(ref), (open) => (open === undefined ? this.#parts.store.tombstone(ref) : undefined))
  }

  /**
   * Signs with the session's key. Raises `not_found`, `expired`, `closed`, `invalid` if the session has no key, and `internal` if
   * its key does not open: the record was changed, or its data key is gone.
   */
  async sign(ref: SessionRef, data: Uint8Array, scheme: Scheme): Promise<Uint8Array> {
    const session = await this.#own(ref, {})
    const { key } = session
    if (key === undefined) throw new SessionError('invalid', `session ${nameOf(ref)} has no key to sign with`)
    try {
      return await this.#parts.keyPairs.sign(key, bindingOf(session), data, scheme)
    } catch (thrown) {
      throw SessionError.from(thrown)
    }
  }

  /**
   * Sessions, open and ended. What is overdue is never listed as open; if very many are, some of them are missing from
   * `expired` until the engine has come to them. A page may be short, even empty, and still have a cursor.
   */
  list(filter: SessionFilter, limit: number, cursor?: string): Maybe<Page> {
    if (!Number.isInteger(limit) || limit < 1) {
      throw new SessionError('invalid', `limit is ${limit}, it has to be 1 or more`, { details: { field: 'limit' } })
    }
    // What the store can't end stays due; the engine meets the same fault and reports it.
    const now = this.reaper.now()
    return chain(this.reaper.slice({ now, limit: this.#parts.limits.expiryBatch }), () => {
      // Not the now of when the page comes: what was renewed meanwhile is on it as it was before.
      const asked = this.reaper.now()
      return chain(this.#parts.store.list(filter, limit, cursor), (page) =>
        chain(all(page.items.map((item) => this.#asSeen(item, filter, asked))), (items) => ({
          ...page,
          items: items.filter((item) => item !== undefined),
        })),
      )
    })
  }

  /** Uses up one number of a partition: faithful profiles count every command with it. */
  nextNumber(partition: number): Maybe<bigint> {
    checkPartition(partition)
    return chain(this.#parts.store.reserveNumbers(partition, 1), ({ first }) => first)
  }

  /** From now on nothing new is opened; handshakes finish, sessions renew and close. */
  drain(): void {
    this.#draining = true
  }

  counts(): SessionCounts {
    return { ...this.#parts.store.counts(), pending: this.#handshakes }
  }

  #checkOpening(spec: NewSession): void {
    if (this.#draining) throw new SessionError('draining', 'the gateway shuts down')
    checkNewSession(spec)
  }

  #identify({ owner, lifetime, withKey }: NewSession): Maybe<{ id: string; key: SessionKey | undefined }> {
    const { random, keyPairs } = this.#parts
    const id = uuid({ random: random.bytes(16) })
    if (!withKey) return { id, key: undefined }
    return chain(keyPairs.take(bindingOf({ id, owner, lifetime })), (key) => ({ id, key }))
  }

  /** The place of a pending session, once. */
  #settle(pending: PendingSession): Place | undefined {
    const place = this.#pending.get(pending)
    if (this.#pending.delete(pending)) this.#handshakes -= 1
    return place
  }

  /** Ends the oldest session of an owner who opens more than there is room for. */
  #evict(session: Session): Maybe<Session | undefined> {
    if (this.reaper.isExpired(session, this.reaper.now())) return this.reaper.expire(session)
    return this.reaper.end(session, { reason: 'closed', endedBy: 'limit' })
  }

  /** Stores a session that was admitted. */
  async #store(place: Place, { id, key, spec }: PendingSession, scope: Scope = {}): Promise<Session> {
    const { store, clock, events } = this.#parts
    const { partition, owner, origin } = spec
    const number = partition === undefined ? undefined : await this.nextNumber(partition)
    const session: Session = {
      id,
      partition: partition ?? 0,
      number,
      owner: copyOf(owner),
      lifetime: startLifetime(spec.lifetime, clock.now()),
      key,
      scope,
      origin,
      createdAt_ms: clock.wallTime(),
    }
    const stored = place.store(() => store.insert(session))
    if (stored instanceof Promise) await stored
    events.publish({ kind: 'created', session, at_ms: session.createdAt_ms })
    return session
  }

  #look(ref: SessionRef, looks: number): Maybe<Session | undefined> {
    return chain(this.#parts.store.get(ref), (session) => {
      if (session === undefined || !this.reaper.isExpired(session, this.reaper.now())) return session
      return chain(this.reaper.expire(session), (ended) =>
        // Not ended here: somebody else was faster, or it was renewed after it was read. Another look tells.
        ended === undefined && looks > 1 ? this.#look(ref, looks - 1) : undefined,
      )
    })
  }

  /** The open session of that name, if the caller may touch it. */
  #own(ref: SessionRef, by: Caller): Maybe<Session> {
    return chain(this.find(ref), (session) =>
      session !== undefined && mayTouch(by, session) ? session : this.#refuse(ref, by),
    )
  }

  #refuse(ref: SessionRef, by: Caller): Maybe<never> {
    return chain(this.#parts.store.tombstone(ref), (tombstone) => {
      throw refusal(ref, tombstone !== undefined && mayTouch(by, tombstone.session) ? tombstone : undefined)
    })
  }

  /** Undefined if it is not for this list. Whoever shares the store may have renewed what is overdue: a look at it tells. */
  #asSeen(item: ListedSession, filter: SessionFilter, now: Now): Maybe<ListedSession | undefined> {
    const { session, end } = item
    if (end !== undefined || !this.reaper.isExpired(session, now)) return item
    const ref: SessionRef = { by: 'id', id: session.id }
    const endedAt_ms = this.#parts.clock.wallTime()
    const expired: ListedSession = { session, end: { reason: 'expired', endedBy: 'expiry', endedAt_ms } }
    const seen = rescue(
      () => chain(this.known(ref), (known) => known ?? expired),
      // What the store can't end has expired all the same.
      () => expired,
    )
    return chain(seen, (one) =>
      filter.state === undefined || filter.state === (one.end?.reason ?? 'open') ? one : undefined,
    )
  }
}

function copyOf(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes === undefined ? undefined : new Uint8Array(bytes)
}

function mayTouch(by: Caller, session: Session): boolean {
  return by.generation === undefined || by.generation === session.origin.generation
}

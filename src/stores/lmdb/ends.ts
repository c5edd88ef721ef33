import type { Session } from '../../core/session.js'
import type { Ended } from '../../core/store.js'
import type { CountingBatch } from './batch.js'
import type { Changes, End } from './changes.js'
import { storeError } from './damage.js'
import type { GroupCommit } from './group-commit.js'
import type { Found } from './reader.js'

/** Ends in one change, at about 10 µs each: less than a call takes, so that calls have more of the time than ends. */
const ENDS_AT_ONCE = 8

export interface EndsParts {
  readonly batch: CountingBatch
  readonly changes: Changes
  readonly commits: GroupCommit
}

/** Ends many sessions at once, by what the search for them has read. */
export class Ends {
  readonly #parts: EndsParts
  /** By the session that was told to the one who searched, and may come back with it. */
  readonly #found = new WeakMap<Session, Found>()

  constructor(parts: EndsParts) {
    this.#parts = parts
  }

  remember(found: Found): Session {
    this.#found.set(found.session, found)
    return found.session
  }

  /** As `SessionStore.endAll`. */
  async endAll(sessions: readonly Session[], end: Omit<End, 'ifRenewedAt'>): Promise<Ended> {
    const ended: Session[] = []
    const faults: unknown[] = []
    const changes: Promise<void>[] = []
    for (let from = 0; from < sessions.length; from += ENDS_AT_ONCE) {
      const some = sessions.slice(from, from + ENDS_AT_ONCE)
      const change = this.#parts.commits.run(() => this.#endSome(some, end), 'sweep')
      const settled = change.then(
        (done) => {
          ended.push(...done.sessions)
          faults.push(...done.faults)
        },
        (fault) => void faults.push(fault),
      )
      changes.push(settled)
    }
    await Promise.all(changes)
    return { sessions: ended, faults }
  }

  #endSome(some: readonly Session[], end: Omit<End, 'ifRenewedAt'>): Ended {
    const { batch } = this.#parts
    const sessions: Session[] = []
    const faults: unknown[] = []
    for (const session of some) {
      const written = batch.writes
      try {
        const ended = this.#endOne(session, end)
        if (ended !== undefined) sessions.push(ended)
      } catch (fault) {
        // Half of an end must not stay: nothing of the transaction does.
        if (batch.writes > written) throw fault
        faults.push(storeError(fault))
      }
    }
    return { sessions, faults }
  }

  #endOne(session: Session, end: Omit<End, 'ifRenewedAt'>): Session | undefined {
    const { changes } = this.#parts
    const { id, lifetime } = session
    const how: End = lifetime.kind === 'timeout' ? { ...end, ifRenewedAt: lifetime.renewedAt } : end
    const found = this.#found.get(session)
    return found === undefined ? changes.end(id, how) : changes.endUnsettled(found, how)
  }
}

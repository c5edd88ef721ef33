import { v4 as uuid } from 'uuid'
import { type Clock, type Instant, NANOSECONDS_PER_MILLISECOND } from '../../core/clock.js'
import { chain, undoOnFailure } from '../../core/maybe.js'
import type { Lease, Maybe } from '../../core/store.js'
import { Lease as StoredLease } from '../../generated/store/store.js'
import type { CountingBatch } from './batch.js'
import type { Tables } from './environment.js'
import { fromRow, toRow } from './frame.js'
import type { GroupCommit } from './group-commit.js'
import { metaKey } from './keys.js'
import type { Instance } from './processes.js'

export interface LeasesParts {
  readonly tables: Tables
  readonly batch: CountingBatch
  readonly commits: GroupCommit
  readonly clock: Pick<Clock, 'now'>
  readonly self: Instance
  /** Who has the store open now, this process included. */
  readonly living: () => readonly Instance[]
}

/**
 * Rights that one process at a time has. While nobody else has the store open a lease is not written again and again: whoever
 * comes later finds it run out, and takes it; its holder notices with its next `extend`.
 */
export class Leases {
  readonly #parts: LeasesParts
  /** Tokens of what this process holds, as far as it knows. A holder whose `extend` failed counts on nothing, and asks anew. */
  readonly #kept = new Set<string>()

  constructor(parts: LeasesParts) {
    this.#parts = parts
  }

  take(name: string, ttl_ms: number): Promise<Lease | undefined> {
    const { tables, batch, commits } = this.#parts
    const key = metaKey.lease(name)
    const token = uuid()
    const taken = commits.run(() => {
      if (this.#isHeld(this.#read(key))) return false
      batch.put(tables.meta, key, this.#row(key, token, ttl_ms))
      return true
    })
    return taken.then((held) => {
      if (!held) return undefined
      this.#kept.add(token)
      return this.#lease(name, key, token)
    })
  }

  /** Held by whoever is alive and within its time. What this process holds runs out by its own release alone, while it is alone. */
  #isHeld(lease: StoredLease | undefined): boolean {
    if (lease === undefined) return false
    const { clock, living } = this.#parts
    const alive = living()
    if (!alive.some(({ instance }) => instance === lease.instance)) return false
    return clock.now() < lease.until || (alive.length === 1 && this.#kept.has(lease.token))
  }

  #lease(name: string, key: Buffer, token: string): Lease {
    const { tables, batch, commits, living } = this.#parts
    const isMine = (): boolean => this.#read(key)?.token === token
    const letGo = (): void => void this.#kept.delete(token)
    const extend = (ttl_ms: number): Maybe<boolean> => {
      if (living().length <= 1) return isMine()
      return commits.run(() => {
        if (!isMine()) return false
        batch.put(tables.meta, key, this.#row(key, token, ttl_ms))
        return true
      })
    }
    return {
      name,
      extend: (ttl_ms) =>
        chain(
          undoOnFailure(() => extend(ttl_ms), letGo),
          (isKept) => {
            if (!isKept) letGo()
            return isKept
          },
        ),
      release: () => {
        letGo()
        return commits.run(() => {
          if (isMine()) batch.remove(tables.meta, key)
        })
      },
    }
  }

  #read(key: Buffer): StoredLease | undefined {
    const row = this.#parts.tables.meta.getBinary(key)
    return row === undefined ? undefined : fromRow(StoredLease, key, row)
  }

  #row(key: Buffer, token: string, ttl_ms: number): Uint8Array {
    const { clock, self } = this.#parts
    const until: Instant = clock.now() + BigInt(Math.ceil(ttl_ms)) * NANOSECONDS_PER_MILLISECOND
    return toRow(StoredLease, key, StoredLease.create({ token, instance: self.instance, until }))
  }
}

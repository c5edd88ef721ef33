import { writeFileSync } from 'node:fs'
import { bindingOf } from '../../src/core/binding.js'
import { hex } from '../../src/core/bytes.js'
import { systemClock } from '../../src/core/clock.js'
import type { Lifetime } from '../../src/core/lifetime.js'
import type { Session, Tombstone } from '../../src/core/session.js'
import { Keyring } from '../../src/crypto/keyring.js'
import { openSessionKey, SessionKeyPool } from '../../src/crypto/session-keys.js'
import { systemRandom } from '../../src/crypto/system-random.js'
import { wrapKeyring } from '../../src/crypto/wrapping-key.js'
import { thisMachine } from '../../src/stores/lmdb/processes.js'
import { StoreSnapshot } from '../../src/stores/lmdb/snapshot.js'
import type { LmdbStore } from '../../src/stores/lmdb/store.js'
import { openLmdb } from './lmdb.js'
import { SeededRandom } from './seeded-random.js'
import { uuid } from './stored-sessions.js'

/** A store whose session keys are real ones, and the key file beside it that opens them. */
export class SealedStore {
  readonly directory: string
  readonly keyFile: string
  readonly wrappingKey: Uint8Array
  readonly keyring = Keyring.generate(systemRandom, 1_700_000_000_000)
  readonly #pool = new SessionKeyPool({ keyring: this.keyring, random: systemRandom, size: 0 })
  readonly #random: SeededRandom

  constructor(directory: string, seed = 1) {
    this.directory = directory
    this.keyFile = `${directory}.key`
    this.#random = new SeededRandom(seed)
    this.wrappingKey = this.#random.bytes(32)
    writeFileSync(this.keyFile, `${hex(this.wrappingKey)}\n`, { mode: 0o600 })
  }

  async open(): Promise<LmdbStore> {
    const secrets = { make: () => wrapKeyring(this.keyring, this.wrappingKey), open: () => {} }
    const { store } = await openLmdb(this.directory, { secrets, wallTime: () => MADE_AT_ms })
    return store
  }

  /** Puts in so many sessions of every kind, ends some of them, and closes the store. */
  async fill(count: number): Promise<void> {
    const store = await this.open()
    try {
      await this.add(store, count)
    } finally {
      await store.close()
    }
  }

  async add(store: LmdbStore, count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#addOne(store)))
  }

  async #addOne(store: LmdbStore): Promise<void> {
    const random = this.#random
    const session = random.below(2) === 0 ? this.#neofs() : await this.#atomix(store)
    await store.insert(session)
    if (random.below(4) !== 0) return
    const reason = random.below(2) === 0 ? 'closed' : 'expired'
    await store.end(session.id, { reason, endedBy: 'client', endedAt_ms: MADE_AT_ms + random.below(1_000_000) })
  }

  #neofs(): Session {
    const random = this.#random
    const id = uuid()
    const owner = random.below(8) === 0 ? undefined : new Uint8Array(25).fill(random.below(5))
    const lifetime: Lifetime = {
      kind: 'epochs',
      notBefore: this.#uint64(),
      issuedAt: this.#uint64(),
      expiration: this.#uint64(),
      edge: this.#oneOf('inclusive', 'exclusive'),
    }
    return {
      id,
      partition: 0,
      number: undefined,
      owner,
      lifetime,
      key: this.#pool.take(bindingOf({ id, owner, lifetime })),
      scope: this.#oneOf({}, { verb: 'PUT' }, { 'ünusual "name"': ['a\n', '', '𝄞'], other: '\u2028' }),
      origin: {
        generation: this.#oneOf('v1-legacy', 'v1', 'v2'),
        dialect: this.#oneOf('a2', 'v2'),
        clientVersion: '2.21',
      },
      createdAt_ms: MADE_AT_ms + random.below(1_000_000),
    }
  }

  async #atomix(store: LmdbStore): Promise<Session> {
    const random = this.#random
    const partition = 1 + random.below(3)
    const { first } = await store.reserveNumbers(partition, 1)
    return {
      id: uuid(),
      partition,
      number: first,
      owner: undefined,
      lifetime: {
        kind: 'timeout',
        timeout_ns: this.#oneOf(30_000_000_000n, 0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)),
        renewedAt: systemClock.now(),
        edge: this.#oneOf('inclusive', 'exclusive'),
        expiry: this.#oneOf('eager', 'lazy'),
      },
      key: undefined,
      scope: {},
      origin: { generation: 'atomix', dialect: 'atomix', clientVersion: '' },
      createdAt_ms: MADE_AT_ms + random.below(1_000_000),
    }
  }

  #uint64(): bigint {
    return this.#oneOf(0n, 1n, 2n ** 53n + 1n, 2n ** 64n - 1n, BigInt(this.#random.below(1000)))
  }

  #oneOf<T>(...choices: readonly [T, ...T[]]): T {
    return choices[this.#random.below(choices.length)] ?? choices[0]
  }
}

export const MADE_AT_ms = 1_600_000_000_000

/** A session as it has to come out of an export: no clock in it, and its private key in clear. */
export interface Comparable {
  readonly session: Omit<Session, 'key'>
  readonly publicKey: string | undefined
  readonly account: string | undefined
  readonly privateKey: string | undefined
  readonly end: Omit<Tombstone, 'session'> | undefined
}

export interface ComparableStore {
  readonly sessions: readonly Comparable[]
  readonly numbers: ReadonlyMap<number, bigint>
  readonly madeAt_ms: number
}

/** All that is in a store. */
export async function contentsOf(directory: string, keyring: Keyring): Promise<ComparableStore> {
  const snapshot = await StoreSnapshot.open({ directory, machine: thisMachine, onCheck: () => {} })
  try {
    return {
      sessions: Array.from(snapshot.sessions(), ({ session, end }) => comparable(session, end, keyring)),
      numbers: new Map([...snapshot.numbers()].map(({ partition, last }) => [partition, last])),
      madeAt_ms: snapshot.madeAt_ms,
    }
  } finally {
    await snapshot.close()
  }
}

function comparable({ key, ...session }: Session, end: Comparable['end'], keyring: Keyring): Comparable {
  const { lifetime, owner } = session
  const opened = key !== undefined && end === undefined && openSessionKey(key, keyring, bindingOf(session))
  return {
    session: {
      ...session,
      owner: owner && new Uint8Array(owner),
      lifetime: lifetime.kind === 'timeout' ? { ...lifetime, renewedAt: 0n } : lifetime,
    },
    publicKey: key && hex(key.publicKey),
    account: key && hex(key.account),
    privateKey: opened ? hex(opened) : undefined,
    end,
  }
}

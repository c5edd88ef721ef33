import type { Config } from '../../src/config/schema.js'
import { systemClock } from '../../src/core/clock.js'
import type { Session } from '../../src/core/session.js'
import type { SessionStore } from '../../src/core/store.js'
import type { Keyring } from '../../src/crypto/keyring.js'
import { systemRandom } from '../../src/crypto/system-random.js'
import { type OpenStore, openStore } from '../../src/gateway/stores.js'
import { silentLogger } from '../../src/log.js'
import { Commits, Meter } from './meter.js'
import { oneMoreSession, sessionAt } from './population.js'
import { sampleOf } from './sample.js'

const ROUNDS = 40
/** Calls at once, which share commits: fewer than the smallest store has sessions with a timeout. */
const AT_ONCE = 200
/** Creates of the client that waits, in each round. */
const ALONE = 5

/** Every operation of a store, each with its meter. Closes are of sessions all over the store, and as many are created. */
export class Operations {
  readonly read: Meter
  readonly renewal: Meter
  readonly create: Meter
  readonly close: Meter
  /** By one client, which waits for each answer. */
  readonly createAlone: Meter
  readonly #store: SessionStore
  readonly #keyring: Keyring
  readonly #sample: Session[]
  #created = 0

  private constructor({ store, keyring }: OpenStore, sample: Session[], commits: Commits) {
    this.#store = store
    this.#keyring = keyring
    this.#sample = sample
    this.read = new Meter(commits)
    this.renewal = new Meter(commits)
    this.create = new Meter(commits)
    this.close = new Meter(commits)
    this.createAlone = new Meter(commits)
  }

  /** The store of a configuration, with so many sessions. One that is empty is filled first. */
  static async open(config: Config, sessions: number): Promise<Operations> {
    const commits = new Commits()
    const opened = await openStore(config, {
      log: silentLogger,
      clock: systemClock,
      random: systemRandom,
      onLimit: () => {},
      onCommit: (duration_ms) => commits.add(duration_ms),
      onBroken: () => {},
    })
    const { store, keyring } = opened
    if (store.counts().open.size === 0) {
      for (let index = 0; index < sessions; index++) await store.insert(sessionAt(index, keyring))
    }
    return new Operations(opened, await sampleOf(store, sessions), commits)
  }

  /** Takes the sessions that it is about from the front of the sample, and puts those that it created behind. */
  async round(): Promise<void> {
    const store = this.#store
    const some = this.#sample.splice(0, AT_ONCE)
    await this.read.add(some.length, async () => {
      for (const { id } of some) await store.get({ by: 'id', id })
    })
    const renewable = some.filter(({ lifetime }) => lifetime.kind === 'timeout')
    await this.renewal.addLater(renewable.length, () => {
      for (const { id } of renewable) store.renew(id, systemClock.now())
    })
    const created = this.#more(AT_ONCE)
    await this.create.add(AT_ONCE, async () => {
      await Promise.all(created.map((session) => store.insert(session)))
    })
    const end = { reason: 'closed', endedBy: 'client', endedAt_ms: systemClock.wallTime() } as const
    await this.close.add(some.length, async () => {
      await Promise.all(some.map(({ id }) => store.end(id, end)))
    })
    this.#sample.push(...created)
    const alone = this.#more(ALONE)
    await this.createAlone.add(ALONE, async () => {
      for (const session of alone) await store.insert(session)
    })
  }

  end(): Promise<void> {
    return this.#store.close()
  }

  #more(count: number): Session[] {
    return Array.from({ length: count }, () => oneMoreSession(this.#created++, this.#keyring))
  }
}

/** Rounds of all stores in turn, so that a machine that is busy for a while is busy for each of them. */
export async function runInTurn(stores: readonly Operations[]): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    for (const operations of stores) await operations.round()
  }
  for (const operations of stores) await operations.end()
}

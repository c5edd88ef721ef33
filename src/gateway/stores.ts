import { ConfigError } from '../config/error.js'
import type { Config } from '../config/schema.js'
import type { Clock } from '../core/clock.js'
import { SessionError } from '../core/errors.js'
import type { Random } from '../core/random.js'
import type { SessionStore } from '../core/store.js'
import { Keyring } from '../crypto/keyring.js'
import { SealError } from '../crypto/seal.js'
import { unwrapKeyring, WrongKeyError, wrapKeyring } from '../crypto/wrapping-key.js'
import type { Logger } from '../log.js'
import { openStore as openLmdb, type Secrets } from '../stores/lmdb/open.js'
import { thisMachine } from '../stores/lmdb/processes.js'
import { MemoryStore } from '../stores/memory.js'
import { endForeignLine } from './logging.js'
import { readStoreKey } from './store-key.js'

export interface StoreParts {
  readonly log: Logger
  readonly clock: Clock
  readonly random: Random
  readonly onLimit: (limit: string) => void
  /** Told of each commit of a store on disk. */
  readonly onCommit: (duration_ms: number) => void
  /** The store on disk takes and gives nothing more until it is opened again. */
  readonly onBroken: (fault: unknown) => void
}

export interface OpenStore {
  readonly store: SessionStore
  /** Wall-clock milliseconds. */
  readonly madeAt_ms: number
  /** Seals the session keys in it. */
  readonly keyring: Keyring
}

const LMDB = 'lmdb:'

/** The data directory of a store on disk; undefined for one in memory. */
export function dataDirectoryOf({ store }: Pick<Config, 'store'>): string | undefined {
  return store.url.startsWith(LMDB) ? store.url.slice(LMDB.length) : undefined
}

/** Opens the store that the configuration names. @throws ConfigError, SessionError `store_unavailable` */
export async function openStore(config: Config, parts: StoreParts): Promise<OpenStore> {
  const { tombstones, partitions } = config.limits
  const { log, clock, random, onLimit } = parts
  const directory = dataDirectoryOf(config)
  const common = { url: config.store.url, tombstones, partitions, onLimit }
  if (directory === undefined) {
    return { store: new MemoryStore(common), madeAt_ms: clock.wallTime(), keyring: Keyring.ephemeral(random) }
  }
  const secrets = new StoreSecrets(config, directory, parts)
  const { store, madeAt_ms } = await openLmdb({
    ...common,
    directory,
    secrets,
    clock,
    machine: thisMachine,
    wallTime: () => clock.wallTime(),
    onCommit: ({ duration_ms }) => parts.onCommit(duration_ms),
    onFailure: endForeignLine,
    onBroken: (fault) => parts.onBroken(fault),
    onFault: (err) =>
      log.error({ err }, 'what nobody waits for, such as renewals, could not be stored; it is tried again'),
    onCheck: () => log.info({ store: config.store.url }, 'the store was not closed cleanly: all of it is checked'),
  })
  return { store, madeAt_ms, keyring: secrets.keyring }
}

type SecretParts = Pick<StoreParts, 'log' | 'clock' | 'random'>

/** The data keys of a store, wrapped with the key that does not lie in it. */
export class StoreSecrets implements Secrets {
  readonly #config: Config
  readonly #directory: string
  readonly #parts: SecretParts
  #keyring: Keyring | undefined

  constructor(config: Config, directory: string, parts: SecretParts) {
    this.#config = config
    this.#directory = directory
    this.#parts = parts
  }

  get keyring(): Keyring {
    if (this.#keyring === undefined) throw new ConfigError('the store is not open')
    return this.#keyring
  }

  make(): Uint8Array {
    const { random, clock } = this.#parts
    const keyring = Keyring.generate(random, Math.trunc(clock.wallTime()))
    this.#keyring = keyring
    return this.#withKey(false, (key) => wrapKeyring(keyring, key))
  }

  open(kept: Uint8Array | undefined): void {
    this.#keyring = this.#withKey(true, (key) => {
      try {
        return unwrapKeyring(kept ?? new Uint8Array(0), key)
      } catch (cause) {
        if (!(cause instanceof WrongKeyError || cause instanceof SealError)) throw cause
        throw new SessionError('store_unavailable', `the store in ${this.#directory} does not open: ${cause.message}`, {
          cause,
        })
      }
    })
  }

  #withKey<T>(storeExists: boolean, use: (key: Uint8Array) => T): T {
    const { log } = this.#parts
    const key = readStoreKey(this.#config.store, this.#directory, { storeExists, log })
    try {
      return use(key)
    } finally {
      key.fill(0)
    }
  }
}

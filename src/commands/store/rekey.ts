import { existsSync } from 'node:fs'
import { ConfigError } from '../../config/error.js'
import type { ConfigInputs } from '../../config/load.js'
import { parseSecretPlace } from '../../config/secret-place.js'
import { systemClock } from '../../core/clock.js'
import { SessionError } from '../../core/errors.js'
import type { Keyring } from '../../crypto/keyring.js'
import { SealError } from '../../crypto/seal.js'
import { systemRandom } from '../../crypto/system-random.js'
import { unwrapKeyring, WrongKeyError, wrapKeyring } from '../../crypto/wrapping-key.js'
import { newWrappingKeyText } from '../../crypto/wrapping-key-text.js'
import { isInside, makeSecretFile, syncDirectoryOf } from '../../gateway/secret-file.js'
import { readStoreKey } from '../../gateway/store-key.js'
import { requireStore } from '../../stores/lmdb/inspect.js'
import { openAlone } from '../../stores/lmdb/open.js'
import { thisMachine } from '../../stores/lmdb/processes.js'
import type { RekeyFlags } from '../store.js'
import { CHECKING, keyOfFlag, type Place, placeOf } from './place.js'
import { grouped, Progress } from './progress.js'
import { resealStore } from './reseal.js'

export async function rekey(inputs: ConfigInputs, { newKey }: RekeyFlags): Promise<void> {
  const place = placeOf(inputs)
  const { config, directory, log } = place
  requireStore(directory)
  const began_ms = performance.now()
  const keys = new RekeyKeys(place, newKey)
  keys.readNewKey()
  try {
    const { store } = await openAlone({
      directory,
      secrets: keys,
      machine: thisMachine,
      clock: systemClock,
      aloneFor: 'rekey',
      tombstones: config.limits.tombstones,
      partitions: config.limits.partitions,
      wallTime: () => systemClock.wallTime(),
      onCheck: () => log.info({}, CHECKING),
    })
    const progress = new Progress('sessions sealed anew', store.sessions)
    try {
      const { changed, finishedEarlier } = resealStore({
        store,
        keyring: keys.keyring,
        wrap: (keyring) => wrapKeyring(keyring, keys.before),
        wrapLast: (keyring) => wrapKeyring(keyring, keys.after()),
        random: systemRandom,
        wallTime_ms: systemClock.wallTime(),
        onBatch: (looked) => progress.advance(looked),
      })
      progress.end()
      const seconds = ((performance.now() - began_ms) / 1000).toFixed(1)
      const how = finishedEarlier ? ', which finishes the rekey that was interrupted' : ''
      process.stdout.write(`${place.url}: ${grouped(changed)} session keys sealed anew in ${seconds} s${how}\n`)
      if (newKey !== undefined)
        process.stdout.write(`the store opens with ${newKey} from now on: set store.key to it\n`)
    } finally {
      progress.end()
      await store.close()
    }
  } finally {
    keys.wipe()
  }
}

/** The wrapping keys of a store whose keys change: before, and after. */
class RekeyKeys {
  readonly #place: Place
  readonly #newKey: string | undefined
  #before: Uint8Array | undefined
  #after: Uint8Array | undefined
  #keyring: Keyring | undefined

  constructor(place: Place, newKey: string | undefined) {
    this.#place = place
    this.#newKey = newKey
  }

  get keyring(): Keyring {
    return there(this.#keyring)
  }

  get before(): Uint8Array {
    return there(this.#before)
  }

  /** What is wrong with the new key is said before the store is opened. Its file is made only once the store is. */
  readNewKey(): void {
    if (this.#newKey === undefined || fileToMake(this.#newKey, this.#place) !== undefined) return
    this.after()
  }

  make(): never {
    throw new SessionError(
      'store_unavailable',
      `the store in ${this.#place.directory} is empty: there is nothing to rekey`,
    )
  }

  open(kept: Uint8Array | undefined): void {
    const { config, directory, log } = this.#place
    this.#before ??= readStoreKey(config.store, directory, { storeExists: true, log })
    const wrapped = kept ?? new Uint8Array(0)
    try {
      try {
        this.#keyring = unwrapKeyring(wrapped, this.#before)
      } catch (error) {
        // It may have come to its end before, and nobody has told the configuration.
        if (!(error instanceof WrongKeyError) || this.#newKey === undefined) throw error
        this.#keyring = unwrapKeyring(wrapped, this.after())
        this.#before = this.after()
      }
    } catch (error) {
      if (!(error instanceof WrongKeyError || error instanceof SealError)) throw error
      throw new SessionError('store_unavailable', `the store in ${directory} does not open: ${error.message}`, {
        cause: error,
      })
    }
  }

  /** The new wrapping key, whose file is made if it is not there; without a new one, the one before. */
  after(): Uint8Array {
    if (this.#newKey === undefined) return this.before
    this.#after ??= newKeyOf(this.#newKey, this.#place)
    return this.#after
  }

  wipe(): void {
    this.#before?.fill(0)
    this.#after?.fill(0)
  }
}

function newKeyOf(newKey: string, place: Place): Uint8Array {
  const path = fileToMake(newKey, place)
  if (path !== undefined) makeKeyFile(path, place)
  return keyOfFlag('--new-key', newKey, place)
}

/** The path of a key file that is named and not there, if it may be made; `keyOfFlag` says what is wrong with the others. */
function fileToMake(newKey: string, { directory }: Place): string | undefined {
  const parsed = parseSecretPlace(newKey)
  if (!('place' in parsed) || parsed.place.kind !== 'file') return undefined
  const path = parsed.place.name
  return isInside(directory, path) || existsSync(path) ? undefined : path
}

function makeKeyFile(path: string, { log }: Place): void {
  try {
    makeSecretFile(path, newWrappingKeyText(systemRandom))
    syncDirectoryOf(path)
  } catch (cause) {
    throw new ConfigError(`--new-key: the key file ${path} cannot be made: ${String(cause)}`, { cause })
  }
  log.info({ file: path }, 'made a new key file: keep a copy of it')
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the store is not open')
  return value
}

import { ConfigError, oneLine, shown } from '../../config/error.js'
import { type ConfigInputs, loadConfig } from '../../config/load.js'
import type { Config } from '../../config/schema.js'
import { systemClock } from '../../core/clock.js'
import { systemRandom } from '../../crypto/system-random.js'
import { readStoreKey } from '../../gateway/store-key.js'
import { dataDirectoryOf, StoreSecrets } from '../../gateway/stores.js'
import type { Logger } from '../../log.js'
import { thisMachine } from '../../stores/lmdb/processes.js'
import { StoreSnapshot } from '../../stores/lmdb/snapshot.js'

/** The store that a command works on. */
export interface Place {
  readonly config: Config
  readonly directory: string
  /** `lmdb:./data`. */
  readonly url: string
  readonly log: Logger
}

/** @throws ConfigError */
export function placeOf(inputs: ConfigInputs): Place {
  const { config } = loadConfig(inputs)
  const { url } = config.store
  const directory = dataDirectoryOf(config)
  if (directory === undefined) {
    throw new ConfigError(`--store: got ${shown(url)}, a store that is in the memory of its gateway; takes lmdb:PATH`)
  }
  return { config, directory, url, log: commandLog }
}

/** Lines for people on standard error. */
export const commandLog: Logger = { debug() {}, info: say, warn: say, error: say }

function say(fields: object, message: string): void {
  const rest = Object.entries(fields).map(([name, value]) => `${name} ${String(value)}`)
  process.stderr.write(`session-gateway: ${oneLine([message, ...rest].join(', '))}\n`)
}

export const CHECKING = 'the store was not closed cleanly: all of it is checked'

/** Reads a store in use or not, and lets go of it. @throws StoreRefusedError */
export async function withSnapshot<T>({ directory, log }: Place, read: (snapshot: StoreSnapshot) => T): Promise<T> {
  const onCheck = (): void => log.info({}, CHECKING)
  const snapshot = await StoreSnapshot.open({ directory, machine: thisMachine, onCheck })
  try {
    return snapshot.reading(() => read(snapshot))
  } finally {
    await snapshot.close()
  }
}

export function secretsOf({ config, directory, log }: Place): StoreSecrets {
  return new StoreSecrets(config, directory, { log, clock: systemClock, random: systemRandom })
}

/** The wrapping key that a flag names: 32 bytes that the caller wipes. @throws ConfigError that names the flag */
export function keyOfFlag(flag: string, key: string, { config, directory, log }: Place): Uint8Array {
  try {
    return readStoreKey({ ...config.store, key }, directory, { storeExists: false, log })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new ConfigError(error.message.replace(/^store\.key\b/, flag), { cause: error })
  }
}

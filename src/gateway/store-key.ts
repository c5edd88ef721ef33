import { statSync } from 'node:fs'
import { ConfigError } from '../config/error.js'
import type { Config } from '../config/schema.js'
import { parseSecretPlace, SECRET_PLACES, type SecretPlace } from '../config/secret-place.js'
import { SessionError } from '../core/errors.js'
import { systemRandom } from '../crypto/system-random.js'
import { newWrappingKeyText, parseWrappingKey, WRAPPING_KEY_FORMS } from '../crypto/wrapping-key-text.js'
import type { Logger } from '../log.js'
import { codeOf, isInside, makeSecretFile, pathBeside, readSecretFile, syncDirectoryOf } from './secret-file.js'
import { type Environment, readSecretPlace } from './secret-place.js'

const KEY = 'store.key'
const ENDING = '.key'

export interface StoreKeyParts {
  /** Whether there is a store in the data directory. Its key is never made anew: nothing in it would open. */
  readonly storeExists: boolean
  readonly log: Logger
  /** By default the environment of the process. */
  readonly env?: Environment
}

/**
 * The wrapping key of the store in that directory: 32 bytes that the caller wipes once the keyring is open. Nothing that the key
 * is made of is ever in an error.
 * @throws ConfigError if `store.key` names none, SessionError `store_unavailable` if the file beside the store is none.
 */
export function readStoreKey(store: Config['store'], dataDirectory: string, parts: StoreKeyParts): Uint8Array {
  if (store.key === undefined) return keyBeside(dataDirectory, parts)
  const parsed = parseSecretPlace(store.key)
  if (!('place' in parsed)) throw new ConfigError(`${KEY}: takes ${SECRET_PLACES}`)
  const { place } = parsed
  if (place.kind === 'file' && isInside(dataDirectory, place.name)) {
    throw new ConfigError(
      `${KEY}: ${place.name} is in the data directory ${dataDirectory}; whoever copied that had the key as well`,
    )
  }
  const found = keyIn(place, parts)
  if ('key' in found) return found.key
  const takes = parts.storeExists ? 'the key that the store was made with' : WRAPPING_KEY_FORMS
  throw new ConfigError(`${KEY}: the ${found.what} ${found.problem}; it takes ${takes}`)
}

/** The file beside the data directory, made with the store. */
function keyBeside(dataDirectory: string, parts: StoreKeyParts): Uint8Array {
  const path = pathBeside(dataDirectory, ENDING)
  if (isInside(dataDirectory, path)) {
    throw new ConfigError(`${KEY} has to be given: there is nothing beside the data directory ${dataDirectory}`)
  }
  if (!parts.storeExists) makeKeyFile(path, dataDirectory, parts.log)
  const found = keyIn({ kind: 'file', name: path }, parts)
  if ('key' in found) return found.key
  if (!parts.storeExists) {
    throw new ConfigError(`${KEY}: the ${found.what} ${found.problem}; it takes ${WRAPPING_KEY_FORMS}`)
  }
  throw new SessionError(
    'store_unavailable',
    `the key file of the store in ${dataDirectory}, ${path}, ${found.problem}; without it no session key in the store opens: ` +
      `put it back, or say in ${KEY} where it is`,
  )
}

function makeKeyFile(path: string, dataDirectory: string, log: Logger): void {
  try {
    if (readSecretFile(path) === undefined) {
      makeSecretFile(path, newWrappingKeyText(systemRandom))
      log.info({ file: path }, 'made the key file of a new store: a copy of the store is of no use without it')
      if (onAnotherFileSystem(path, dataDirectory)) {
        log.warn(
          { file: path, store: dataDirectory },
          'the key file is on another file system than the store: keep both',
        )
      }
    }
    // Before the store is: a power cut must not leave a store whose key is gone.
    syncDirectoryOf(path)
  } catch (cause) {
    const why = `cannot be made (${codeOf(cause)})`
    throw new ConfigError(`${KEY}: the key file ${path} ${why}; say in ${KEY} where the key is: ${SECRET_PLACES}`, {
      cause,
    })
  }
}

/** As where only the data directory is a volume of a container: the next container has the store and not its key. */
function onAnotherFileSystem(path: string, dataDirectory: string): boolean {
  const directory = statSync(dataDirectory, { throwIfNoEntry: false })
  return directory !== undefined && directory.dev !== statSync(path).dev
}

type Found = { readonly key: Uint8Array } | { readonly what: string; readonly problem: string }

/** Says in the log if the mode of a file lets others at it. */
function keyIn(place: SecretPlace, { log, env }: StoreKeyParts): Found {
  const secret = readSecretPlace(place, env)
  if ('problem' in secret) return secret
  const { what, content, isOpenToOthers } = secret
  if (isOpenToOthers) log.warn({ file: place.name }, 'others can use the key file of the store; chmod 600 it')
  const parsed = parseWrappingKey(content)
  content.fill(0)
  return 'key' in parsed ? parsed : { what, problem: `holds no key: ${parsed.problem}` }
}

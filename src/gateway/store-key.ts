import { statSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '../config/error.js'
import type { Config } from '../config/schema.js'
import { parseStoreKeySpec, STORE_KEY_FORMS, type StoreKeySpec } from '../config/store-key-spec.js'
import { SessionError } from '../core/errors.js'
import { systemRandom } from '../crypto/system-random.js'
import { newWrappingKeyText, parseWrappingKey, WRAPPING_KEY_FORMS } from '../crypto/wrapping-key-text.js'
import type { Logger } from '../log.js'
import {
  codeOf,
  isInside,
  makeSecretFile,
  pathBeside,
  readSecretFile,
  type SecretFile,
  syncDirectoryOf,
} from './secret-file.js'

const KEY = 'store.key'
const ENDING = '.key'

export interface StoreKeyParts {
  /** Whether there is a store in the data directory. Its key is never made anew: nothing in it would open. */
  readonly storeExists: boolean
  readonly log: Logger
  /** By default the environment of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/**
 * The wrapping key of the store in that directory: 32 bytes that the caller wipes once the keyring is open. Nothing that the key
 * is made of is ever in an error.
 * @throws ConfigError if `store.key` names none, SessionError `store_unavailable` if the file beside the store is none.
 */
export function readStoreKey(store: Config['store'], dataDirectory: string, parts: StoreKeyParts): Uint8Array {
  if (store.key === undefined) return keyBeside(dataDirectory, parts)
  const parsed = parseStoreKeySpec(store.key)
  if (!('spec' in parsed)) throw new ConfigError(`${KEY}: takes ${STORE_KEY_FORMS}`)
  const { spec } = parsed
  switch (spec.kind) {
    case 'file':
      return keyOfFile(spec, dataDirectory, parts)
    case 'env':
      return keyOfVariable(spec, parts)
    case 'credential':
      return keyOfCredential(spec, parts)
  }
}

/** The file beside the data directory, made with the store. */
function keyBeside(dataDirectory: string, parts: StoreKeyParts): Uint8Array {
  const path = pathBeside(dataDirectory, ENDING)
  if (isInside(dataDirectory, path)) {
    throw new ConfigError(`${KEY} has to be given: there is nothing beside the data directory ${dataDirectory}`)
  }
  if (!parts.storeExists) makeKeyFile(path, dataDirectory, parts.log)
  const key = readKey(path, parts.log)
  if (key instanceof Uint8Array || !parts.storeExists) return keyOfNamed(`file ${path}`, key, parts)
  throw new SessionError(
    'store_unavailable',
    `the key file of the store in ${dataDirectory}, ${path}, ${key.problem}; without it no session key in the store opens: ` +
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
    throw new ConfigError(`${KEY}: the key file ${path} ${why}; say in ${KEY} where the key is: ${STORE_KEY_FORMS}`, {
      cause,
    })
  }
}

/** As where only the data directory is a volume of a container: the next container has the store and not its key. */
function onAnotherFileSystem(path: string, dataDirectory: string): boolean {
  const directory = statSync(dataDirectory, { throwIfNoEntry: false })
  return directory !== undefined && directory.dev !== statSync(path).dev
}

function keyOfFile({ name }: StoreKeySpec, dataDirectory: string, parts: StoreKeyParts): Uint8Array {
  if (isInside(dataDirectory, name)) {
    throw new ConfigError(
      `${KEY}: ${name} is in the data directory ${dataDirectory}; whoever copied that had the key as well`,
    )
  }
  return keyOfNamed(`file ${name}`, readKey(name, parts.log), parts)
}

function keyOfVariable({ name }: StoreKeySpec, parts: StoreKeyParts): Uint8Array {
  const text = (parts.env ?? process.env)[name]
  const key = text === undefined || text === '' ? { problem: 'is not set' } : parse(Buffer.from(text, 'utf8'))
  return keyOfNamed(`variable ${name}`, key, parts)
}

function keyOfCredential({ name }: StoreKeySpec, parts: StoreKeyParts): Uint8Array {
  const directory = (parts.env ?? process.env)['CREDENTIALS_DIRECTORY']
  if (directory === undefined || directory === '') {
    throw new ConfigError(
      `${KEY}: credential:${name} needs CREDENTIALS_DIRECTORY, which systemd sets where the unit has LoadCredential=${name}:PATH`,
    )
  }
  return keyOfNamed(`credential ${name}`, readKey(join(directory, name)), parts)
}

interface NoKey {
  /** `is not there`. */
  readonly problem: string
}

function keyOfNamed(what: string, key: Uint8Array | NoKey, { storeExists }: StoreKeyParts): Uint8Array {
  if (key instanceof Uint8Array) return key
  const takes = storeExists ? 'the key that the store was made with' : WRAPPING_KEY_FORMS
  throw new ConfigError(`${KEY}: the ${what} ${key.problem}; it takes ${takes}`)
}

/** `log` is told if the mode lets others at the file; how systemd guards credentials is its own matter. */
function readKey(path: string, log?: Logger): Uint8Array | NoKey {
  let file: SecretFile | undefined
  try {
    file = readSecretFile(path)
  } catch (error) {
    return { problem: `cannot be read (${codeOf(error)})` }
  }
  if (file === undefined) return { problem: 'is not there' }
  if (file.isOpenToOthers) log?.warn({ file: path }, 'others can use the key file of the store; chmod 600 it')
  return parse(file.content)
}

/** Wipes the content. */
function parse(content: Uint8Array): Uint8Array | NoKey {
  const parsed = parseWrappingKey(content)
  content.fill(0)
  return 'key' in parsed ? parsed.key : { problem: `holds no key: ${parsed.problem}` }
}

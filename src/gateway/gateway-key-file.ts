import { ConfigError } from '../config/error.js'
import type { Config } from '../config/schema.js'
import type { Random } from '../core/random.js'
import { GatewayKey } from '../crypto/gateway-key.js'
import type { Logger } from '../log.js'
import { codeOf, makeSecretFile, pathBeside, readSecretFile, type SecretFile, syncDirectoryOf } from './secret-file.js'
import { gatewayKeyOf } from './settings.js'
import { dataDirectoryOf } from './stores.js'

const ENDING = '.gateway.pem'

/** The gateway's own key: the one that is configured, else the one beside the store; with a store in memory a new one. */
export function gatewayKeyFor(config: Config, random: Random, log: Logger): GatewayKey {
  const dataDirectory = dataDirectoryOf(config)
  if (config.key !== undefined || dataDirectory === undefined) return gatewayKeyOf(config, random)
  return gatewayKeyBeside(dataDirectory, random, log)
}

/**
 * The gateway's own key in the file beside the data directory, made at the first start; processes that start at the same time
 * have the same. @throws ConfigError that never repeats what the file holds.
 */
export function gatewayKeyBeside(dataDirectory: string, random: Random, log: Logger): GatewayKey {
  const path = pathBeside(dataDirectory, ENDING)
  const { content, isOpenToOthers } = fileAt(path, random)
  if (isOpenToOthers) log.warn({ file: path }, "others can use the file of the gateway's own key; chmod 600 it")
  try {
    return GatewayKey.parse(Buffer.from(content).toString('utf8'), random)
  } catch (error) {
    throw new ConfigError(`key (--key): ${path}: ${error instanceof Error ? error.message : 'no key'}`)
  } finally {
    content.fill(0)
  }
}

function fileAt(path: string, random: Random): SecretFile {
  try {
    const there = readSecretFile(path)
    if (there !== undefined) return there
    makeSecretFile(path, GatewayKey.generate(random).toPem())
    syncDirectoryOf(path)
    const made = readSecretFile(path)
    if (made !== undefined) return made
  } catch (cause) {
    throw unusable(path, codeOf(cause), cause)
  }
  throw unusable(path, 'ENOENT')
}

function unusable(path: string, why: string, cause?: unknown): ConfigError {
  return new ConfigError(
    `key (--key): ${path} can be neither read nor made (${why}); give the gateway's own key with --key`,
    {
      cause,
    },
  )
}

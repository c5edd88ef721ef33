import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { ConfigError, shown } from '../config/error.js'
import type { ConfigInputs } from '../config/load.js'
import type { Config } from '../config/schema.js'
import type { AdminClientOptions, AdminPlace, SessionSource } from '../explain/index.js'
import { codeOf } from '../gateway/secret-file.js'

/** Where a command looks sessions up. */
export interface SourceFlags {
  readonly admin?: string
  readonly adminToken?: string
  readonly adminCa?: string
  readonly adminCert?: string
  readonly adminKey?: string
  readonly store?: string
  readonly config?: string
}

/** Adds the flags that say where sessions are looked up. */
export function withSourceFlags(command: Command, { admin, store }: { admin: string; store: string }): Command {
  return command
    .option('--admin <ADDRESS>', `${admin}: HOST:PORT, https://HOST:PORT or unix:PATH`)
    .option('--admin-token <PLACE>', 'a token of that gateway: file:PATH, env:NAME or credential:NAME')
    .option('--admin-ca <FILE>', 'who vouches for its certificate (PEM), if not an authority that the system knows')
    .option('--admin-cert <FILE>', 'a client certificate for it (PEM), if it asks for one; takes --admin-key')
    .option('--admin-key <FILE>', 'the private key of that certificate (PEM, without a passphrase)')
    .option('--store <URL>', store)
    .option('--config <FILE>', 'read this file instead of session-gateway.yaml in the working directory')
}

/** The store of `--store`, else the gateway of `--admin`, else that of the configuration. */
export async function sourceOf(flags: SourceFlags): Promise<SessionSource> {
  const { admin, store } = flags
  if (store === undefined) {
    const { AdminSource } = await import('../explain/index.js')
    return new AdminSource(await placeOf(flags), await credentialsOf(flags))
  }
  if (admin !== undefined) throw new ConfigError('--admin asks a gateway and --store reads a store: give one of them')
  const { StoreSource } = await import('./store/session-source.js')
  return new StoreSource(inputsOf(flags.config, [{ flag: '--store', path: 'store.url', text: store }]))
}

function inputsOf(file: string | undefined, flags: ConfigInputs['flags'] = []): ConfigInputs {
  return { flags, env: process.env, directory: process.cwd(), ...(file === undefined ? {} : { file }) }
}

/** The flag's, else that of the configuration. */
async function placeOf({ admin, config }: SourceFlags): Promise<AdminPlace> {
  const { ADMIN_ADDRESSES, parseAdminPlace } = await import('../explain/index.js')
  const configured = admin === undefined ? await configuredAdmin(config) : undefined
  const address = admin ?? configured?.listen ?? ''
  const place = parseAdminPlace(address, { tls: configured?.tls.cert !== undefined })
  if (place !== undefined) return place
  const where = admin === undefined ? 'admin.listen' : '--admin'
  throw new ConfigError(
    `${where}: got ${shown(address)}, and the gateway has to be asked at ${ADMIN_ADDRESSES}: give it by --admin`,
  )
}

async function configuredAdmin(file: string | undefined): Promise<Config['admin']> {
  const { loadConfig } = await import('../config/load.js')
  return loadConfig(inputsOf(file)).config.admin
}

async function credentialsOf({ adminToken, adminCa, adminCert, adminKey }: SourceFlags): Promise<AdminClientOptions> {
  return {
    ...(adminToken !== undefined && { token: await tokenAt(adminToken) }),
    ...(adminCa !== undefined && { authority: fileOf('--admin-ca', adminCa, 'PEM certificates') }),
    ...((adminCert !== undefined || adminKey !== undefined) && { identity: identityAt(adminCert, adminKey) }),
  }
}

async function tokenAt(text: string): Promise<string> {
  const [{ parseSecretPlace, SECRET_PLACES }, { readSecretPlace }] = await Promise.all([
    import('../config/secret-place.js'),
    import('../gateway/secret-place.js'),
  ])
  const parsed = parseSecretPlace(text)
  // What was given may be the token itself: it is not repeated.
  if (!('place' in parsed)) throw new ConfigError(`--admin-token: takes ${SECRET_PLACES}`)
  const secret = readSecretPlace(parsed.place)
  if ('problem' in secret) throw new ConfigError(`--admin-token: the ${secret.what} ${secret.problem}`)
  return Buffer.from(secret.content).toString('utf8').trim()
}

function identityAt(cert: string | undefined, key: string | undefined): NonNullable<AdminClientOptions['identity']> {
  if (cert === undefined) throw new ConfigError('--admin-cert is missing: --admin-key takes the certificate of the key')
  if (key === undefined) throw new ConfigError('--admin-key is missing: --admin-cert takes the key of the certificate')
  const certificate = fileOf('--admin-cert', cert, 'a PEM certificate')
  const privateKey = fileOf('--admin-key', key, 'a PEM private key')
  let parsed: X509Certificate
  try {
    parsed = new X509Certificate(certificate)
  } catch {
    throw new ConfigError(`--admin-cert: ${shown(cert)} is not an X.509 certificate in PEM form`)
  }
  let parsedKey: KeyObject
  try {
    parsedKey = createPrivateKey(Buffer.from(privateKey))
  } catch {
    throw new ConfigError(`--admin-key: ${shown(key)} is not a private key in PEM form without a passphrase`)
  }
  if (!parsed.checkPrivateKey(parsedKey))
    throw new ConfigError(`--admin-key: ${shown(key)} does not belong to --admin-cert ${shown(cert)}`)
  return { certificate, privateKey }
}

function fileOf(flag: string, path: string, what: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new ConfigError(`${flag}: ${shown(path)} can not be read (${codeOf(error)}); it takes a file with ${what}`)
  }
}

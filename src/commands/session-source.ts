import { ConfigError, shown } from '../config/error.js'
import type { ConfigInputs } from '../config/load.js'
import type { SessionSource } from '../explain/index.js'

/** Where a command looks sessions up. */
export interface SourceFlags {
  readonly admin?: string
  readonly store?: string
  readonly config?: string
}

/** The store of `--store`, else the gateway of `--admin`, else that of the configuration. */
export async function sourceOf(flags: SourceFlags): Promise<SessionSource> {
  const { admin, store } = flags
  if (store === undefined) {
    const { AdminSource } = await import('../explain/index.js')
    return new AdminSource(await adminAddress(flags))
  }
  if (admin !== undefined) throw new ConfigError('--admin asks a gateway and --store reads a store: give one of them')
  const { StoreSource } = await import('./store/session-source.js')
  return new StoreSource(inputsOf(flags.config, [{ flag: '--store', path: 'store.url', text: store }]))
}

function inputsOf(file: string | undefined, flags: ConfigInputs['flags'] = []): ConfigInputs {
  return { flags, env: process.env, directory: process.cwd(), ...(file === undefined ? {} : { file }) }
}

/** The flag's, else that of the configuration. */
async function adminAddress({ admin, config }: SourceFlags): Promise<string> {
  const { parseServer, UsageError } = await import('../probe/usage.js')
  const address = admin ?? (await configuredAdmin(config))
  try {
    return parseServer(address)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const where = admin === undefined ? 'admin.listen' : '--admin'
    throw new ConfigError(
      `${where}: got ${shown(address)}, and the gateway has to be asked at a HOST:PORT: give it by --admin`,
    )
  }
}

async function configuredAdmin(file: string | undefined): Promise<string> {
  const { loadConfig } = await import('../config/load.js')
  return loadConfig(inputsOf(file)).config.admin.listen
}

import { type Adapter, GENERATIONS } from '../adapters/adapter.js'
import type { GatewayInfo } from '../admin/info-json.js'
import type { Companion } from '../companions/companion.js'
import type { Config } from '../config/schema.js'
import { packageVersion } from '../version.js'
import { pathsOf } from './adapters.js'
import { methodsOfCompanions } from './companions.js'
import type { EpochSource } from './epochs.js'
import { openingOf } from './opening.js'
import { limitsByName } from './settings.js'

export interface InfoParts {
  readonly config: Config
  readonly adapters: readonly Adapter[]
  readonly companions: readonly Companion[]
  readonly epochs: EpochSource
  readonly grpc: readonly string[]
  /** Hex. */
  readonly publicKey: string
  readonly startedAt_ms: number
}

/** What the gateway says about itself: no secret, and no path of a file that holds one. */
export function infoOf({
  config,
  adapters,
  companions,
  epochs,
  grpc,
  publicKey,
  startedAt_ms,
}: InfoParts): GatewayInfo {
  return {
    version: packageVersion(),
    role: config.role,
    pid: process.pid,
    startedAt: new Date(startedAt_ms).toISOString(),
    grpc: [...grpc],
    generations: GENERATIONS.map((name) => {
      const adapter = adapters.find((one) => one.name === name)
      return {
        name,
        enabled: adapter !== undefined,
        paths: [
          ...(adapter === undefined ? [] : pathsOf(adapter)),
          ...methodsOfCompanions(companions, name).map(({ path }) => path),
        ],
        opening: adapter === undefined ? 'nobody; the generation is off' : openingOf(name, config),
      }
    }),
    store: { url: config.store.url, durable: config.store.url !== 'memory:' },
    epoch: { current: String(epochs.current()), source: epochs.kind },
    publicKey,
    // What is in force, also where a limit follows from others.
    limits: limitsByName(config),
  }
}

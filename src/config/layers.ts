import { ConfigError, oneLine, shown } from './error.js'
import type { ConfigFile } from './file.js'
import type { FlagValue } from './flags.js'
import { configKeys, configSections, ENV_PREFIX } from './keys.js'
import { nearest } from './nearest.js'

/** Where a value came from; `name` is what an error or `config print` calls it. */
export interface Source {
  readonly kind: 'flag' | 'env' | 'file' | 'preset' | 'default'
  readonly name: string
}

/** One value that somebody set, not yet read. */
export interface Setting {
  readonly path: string
  readonly raw: unknown
  readonly source: Source
}

/** In the order of the command line; a later one wins over an earlier one of the same key. */
export function settingsOfFlags(flags: readonly FlagValue[]): Setting[] {
  const settings: Setting[] = []
  for (const { flag, path, text, repeatable } of flags) {
    if (!configKeys.has(path)) throw unknownKey(flag, path)
    const source: Source = { kind: 'flag', name: flag }
    const before = settings.findLast((setting) => setting.path === path)
    if (!repeatable) settings.push({ path, raw: text, source })
    else if (before?.source.name === flag && Array.isArray(before.raw)) {
      settings.push({ path, raw: [...before.raw, text], source })
    } else settings.push({ path, raw: [text], source })
  }
  return settings
}

const pathsByEnv: ReadonlyMap<string, string> = new Map([...configKeys.values()].map(({ env, path }) => [env, path]))

/**
 * Kubernetes describes every service of the namespace in the environment of every container; one that is itself called
 * `session-gateway` (or `session-gateway-admin`) has our prefix. These are nobody's configuration.
 */
function isServiceLink(name: string, value: string): boolean {
  return (
    /_SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)$/.test(name) ||
    /_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/.test(name) ||
    (name.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//.test(value))
  )
}

/** An empty variable counts as not set: that is how tools of every kind leave one out. */
export function settingsOfEnv(env: Readonly<Record<string, string | undefined>>): Setting[] {
  const settings: Setting[] = []
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value === '' || !name.startsWith(ENV_PREFIX)) continue
    const path = pathsByEnv.get(name)
    if (path !== undefined) settings.push({ path, raw: value, source: { kind: 'env', name } })
    else if (!isServiceLink(name, value)) {
      throw new ConfigError(`${oneLine(name)}: no such variable; the nearest is ${nearest(name, pathsByEnv.keys())}`)
    }
  }
  return settings
}

/** A key or section without a value counts as not set. */
export function settingsOfFile(file: ConfigFile): Setting[] {
  const settings: Setting[] = []
  const collect = (map: ReadonlyMap<unknown, unknown>, prefix: string): void => {
    for (const [name, raw] of map) {
      const path = prefix + String(name)
      const source: Source = { kind: 'file', name: `${file.name}: ${path}` }
      const isSection = configSections.has(path)
      if (!isSection && !configKeys.has(path)) throw unknownKey(`${file.name}: ${oneLine(path)}`, path)
      if (raw === null || raw === undefined) continue
      if (!isSection) settings.push({ path, raw, source })
      else if (raw instanceof Map) collect(raw, `${path}.`)
      else throw new ConfigError(`${source.name}: got ${shown(raw)}, takes keys of its own: ${keysIn(path)}`)
    }
  }
  collect(file.content, '')
  return settings
}

function keysIn(section: string): string {
  const names = [...configKeys.keys()].filter((path) => path.startsWith(`${section}.`))
  return [...new Set(names.map((path) => path.slice(section.length + 1).split('.')[0]))].join(', ')
}

function unknownKey(name: string, path: string): ConfigError {
  if (configSections.has(path)) return new ConfigError(`${name}: is a section; its keys are ${keysIn(path)}`)
  const known = nearest(path, [...configKeys.keys(), ...configSections.keys()])
  return new ConfigError(`${name}: no such key; the nearest is ${known}`)
}

import { Value } from 'typebox/value'
import { checkTogether } from './contradictions.js'
import { ConfigError, shown } from './error.js'
import { readConfigFile, unreadable } from './file.js'
import type { FlagValue } from './flags.js'
import { type ConfigValue, readValue, takes } from './forms.js'
import { type ConfigKey, configKeys, configSections } from './keys.js'
import { type Setting, type Source, settingsOfEnv, settingsOfFile, settingsOfFlags } from './layers.js'
import { type Config, configSchema } from './schema.js'

export interface ConfigInputs {
  /** In the order of the command line. */
  readonly flags: readonly FlagValue[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** `--config`. */
  readonly file?: string
  /** Working directory, where `session-gateway.yaml` is looked for. */
  readonly directory: string
}

/** The value of one key that counts, and where it came from. */
export interface Effective {
  readonly value: ConfigValue
  /** As it was written. */
  readonly raw: unknown
  readonly source: Source
}

export interface LoadedConfig {
  readonly config: Config
  /** Every key that has a value, by path, in the order of the schema. */
  readonly effective: ReadonlyMap<string, Effective>
}

/** `strict` requires and checks all that a generation can carry. Which edge of a lifetime counts is no matter of strictness. */
const STRICT: ReadonlyMap<string, string> = new Map(
  ['v1Legacy', 'v1', 'v2'].flatMap((adapter): [string, string][] => [
    [`adapters.${adapter}.signatures`, 'required'],
    [`adapters.${adapter}.ownerCheck`, 'on'],
  ]),
)

/**
 * The effective configuration: flags win over the environment, that over the file, that over the preset `strict`, that
 * over the defaults. Frozen, every value checked.
 * @throws ConfigError, one line that names the flag, variable or key, its value, and what it takes.
 */
export function loadConfig(inputs: ConfigInputs): LoadedConfig {
  const file = readConfigFile(inputs.directory, inputs.file)
  const values = new Map<string, Effective>()
  for (const { path, notes } of configKeys.values()) {
    if (notes.default !== undefined)
      put(values, { path, raw: notes.default, source: { kind: 'default', name: 'default' } })
  }
  const settings = [
    ...(file === undefined ? [] : settingsOfFile(file)),
    ...settingsOfEnv(inputs.env),
    ...settingsOfFlags(inputs.flags),
  ]
  for (const setting of settings) put(values, setting)
  if (values.get('strict')?.value === true) {
    const source: Source = { kind: 'preset', name: 'strict' }
    for (const [path, raw] of STRICT) {
      if (values.get(path)?.source.kind === 'default') put(values, { path, raw, source })
    }
  }
  const effective = new Map([...configKeys.keys()].flatMap((path) => entryOf(values, path)))
  const config = assemble(effective)
  checkTogether(config, effective)
  return { config, effective }
}

/** Also a value that another source overrides has to be right: a mistake that waits is still a mistake. */
function put(effective: Map<string, Effective>, { path, raw, source }: Setting): void {
  const key = keyOf(path)
  const read = readValue(key, raw)
  if ('problem' in read) {
    const got = read.hide ? 'got a value that is not shown' : `got ${shown(raw)}`
    const why = read.problem === undefined ? '' : ` (${read.problem})`
    throw new ConfigError(`${source.name}: ${got}${why}, takes ${takes(key.notes)}`)
  }
  effective.set(path, { value: read.value, raw, source })
}

function keyOf(path: string): ConfigKey {
  const key = configKeys.get(path)
  if (key === undefined) throw new Error(`no such key: ${path}`)
  return key
}

function entryOf(values: ReadonlyMap<string, Effective>, path: string): [string, Effective][] {
  const value = values.get(path)
  return value === undefined ? [] : [[path, value]]
}

interface Tree {
  [name: string]: ConfigValue | Tree
}

function assemble(effective: ReadonlyMap<string, Effective>): Config {
  const tree: Tree = {}
  // Those that hold nothing are there, too.
  for (const path of configSections.keys()) sectionOf(tree, path.split('.'))
  for (const [path, { value }] of effective) {
    const names = path.split('.')
    const last = names.pop() ?? path
    sectionOf(tree, names)[last] = value
  }
  deepFreeze(tree)
  if (!Value.Check(configSchema, tree)) throw new Error('the checked values do not make a configuration')
  return tree
}

/** Made if it is not there. */
function sectionOf(tree: Tree, names: readonly string[]): Tree {
  let section = tree
  for (const name of names) {
    const next = section[name]
    const inner: Tree = isTree(next) ? next : {}
    section[name] = inner
    section = inner
  }
  return section
}

function isTree(value: ConfigValue | Tree | undefined): value is Tree {
  return typeof value === 'object' && !Array.isArray(value)
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  Object.freeze(value)
  for (const inner of Object.values(value)) deepFreeze(inner)
}

/** Whether the files that the configuration names can be read. @throws ConfigError for the first that can't. */
export function checkFiles({ effective }: LoadedConfig): void {
  for (const [path, { value, source }] of effective) {
    if (keyOf(path).notes.form !== 'path' || typeof value !== 'string') continue
    const problem = unreadable(value)
    if (problem !== undefined) {
      throw new ConfigError(
        `${source.name}: got ${shown(value)} (${problem}), takes the path of a file that can be read`,
      )
    }
  }
}

import Type, { type TSchema } from 'typebox'
import { isKeyNotes, type KeyNotes } from './kinds.js'
import { configSchema } from './schema.js'

export const ENV_PREFIX = 'SESSION_GATEWAY_'

/** One key of the configuration. */
export interface ConfigKey {
  /** `adapters.atomix.partitions`. */
  readonly path: string
  /** `SESSION_GATEWAY_ADAPTERS_ATOMIX_PARTITIONS`. */
  readonly env: string
  readonly notes: KeyNotes
  readonly schema: TSchema
}

export interface ConfigSection {
  readonly path: string
  readonly description: string
}

/** Upper case, `_` for `.`; camel case runs together. */
export function envNameOf(path: string): string {
  return ENV_PREFIX + path.replaceAll('.', '_').toUpperCase()
}

const keys = new Map<string, ConfigKey>()
const sections = new Map<string, ConfigSection>()

function collect(properties: Readonly<Record<string, TSchema>>, prefix: string): void {
  for (const [name, schema] of Object.entries(properties)) {
    const path = prefix + name
    if (Type.IsObject(schema)) {
      const description = 'description' in schema ? String(schema.description) : ''
      sections.set(path, { path, description })
      collect(schema.properties, `${path}.`)
    } else if (isKeyNotes(schema)) {
      keys.set(path, { path, env: envNameOf(path), notes: schema, schema })
    } else {
      throw new Error(`the schema of ${path} says nothing about itself`)
    }
  }
}

collect(configSchema.properties, '')

/** Every key by its path, in the order of the schema. */
export const configKeys: ReadonlyMap<string, ConfigKey> = keys

/** Every section by its path, in the order of the schema. */
export const configSections: ReadonlyMap<string, ConfigSection> = sections

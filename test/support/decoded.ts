import type { Field, MessageType, WireMessage } from '../../src/wire/index.js'
import { hexOf } from './vectors.js'

/**
 * Compares a decoded message with the `decoded` of neofs-v2.json or atomix.json, field by field and in both directions: a
 * field that has a value has to be listed, and what is listed has to be there.
 */
export interface Naming {
  /** The vector file's name of a field. */
  name(field: Field<never>): string
  /** Fields at their default are left out of the file, or all are listed. */
  readonly defaults: 'left out' | 'listed'
  /** An OwnerID, ContainerID or ObjectID that is no list item is shown as its bytes. */
  readonly flattensIds: boolean
}

const SHORT_NAMES: Readonly<Record<string, string>> = { meta_header: 'meta', verify_header: 'verify' }

export const V2_NAMING: Naming = {
  name: ({ name }) => SHORT_NAMES[name] ?? name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
  defaults: 'left out',
  flattensIds: true,
}

export const ATOMIX_NAMING: Naming = { name: ({ name }) => name, defaults: 'listed', flattensIds: false }

/** Members of `decoded` that say something about the message and are no fields. */
const REMARKS = new Set(['bodyForm', 'effectiveExpiration', 'depth', 'note', 'unknown'])

/** What differs, as lines that name the field; empty if nothing does. */
export function differences<T extends WireMessage>(
  type: MessageType<T>,
  message: T,
  expected: unknown,
  naming: Naming,
  place = '',
): string[] {
  if (!isObject(expected)) return [`${place}: a message, expected ${shown(expected)}`]
  const listed = new Set(Object.keys(expected).filter((name) => !REMARKS.has(name)))
  const found: string[] = []
  for (const fieldName of type.fieldNames) {
    const field = type.field(fieldName)
    if (field === undefined) continue
    const name = naming.name(field)
    listed.delete(name)
    found.push(...ofField(field, field.value(message), expected[name], naming, `${place}.${name}`))
  }
  for (const name of listed) found.push(`${place}.${name}: no such field`)
  return [...found, ...ofUnknown(message, expected, naming, place)]
}

function ofField<T>(field: Field<T>, value: unknown, expected: unknown, naming: Naming, place: string): string[] {
  if (Array.isArray(value)) {
    const items: unknown[] = value
    const wanted = expected ?? []
    if (!Array.isArray(wanted) || wanted.length !== items.length) {
      return [`${place}: ${items.length} items, expected ${shown(expected)}`]
    }
    return items.flatMap((item, index) => ofItem(field, item, wanted[index], naming, `${place}[${index}]`))
  }
  if (value === undefined) {
    const absent = naming.defaults === 'listed' ? expected === null : expected === undefined || expected === null
    return absent ? [] : [`${place}: not there, expected ${shown(expected)}`]
  }
  const isId = naming.flattensIds && field.type !== undefined && isIdType(field.type())
  return isId ? ofId(value, expected, place) : ofItem(field, value, expected, naming, place)
}

function ofItem<T>(field: Field<T>, value: unknown, expected: unknown, naming: Naming, place: string): string[] {
  if (field.type !== undefined) {
    if (!isWireMessage(value)) return [`${place}: no message`]
    return differences(field.type(), value, expected, naming, place)
  }
  const text = scalarText(value, naming)
  if (expected === undefined && naming.defaults === 'left out') {
    return isDefault(value) ? [] : [`${place}: ${shown(text)}, expected nothing`]
  }
  return text === expected ? [] : [`${place}: ${shown(text)}, expected ${shown(expected)}`]
}

function ofId(value: unknown, expected: unknown, place: string): string[] {
  const bytes = isWireMessage(value) && 'value' in value && value.value instanceof Uint8Array ? hexOf(value.value) : ''
  return bytes === (expected ?? '') ? [] : [`${place}: ${bytes}, expected ${shown(expected)}`]
}

function ofUnknown(message: WireMessage, expected: object, naming: Naming, place: string): string[] {
  if (naming.defaults === 'listed') return []
  const listed: readonly unknown[] = 'unknown' in expected && Array.isArray(expected.unknown) ? expected.unknown : []
  const wanted = listed.map((entry) => (isObject(entry) ? entry['hex'] : entry)).join('')
  const found = hexOf(message.$unknown)
  return wanted === found ? [] : [`${place}: unknown fields ${found}, expected ${wanted}`]
}

/** Numbers as decimal text, bytes as hex; atomix.json shows its raw strings as text. */
function scalarText(value: unknown, naming: Naming): unknown {
  if (typeof value === 'bigint' || typeof value === 'number') return String(value)
  if (!(value instanceof Uint8Array)) return value
  return naming.flattensIds ? hexOf(value) : new TextDecoder().decode(value)
}

function isDefault(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0
  return value === 0n || value === 0 || value === false || value === ''
}

function isIdType(type: MessageType<WireMessage>): boolean {
  return type.fieldNames.length === 1 && type.fieldNames[0] === 'value'
}

function isWireMessage(value: unknown): value is WireMessage {
  return isObject(value) && '$unknown' in value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}

import type { Validator } from 'typebox/compile'
import { LineError, shown } from './line-error.js'
import { FORMAT, FORMAT_VERSION, type Line, schemas } from './schema.js'

const KINDS = 'header, partition, otherPartitions, session or footer'
/** What is never repeated in an error. */
const SECRET = new Set(['privateKey', 'sealedKey', 'keyring'])

/** The line of that number, its schema checked. @throws LineError */
export function parseLine(bytes: Uint8Array, number: number): Line {
  const value = jsonOf(bytes, number)
  if (!isObject(value)) throw new LineError(number, `got ${shown(value)}, takes an object`)
  switch (value['kind']) {
    case 'header':
      refuseNewer(value, number)
      return checked(value, schemas.header, number)
    case 'partition':
      return checked(value, schemas.partition, number)
    case 'otherPartitions':
      return checked(value, schemas.otherPartitions, number)
    case 'footer':
      return checked(value, schemas.footer, number)
    case 'session': {
      const { lifetime } = value
      const timed = isObject(lifetime) && lifetime['kind'] === 'timeout'
      return timed ? checked(value, schemas.timeoutSession, number) : checked(value, schemas.epochSession, number)
    }
    default:
      throw new LineError(number, `kind: got ${shown(value['kind'])}, takes ${KINDS}`)
  }
}

/** Before anything is said about fields that a newer version may have. */
function refuseNewer({ format, version }: Record<string, unknown>, number: number): void {
  if (format !== FORMAT || typeof version !== 'number' || version <= FORMAT_VERSION) return
  const made = 'the file was made by a newer gateway'
  throw new LineError(number, `version: got ${version}, and this version reads ${FORMAT_VERSION}: ${made}`)
}

/** What a parser says of its input may repeat a key, so nothing of it is shown. */
function jsonOf(bytes: Uint8Array, number: number): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new LineError(number, 'is no text in UTF-8: the file is damaged, or no export')
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new LineError(number, 'is no JSON: the file is cut or damaged, or no export')
  }
}

type Checkable<T> = Pick<Validator, 'Errors' | 'Type'> & { Check(value: unknown): value is T }

function checked<T>(value: unknown, schema: Checkable<T>, number: number): T {
  if (schema.Check(value)) return value
  throw new LineError(number, problemOf(value, schema))
}

function problemOf(value: unknown, schema: Checkable<unknown>): string {
  const errors = schema.Errors(value)
  // Of a field that is not known the library says first that nothing may stand there.
  const error = errors.find(({ keyword }) => keyword === 'additionalProperties') ?? errors[0]
  if (error === undefined) return 'is no line of an export'
  const path = error.instancePath.split('/').slice(1)
  const where = path.join('.')
  const within = where === '' ? '' : `${where}.`
  switch (error.keyword) {
    case 'additionalProperties':
      return `${within}${error.params.additionalProperties[0]}: there is no such field`
    case 'required': {
      const object = at(value, path)
      const missing = error.params.requiredProperties.find((name) => !isObject(object) || !Object.hasOwn(object, name))
      return `${within}${missing} is missing; it takes ${takes(schema.Type(), [...path, missing ?? ''])}`
    }
    default: {
      const got = path.some((name) => SECRET.has(name)) ? 'a value that is not shown' : shown(at(value, path))
      return `${where}: got ${got}, takes ${takes(schema.Type(), path)}`
    }
  }
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), value)
}

/** The words of the innermost field on the way that has some. */
function takes(schema: unknown, path: readonly string[]): string {
  let words = 'an object'
  let inner = schema
  for (const name of path) {
    const properties = isObject(inner) ? inner['properties'] : undefined
    inner = isObject(properties) ? properties[name] : undefined
    if (isObject(inner)) words = typeof inner['description'] === 'string' ? inner['description'] : 'an object'
  }
  return words
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

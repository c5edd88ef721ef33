import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'
import { projectRoot } from '../support/fixtures.js'

/**
 * The messages of `protos/` for the test clients, encoded and decoded by protobufjs: nothing here shares code with
 * `src/wire`. Each file is loaded with its imports into a root of its own, since dialects of one package must not meet.
 */

export type Value = bigint | number | string | boolean | Uint8Array | Fields | readonly Value[]

/** A message by the field names of its .proto. 64-bit numbers are bigint; what is absent is not on the wire. */
export interface Fields {
  readonly [name: string]: Value | undefined
}

/** protobufjs's own form of 64 bits. */
interface Halves {
  readonly low: number
  readonly high: number
}

export class Message {
  readonly #type: protobuf.Type

  constructor(type: protobuf.Type) {
    this.#type = type
  }

  /** Fields in ascending number. Zeros and empty bytes are left out, empty sub-messages are written: as gogo does it. */
  encode(fields: Fields): Uint8Array {
    return new Uint8Array(this.#type.encode(halved(fields)).finish())
  }

  /** Throws for bytes that are no such message. Unknown fields are dropped, as a client of that version does. */
  decode(bytes: Uint8Array): Fields {
    return whole(this.#type.toObject(this.#type.decode(bytes)))
  }
}

const roots = new Map<string, protobuf.Root>()

/** `message('v2/session.proto', 'neo.fs.v2.session.CreateRequest')` */
export function message(file: string, name: string): Message {
  let root = roots.get(file)
  if (root === undefined) {
    root = load(file)
    roots.set(file, root)
  }
  return new Message(root.lookupType(name))
}

function load(file: string): protobuf.Root {
  const folder = join(projectRoot(), 'protos')
  const root = new protobuf.Root()
  root.resolvePath = (_origin, target) => {
    if (protobuf.common.get(target) !== null) return target
    if (target === 'google/protobuf/descriptor.proto') {
      return fileURLToPath(import.meta.resolve(`protobufjs/${target}`))
    }
    return target.startsWith('/') ? target : join(folder, target)
  }
  root.loadSync(file, { keepCase: true })
  root.resolveAll()
  return root
}

// ---- reading --------------------------------------------------------------------------------------------------------

/** A sub-message; undefined if it is absent. */
export function sub(fields: Fields | undefined, name: string): Fields | undefined {
  const value = fields?.[name]
  if (value === undefined || isFields(value)) return value
  throw new TypeError(`field ${name} is no message`)
}

/** Bytes; none if absent. */
export function bytes(fields: Fields | undefined, name: string): Uint8Array {
  const value = fields?.[name] ?? new Uint8Array(0)
  if (value instanceof Uint8Array) return value
  throw new TypeError(`field ${name} is no bytes`)
}

/** 64-bit number; 0 if absent. */
export function uint64(fields: Fields | undefined, name: string): bigint {
  const value = fields?.[name] ?? 0n
  if (typeof value === 'bigint') return value
  throw new TypeError(`field ${name} has no 64 bits`)
}

/** 32-bit number or enum; 0 if absent. */
export function uint32(fields: Fields | undefined, name: string): number {
  const value = fields?.[name] ?? 0
  if (typeof value === 'number') return value
  throw new TypeError(`field ${name} is no number of 32 bits`)
}

export function text(fields: Fields | undefined, name: string): string {
  const value = fields?.[name] ?? ''
  if (typeof value === 'string') return value
  throw new TypeError(`field ${name} is no text`)
}

/** Repeated bytes. */
export function bytesList(fields: Fields | undefined, name: string): Uint8Array[] {
  return list(fields, name).map((value) => {
    if (value instanceof Uint8Array) return value
    throw new TypeError(`field ${name} is no list of bytes`)
  })
}

/** Repeated messages. */
export function messages(fields: Fields | undefined, name: string): Fields[] {
  return list(fields, name).map((value) => {
    if (isFields(value)) return value
    throw new TypeError(`field ${name} is no list of messages`)
  })
}

function list(fields: Fields | undefined, name: string): readonly Value[] {
  const value = fields?.[name] ?? []
  if (isList(value)) return value
  throw new TypeError(`field ${name} is not repeated`)
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

export function isFields(value: Value): value is Fields {
  return typeof value === 'object' && !isList(value) && !(value instanceof Uint8Array)
}

// ---- 64 bits --------------------------------------------------------------------------------------------------------

function halved(fields: Fields): Record<string, unknown> {
  const halvedValue = (value: Value | undefined): unknown => {
    if (typeof value === 'bigint') {
      const bits = BigInt.asUintN(64, value)
      return { low: Number(bits & 0xffff_ffffn), high: Number(bits >> 32n), unsigned: true }
    }
    if (value === undefined) return undefined
    if (isList(value)) return value.map(halvedValue)
    return isFields(value) ? halved(value) : value
  }
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, halvedValue(value)]),
  )
}

function whole(decoded: object): Fields {
  const wholeValue = (value: unknown): Value => {
    if (value instanceof Uint8Array) return new Uint8Array(value)
    if (Array.isArray(value)) return value.map(wholeValue)
    if (isHalves(value)) return (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0)
    if (typeof value === 'object' && value !== null) return whole(value)
    if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value
    throw new TypeError(`protobufjs decoded a ${typeof value}`)
  }
  return Object.fromEntries(Object.entries(decoded).map(([name, value]) => [name, wholeValue(value)]))
}

function isHalves(value: unknown): value is Halves {
  return typeof value === 'object' && value !== null && 'low' in value && 'high' in value && 'unsigned' in value
}

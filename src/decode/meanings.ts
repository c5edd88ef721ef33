import type { Field, WireMessage } from '../wire/index.js'

/**
 * What the bytes of a field are, by the names that the generations gave it. One word for the same thing everywhere:
 * `owner` 25 bytes of an owner id · `uuid` 16 bytes · `hash` 32 bytes of a container or object id · `key` an encoded public
 * key · `signature` in the form of any scheme · `text` a string.
 */
export type Meaning = 'owner' | 'uuid' | 'hash' | 'key' | 'signature' | 'text'

const BY_NAME: Readonly<Record<string, Meaning>> = {
  ownerid: 'owner',
  id: 'uuid',
  cid: 'hash',
  publickey: 'key',
  publickeys: 'key',
  peer: 'key',
  sessionkey: 'key',
  ownerkey: 'key',
  keys: 'key',
  keylist: 'key',
  sign: 'signature',
  signature: 'signature',
  keysignature: 'signature',
}

/** Fields whose name says nothing without that of their message. */
const BY_MESSAGE: readonly (readonly [message: RegExp, field: string, meaning: Meaning])[] = [
  [/\.OwnerID$/, 'value', 'owner'],
  [/\.(ContainerID|ObjectID)$/, 'value', 'hash'],
  [/\.Signature$/, 'key', 'key'],
  // Objects had UUIDs until August 2020.
  [/^(session\.Token|refs\.Address)$/, 'objectid', 'uuid'],
]

export function meaningOf(within: string, field: Field<WireMessage>): Meaning | undefined {
  if (field.kind === 'string' || field.text) return 'text'
  if (field.kind !== 'bytes') return undefined
  const name = field.name.replaceAll('_', '').toLowerCase()
  const special = BY_MESSAGE.find(([message, of]) => of === name && message.test(within))
  return special === undefined ? BY_NAME[name] : special[2]
}

const STATUS = 'neo.fs.v2.status.Status'

/** NeoFS status codes: 1024 × section + number (neofs-v2 §2.7). */
const STATUS_NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'OK'],
  [1, 'INCOMPLETE'],
  [1024, 'INTERNAL'],
  [1025, 'WRONG_MAGIC_NUMBER'],
  [1026, 'SIGNATURE_VERIFICATION_FAIL'],
  [1027, 'NODE_UNDER_MAINTENANCE'],
  [1028, 'BAD_REQUEST'],
  [1029, 'BUSY'],
  [2048, 'ACCESS_DENIED'],
  [2049, 'OBJECT_NOT_FOUND'],
  [2050, 'LOCKED'],
  [2051, 'LOCK_NON_REGULAR_OBJECT'],
  [2052, 'OBJECT_ALREADY_REMOVED'],
  [2053, 'OUT_OF_RANGE'],
  [2054, 'QUOTA_EXCEEDED'],
  [3072, 'CONTAINER_NOT_FOUND'],
  [3073, 'EACL_NOT_FOUND'],
  [3074, 'CONTAINER_LOCKED'],
  [3075, 'CONTAINER_AWAIT_TIMEOUT'],
  [4096, 'TOKEN_NOT_FOUND'],
  [4097, 'TOKEN_EXPIRED'],
])

/** The name of a number: of an enum's values, or of a status code. */
export function nameOfNumber(within: string, field: Field<WireMessage>, value: number): string | undefined {
  if (field.values !== undefined) return field.values.get(value)
  return within === STATUS && field.name === 'code' ? STATUS_NAMES.get(value) : undefined
}

import { TokenInfoVerb as C } from '../generated/v1/c/verify.js'
import { ContainerSessionContextVerb, ObjectSessionContextVerb as V2, Verb } from '../generated/v2/token.js'

/** What a request does, by the names of `session.Verb` (neofs-v2 §2.6). */
export const OPERATIONS = [
  'OBJECT_PUT',
  'OBJECT_GET',
  'OBJECT_HEAD',
  'OBJECT_SEARCH',
  'OBJECT_DELETE',
  'OBJECT_RANGE',
  'OBJECT_RANGEHASH',
  'CONTAINER_PUT',
  'CONTAINER_DELETE',
  'CONTAINER_SETEACL',
  'CONTAINER_SETATTRIBUTE',
  'CONTAINER_REMOVEATTRIBUTE',
] as const

export type Operation = (typeof OPERATIONS)[number]

type ObjectOperation = Extract<Operation, `OBJECT_${string}`>
type ContainerOperation = Exclude<Operation, ObjectOperation>

/** In any case, with dashes or underscores. Undefined if there is none of that name. */
export function operationOf(text: string): Operation | undefined {
  const name = text.toUpperCase().replaceAll('-', '_')
  return OPERATIONS.find((operation) => operation === name)
}

export function isObjectOperation(operation: Operation): operation is ObjectOperation {
  return operation.startsWith('OBJECT_')
}

/** True where a node signs with the session's private key, and so has to have it (neofs-v2 §4.5). */
export function needsSessionKey(operation: Operation): boolean {
  return operation === 'OBJECT_PUT' || operation === 'OBJECT_DELETE'
}

export function verbOf(operation: Operation): number {
  return Verb[operation]
}

type Accepted = Readonly<Record<ObjectOperation, readonly number[]>>

interface NodeVerbs {
  readonly server: string
  readonly accepted: Accepted
}

const NOW: Accepted = {
  OBJECT_PUT: [V2.PUT],
  OBJECT_GET: [V2.GET],
  OBJECT_HEAD: [V2.HEAD, V2.GET, V2.DELETE, V2.RANGE],
  OBJECT_SEARCH: [V2.SEARCH, V2.DELETE],
  OBJECT_DELETE: [V2.DELETE],
  OBJECT_RANGE: [V2.RANGE],
  OBJECT_RANGEHASH: [V2.RANGEHASH],
}
const WITH_HASHES: Accepted = {
  ...NOW,
  OBJECT_HEAD: [...NOW.OBJECT_HEAD, V2.RANGEHASH],
  OBJECT_RANGE: [V2.RANGE, V2.RANGEHASH],
}

/** Verbs of a SessionToken that nodes take for a request, the newest nodes first (neofs-v2 §4.4). */
export const NODE_VERBS: readonly [NodeVerbs, ...NodeVerbs[]] = [
  { server: 'storage node v0.53 and later', accepted: NOW },
  { server: 'storage node v0.41 – v0.52', accepted: WITH_HASHES },
  { server: 'storage node v0.29 – v0.40', accepted: { ...WITH_HASHES, OBJECT_PUT: [V2.PUT, V2.DELETE] } },
]

/** The verb of a SessionToken for containers, one for each operation. */
export const CONTAINER_VERBS: Readonly<Record<ContainerOperation, number>> = {
  CONTAINER_PUT: ContainerSessionContextVerb.PUT,
  CONTAINER_DELETE: ContainerSessionContextVerb.DELETE,
  CONTAINER_SETEACL: ContainerSessionContextVerb.SETEACL,
  CONTAINER_SETATTRIBUTE: ContainerSessionContextVerb.SETATTRIBUTE,
  CONTAINER_REMOVEATTRIBUTE: ContainerSessionContextVerb.REMOVEATTRIBUTE,
}

/** Verbs of a service.Token for which nodes of v0.10 let a request be made. */
export const SPAWNED: Accepted = {
  OBJECT_PUT: [C.Put, C.Delete],
  OBJECT_GET: [C.Get],
  OBJECT_HEAD: [C.Head, C.Put, C.Get, C.Range, C.RangeHash],
  OBJECT_SEARCH: [C.Search, C.Put, C.Get, C.Head, C.Delete, C.Range, C.RangeHash],
  OBJECT_DELETE: [C.Delete],
  OBJECT_RANGE: [C.Range, C.Get],
  OBJECT_RANGEHASH: [C.RangeHash],
}

import type { GrpcClient } from '../support/grpc-client.js'
import { check, PATIENCE_MS } from './outcome.js'
import { type Fields, message, messages, sub, text, uint32 } from './protos.js'

/**
 * What top-level Atomix clients do before they open a session (atomix §4.5). Where the Go client would dereference nothing,
 * this one fails.
 */

/** A database as the client uses it from then on. */
export interface FoundDatabase {
  readonly name: string
  readonly namespace: string
  /** In the order of the answer, which is the order in which sessions are opened. */
  readonly partitions: readonly { readonly id: number; readonly address: string }[]
}

export interface Name {
  readonly name?: string
  readonly namespace?: string
}

/** go-client v0.1.0 and v0.1.1: `GetDatabase`, or `GetDatabases` without a name. */
export async function controllerDatabases(grpc: GrpcClient, id: Name): Promise<FoundDatabase[]> {
  const answer = await call(grpc, 'controller', 'ControllerService', 'GetDatabases', { id: { ...id } })
  return messages(answer, 'databases').map((database) =>
    found(database, (partition) => uint32(partition, 'partition_id')),
  )
}

/** The deprecated `GetGroup` of the same clients. */
export async function controllerGroups(grpc: GrpcClient, id: Name): Promise<FoundDatabase[]> {
  const answer = await call(grpc, 'controller', 'ControllerService', 'GetPartitionGroups', { id: { ...id } })
  return messages(answer, 'groups').map((group) => {
    const spec = sub(group, 'spec')
    check(spec !== undefined, 'a group without a spec')
    check(uint32(spec, 'partition_size') > 0, 'a group of no nodes')
    const database = found(group, (partition) => uint32(partition, 'partition_id'))
    check(uint32(spec, 'partitions') === database.partitions.length, 'a spec of another size')
    return database
  })
}

/** go-client v0.2.0 to v0.4.1: `GetDatabase`. */
export async function database(grpc: GrpcClient, id: Name | undefined): Promise<FoundDatabase | undefined> {
  const request = id === undefined ? {} : { id: { ...id } }
  const answer = await call(grpc, 'database', 'DatabaseService', 'GetDatabase', request)
  const described = sub(answer, 'database')
  return described === undefined ? undefined : found(described, messageId)
}

/** The same clients' `GetDatabases`. */
export async function databases(grpc: GrpcClient, namespace: string): Promise<FoundDatabase[]> {
  const answer = await call(grpc, 'database', 'DatabaseService', 'GetDatabases', { namespace })
  return messages(answer, 'databases').map((described) => found(described, messageId))
}

function messageId(partition: Fields): number {
  const id = sub(partition, 'partition_id')
  check(id !== undefined, 'a partition without its id')
  return uint32(id, 'partition')
}

function found(fields: Fields, idOf: (partition: Fields) => number): FoundDatabase {
  const id = sub(fields, 'id')
  check(id !== undefined, 'no id')
  const partitions = messages(fields, 'partitions').map((partition) => {
    const [endpoint] = messages(partition, 'endpoints')
    check(endpoint !== undefined, 'a partition without endpoints')
    return { id: idOf(partition), address: `${text(endpoint, 'host')}:${uint32(endpoint, 'port')}` }
  })
  return { name: text(id, 'name'), namespace: text(id, 'namespace'), partitions }
}

async function call(grpc: GrpcClient, file: string, service: string, method: string, request: Fields): Promise<Fields> {
  const type = (suffix: string) => message(`atomix/${file}.proto`, `atomix.${file}.${method}${suffix}`)
  const path = `/atomix.${file}.${service}/${method}`
  const reply = await grpc.unary(path, type('Request').encode(request), { timeout_ms: PATIENCE_MS })
  if (reply.response === undefined) throw new Error(`${path}: ${reply.code} ${reply.message}`)
  return type('Response').decode(reply.response)
}

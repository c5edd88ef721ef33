import * as controller from '../../generated/atomix/controller.js'
import * as database from '../../generated/atomix/database.js'
import * as membership from '../../generated/atomix/membership.js'
import { decode, encode, type MessageType, WireError, type WireMessage } from '../../wire/index.js'
import { refusal } from '../answers.js'
import type { ProbeClient } from '../client.js'
import { expect, type Finding, fault } from '../finding.js'
import type { Row } from '../row.js'

/** What top-level clients of Atomix call before they open a session (atomix §4.5). */

const REFERENCE = 'atomix §4.5'
const SERVED = { reference: REFERENCE, shared: false }
/** The database that is asked for; servers that know only some by name answer with none. */
const NAME = Buffer.from('session-gateway-probe')
const NAMESPACE = Buffer.from('default')

interface Endpoint {
  readonly host: Uint8Array
  readonly port: number
}

interface Described<Partition extends { readonly endpoints: readonly Endpoint[] }> {
  readonly id: WireMessage | undefined
  readonly partitions: readonly Partition[]
}

/** Clients take the first endpoint of each partition without looking, and ids are 1…N. */
function databaseFaults<Partition extends { readonly endpoints: readonly Endpoint[] }>(
  { id, partitions }: Described<Partition>,
  idOf: (partition: Partition) => number | undefined,
): Finding[] {
  const ids = partitions.map(idOf)
  const endpoints = partitions.map(({ endpoints: [first] }) => first)
  return [
    ...expect(id !== undefined, REFERENCE, 'a database without its id: clients crash'),
    ...expect(partitions.length > 0, REFERENCE, 'a database without partitions'),
    ...expect(!ids.includes(undefined), REFERENCE, 'a partition without its id: clients crash'),
    ...expect(
      ids.every((each) => each === undefined || each >= 1),
      REFERENCE,
      'a partition id below 1',
    ),
    ...expect(new Set(ids).size === ids.length, REFERENCE, 'a partition comes twice'),
    ...expect(!endpoints.includes(undefined), REFERENCE, 'a partition without endpoints: clients crash'),
    ...expect(
      endpoints.every((each) => each === undefined || (each.host.length > 0 && each.port > 0)),
      REFERENCE,
      'an endpoint without host or port',
    ),
  ]
}

async function ask<Request extends WireMessage, Response extends WireMessage>(
  client: ProbeClient,
  path: string,
  [request, message]: readonly [MessageType<Request>, Request],
  response: MessageType<Response>,
  judge: (answer: Response) => Finding[],
): Promise<Finding[]> {
  const reply = await client.unary(path, encode(request, message))
  if (reply.response === undefined) return [refusal(reply, SERVED)]
  const answer = decode(response, reply.response)
  return answer instanceof WireError
    ? [fault(REFERENCE, `the answer does not decode: ${answer.message}`)]
    : judge(answer)
}

const JOIN_GROUP = '/atomix.membership.MembershipService/JoinGroup'

/** `client.New` waits for the first message of the stream, whatever it says. */
async function probeJoinGroup(client: ProbeClient): Promise<Finding[]> {
  const groupId = membership.GroupId.create({ name: NAME, namespace: NAMESPACE })
  const call = client.stream(JOIN_GROUP)
  try {
    call.send(encode(membership.JoinGroupRequest, membership.JoinGroupRequest.create({ groupId })))
    call.halfClose()
    const first = await call.next()
    if (first === undefined) return [refusal(await call.status, SERVED)]
    const answer = decode(membership.JoinGroupResponse, first)
    return answer instanceof WireError ? [fault(REFERENCE, `the answer does not decode: ${answer.message}`)] : []
  } finally {
    await call.cancel()
  }
}

function rowOf(name: string, client: string, path: string, probe: Row['probe']): Row {
  return { name, group: 'companions', client, path, probe }
}

const CONTROLLER = '/atomix.controller.ControllerService'
const DATABASE = '/atomix.database.DatabaseService'
const ID = { name: NAME, namespace: NAMESPACE }

export const atomixCompanionRows: readonly Row[] = [
  rowOf('controller-databases', 'go-client v0.1.x', `${CONTROLLER}/GetDatabases`, (client) =>
    ask(
      client,
      `${CONTROLLER}/GetDatabases`,
      [controller.GetDatabasesRequest, controller.GetDatabasesRequest.create({ id: controller.DatabaseId.create(ID) })],
      controller.GetDatabasesResponse,
      ({ databases }) => databases.flatMap((each) => databaseFaults(each, ({ partitionId }) => partitionId)),
    ),
  ),
  rowOf('controller-groups', 'go-client v0.1.x', `${CONTROLLER}/GetPartitionGroups`, (client) =>
    ask(
      client,
      `${CONTROLLER}/GetPartitionGroups`,
      [
        controller.GetPartitionGroupsRequest,
        controller.GetPartitionGroupsRequest.create({ id: controller.PartitionGroupId.create(ID) }),
      ],
      controller.GetPartitionGroupsResponse,
      ({ groups }) =>
        groups.flatMap((each) => [
          ...expect(each.spec !== undefined, REFERENCE, 'a group without a spec'),
          ...databaseFaults(each, ({ partitionId }) => partitionId),
        ]),
    ),
  ),
  rowOf('join-group', 'go-client v0.2.0–v0.4.1', JOIN_GROUP, (client) => probeJoinGroup(client)),
  rowOf('get-database', 'go-client v0.2.0–v0.4.1', `${DATABASE}/GetDatabase`, (client) =>
    ask(
      client,
      `${DATABASE}/GetDatabase`,
      [database.GetDatabaseRequest, database.GetDatabaseRequest.create({ id: database.DatabaseId.create(ID) })],
      database.GetDatabaseResponse,
      ({ database: found }) =>
        found === undefined ? [] : databaseFaults(found, ({ partitionId }) => partitionId?.partition),
    ),
  ),
  rowOf('get-databases', 'go-client v0.2.0–v0.4.1', `${DATABASE}/GetDatabases`, (client) =>
    ask(
      client,
      `${DATABASE}/GetDatabases`,
      [database.GetDatabasesRequest, database.GetDatabasesRequest.create({ namespace: NAMESPACE })],
      database.GetDatabasesResponse,
      ({ databases }) => databases.flatMap((each) => databaseFaults(each, ({ partitionId }) => partitionId?.partition)),
    ),
  ),
]

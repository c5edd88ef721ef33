import * as controller from '../generated/atomix/controller.js'
import * as database from '../generated/atomix/database.js'
import * as membership from '../generated/atomix/membership.js'
import * as session from '../generated/atomix/session.js'
import type { MessageType, WireMessage } from '../wire/index.js'
import { type Candidate, candidate } from './candidate.js'
import type { Direction } from './explanation.js'

function row<T extends WireMessage>(
  path: string,
  direction: Direction,
  type: MessageType<T>,
  expects: readonly string[] = [],
): Candidate {
  return candidate({ generation: 'atomix', dialect: 'atomix', direction, paths: [`/atomix.${path}`], type, expects })
}

const OPEN = 'session.SessionService/OpenSession'
const KEEP_ALIVE = 'session.SessionService/KeepAlive'
const CLOSE = 'session.SessionService/CloseSession'
const DATABASES = 'controller.ControllerService/GetDatabases'
const GROUPS = 'controller.ControllerService/GetPartitionGroups'
const DATABASE = 'database.DatabaseService/GetDatabase'
const JOIN = 'membership.MembershipService/JoinGroup'

/** No message of Atomix is signed. Several have the same fields; what they carry in real life tells them apart. */
export const ATOMIX_CANDIDATES: readonly Candidate[] = [
  row(OPEN, 'request', session.OpenSessionRequest, ['timeout']),
  row(KEEP_ALIVE, 'request', session.KeepAliveRequest, ['header.session_id']),
  row(CLOSE, 'request', session.CloseSessionRequest, ['header.session_id']),
  row(OPEN, 'response', session.OpenSessionResponse, ['header.index']),
  row(KEEP_ALIVE, 'response', session.KeepAliveResponse, ['header.session_id']),
  row(CLOSE, 'response', session.CloseSessionResponse, ['header.session_id']),
  row(DATABASES, 'request', controller.GetDatabasesRequest, ['id.name']),
  row(GROUPS, 'request', controller.GetPartitionGroupsRequest, ['id.name']),
  row(DATABASE, 'request', database.GetDatabaseRequest, ['id.name']),
  row(`${DATABASE}s`, 'request', database.GetDatabasesRequest, ['namespace']),
  row(JOIN, 'request', membership.JoinGroupRequest, ['member.id.name']),
  row(DATABASES, 'response', controller.GetDatabasesResponse, ['databases[0].id.name']),
  row(GROUPS, 'response', controller.GetPartitionGroupsResponse, ['groups[0].id.name']),
  row(DATABASE, 'response', database.GetDatabaseResponse, ['database.id.name']),
  row(`${DATABASE}s`, 'response', database.GetDatabasesResponse, ['databases[0].id.name']),
  row(JOIN, 'response', membership.JoinGroupResponse, ['group_id.name']),
]

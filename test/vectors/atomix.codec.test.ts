import t from 'tap'
import * as controller from '../../src/generated/atomix/controller.js'
import * as database from '../../src/generated/atomix/database.js'
import * as membership from '../../src/generated/atomix/membership.js'
import * as session from '../../src/generated/atomix/session.js'
import { ATOMIX_NAMING } from '../support/decoded.js'
import { type Reader, readerOf } from '../support/reading.js'
import { type AtomixVector, atomixFile } from '../support/vectors.js'

/** Every message of atomix.json, read and written by our codec alone. */

const { vectors } = atomixFile()

const SESSION = 'atomix/session'
const READERS: Readonly<Record<string, Reader>> = {
  '/atomix.session.SessionService/OpenSession request': readerOf(SESSION, session.OpenSessionRequest, ATOMIX_NAMING),
  '/atomix.session.SessionService/OpenSession response': readerOf(SESSION, session.OpenSessionResponse, ATOMIX_NAMING),
  '/atomix.session.SessionService/KeepAlive request': readerOf(SESSION, session.KeepAliveRequest, ATOMIX_NAMING),
  '/atomix.session.SessionService/KeepAlive response': readerOf(SESSION, session.KeepAliveResponse, ATOMIX_NAMING),
  '/atomix.session.SessionService/CloseSession request': readerOf(SESSION, session.CloseSessionRequest, ATOMIX_NAMING),
  '/atomix.session.SessionService/CloseSession response': readerOf(
    SESSION,
    session.CloseSessionResponse,
    ATOMIX_NAMING,
  ),
  '/atomix.controller.ControllerService/GetDatabases request': readerOf(
    'atomix/controller',
    controller.GetDatabasesRequest,
    ATOMIX_NAMING,
  ),
  '/atomix.controller.ControllerService/GetDatabases response': readerOf(
    'atomix/controller',
    controller.GetDatabasesResponse,
    ATOMIX_NAMING,
  ),
  '/atomix.database.DatabaseService/GetDatabase request': readerOf(
    'atomix/database',
    database.GetDatabaseRequest,
    ATOMIX_NAMING,
  ),
  '/atomix.database.DatabaseService/GetDatabase response': readerOf(
    'atomix/database',
    database.GetDatabaseResponse,
    ATOMIX_NAMING,
  ),
  '/atomix.database.DatabaseService/GetDatabases request': readerOf(
    'atomix/database',
    database.GetDatabasesRequest,
    ATOMIX_NAMING,
  ),
  '/atomix.database.DatabaseService/GetDatabases response': readerOf(
    'atomix/database',
    database.GetDatabasesResponse,
    ATOMIX_NAMING,
  ),
  '/atomix.membership.MembershipService/JoinGroup request': readerOf(
    'atomix/membership',
    membership.JoinGroupRequest,
    ATOMIX_NAMING,
  ),
  '/atomix.membership.MembershipService/JoinGroup response': readerOf(
    'atomix/membership',
    membership.JoinGroupResponse,
    ATOMIX_NAMING,
  ),
}

/** Bytes that no client sends: right, but not the form in which they are written again. */
const WRITTEN_OTHERWISE = new Set([
  'raw-partition-minus-1',
  'raw-partition-2-to-the-32-plus-1',
  'raw-partition-long-varint',
  'raw-partition-twice',
  'raw-header-twice-merges',
  'raw-header-twice-open',
  'raw-fields-out-of-order',
  'raw-header-fields-out-of-order',
  'raw-unknown-group',
  'raw-unknown-fixed-fields',
  'raw-delete-2',
  'raw-explicit-zero-fields',
])

t.test('what the vectors say of every message is what we read', async (t) => {
  for (const vector of vectors) {
    const { error, differences } = read(vector)
    if (vector.decoded === null) t.not(error, undefined, `${vector.name}: is refused`)
    else t.same({ error, differences }, { error: undefined, differences: [] }, vector.name)
  }
})

t.test('written again, a message has the same bytes', async (t) => {
  for (const vector of vectors.filter(({ decoded }) => decoded !== null)) {
    const { again } = read(vector)
    if (WRITTEN_OTHERWISE.has(vector.name)) t.not(again, vector.hex, `${vector.name}: is no exception`)
    else t.equal(again, vector.hex, vector.name)
  }
})

function read({ name, path, message, hex, decoded }: AtomixVector) {
  const reader = READERS[`${path} ${message}`]
  if (reader === undefined) throw new Error(`${name}: no reader for ${path}`)
  return reader(hex, decoded ?? undefined)
}

import { Reader, Writer } from 'protobufjs'
import t from 'tap'
import * as database from '../../src/generated/atomix/database.js'
import { ResponseHeader } from '../../src/generated/atomix/headers.js'
import { KeepAliveResponse, OpenSessionResponse } from '../../src/generated/atomix/session.js'
import * as c from '../../src/generated/v1/c.js'
import * as e2service from '../../src/generated/v1/e2/service.js'
import * as e2 from '../../src/generated/v1/e2.js'
import * as v1service from '../../src/generated/v1/service.js'
import * as a2 from '../../src/generated/v1-legacy/a2.js'
import * as b from '../../src/generated/v1-legacy/b.js'
import * as netmap from '../../src/generated/v2/netmap.js'
import { Version } from '../../src/generated/v2/refs.js'
import { CreateResponse, ResponseMetaHeader } from '../../src/generated/v2/session.js'
import { Status } from '../../src/generated/v2/status.js'
import { Identity, probe, ROWS, type RowReport, rowsOf } from '../../src/probe/index.js'
import { decode, encode, type MessageType, WireError, type WireMessage } from '../../src/wire/index.js'
import { type Spoiling, spoilingServer } from '../support/answering-server.js'
import { testGateway } from '../support/gateway.js'

/** A real gateway behind a server that spoils one thing: the row fails, and the fault is named. */

const P1 = '/session.Session/Create'
const P4 = '/neo.fs.v2.session.SessionService/Create'
const ATOMIX = '/atomix.session.SessionService'
const NETMAP = '/neo.fs.v2.netmap.NetmapService'

interface Fault {
  readonly row: string
  readonly spoiling: Spoiling
  /** One of the findings. */
  readonly named: RegExp
  /** There are others, since what is changed is signed. */
  readonly signed?: true
  /** What is wrong is that nothing comes: how long it is waited for. */
  readonly timeout_ms?: number
}

function changed<T extends WireMessage>(type: MessageType<T>, change: (message: T) => T) {
  return (answer: Uint8Array): Uint8Array => {
    const message = decode(type, answer)
    if (message instanceof WireError) throw message
    return encode(type, change(message), { unknown: 'keep' })
  }
}

/** Without a field at the end of a path of field numbers. */
function without(...path: readonly number[]) {
  const [wanted, ...deeper] = path
  return (bytes: Uint8Array): Uint8Array => {
    const reader = Reader.create(bytes)
    const writer = Writer.create()
    while (reader.pos < reader.len) {
      const start = reader.pos
      const tag = reader.uint32()
      if (tag >>> 3 !== wanted) {
        reader.skipType(tag & 7)
        writer.raw(bytes.subarray(start, reader.pos))
      } else if (deeper.length === 0) reader.skipType(tag & 7)
      else writer.uint32(tag).bytes(without(...deeper)(reader.bytes()))
    }
    return writer.finish()
  }
}

const shorter = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, -1)
const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at === 10 ? byte ^ 0xff : byte))
/** 1 is no x of a point on P-256. */
const OFF_CURVE = Uint8Array.of(2, ...new Uint8Array(31), 1)

function inC(change: (answer: c.CreateResponse) => c.CreateResponse): Spoiling {
  return { path: P1, change: changed(c.CreateResponse, change) }
}

type TokenA = NonNullable<a2.CreateResponse['unsigned']>
type TokenB = NonNullable<b.CreateResponse['unsigned']>

function inUnsigned(change: (token: TokenA) => Partial<TokenA>): Spoiling {
  const each = ({ unsigned, ...rest }: a2.CreateResponse) => ({
    ...rest,
    unsigned: unsigned && { ...unsigned, ...change(unsigned) },
  })
  return { path: P1, change: changed(a2.CreateResponse, each) }
}

function inResult(change: (token: TokenA) => Partial<TokenA>): Spoiling {
  const each = ({ result, ...rest }: a2.CreateResponse) => ({
    ...rest,
    result: result && { ...result, ...change(result) },
  })
  return { path: P1, nth: 1, change: changed(a2.CreateResponse, each) }
}

function inInfo(change: Partial<NonNullable<TokenB['tokenInfo']>>): Spoiling {
  const each = ({ unsigned, ...rest }: b.CreateResponse) => ({
    ...rest,
    unsigned: unsigned && { ...unsigned, tokenInfo: unsigned.tokenInfo && { ...unsigned.tokenInfo, ...change } },
  })
  return { path: P1, change: changed(b.CreateResponse, each) }
}

function inE2(change: (answer: e2.CreateResponse) => Partial<e2.CreateResponse>): Spoiling {
  return { path: P1, change: changed(e2.CreateResponse, (answer) => ({ ...answer, ...change(answer) })) }
}

function inV2(change: (answer: CreateResponse) => Partial<CreateResponse>): Spoiling {
  return { path: P4, change: changed(CreateResponse, (answer) => ({ ...answer, ...change(answer) })) }
}

function inV2Meta(change: Partial<ResponseMetaHeader>): Spoiling {
  return inV2(({ metaHeader }) => ({ metaHeader: { ...(metaHeader ?? ResponseMetaHeader.create()), ...change } }))
}

function inV2Body(change: (body: NonNullable<CreateResponse['body']>) => object): Spoiling {
  return inV2(({ body }) => ({ body: body && { ...body, ...change(body) } }))
}

function inAtomix<T extends WireMessage & { header: ResponseHeader | undefined }>(
  method: string,
  type: MessageType<T>,
  change: (header: ResponseHeader) => Partial<ResponseHeader> | undefined,
): Spoiling {
  const each = (answer: T): T => {
    const fields = change(answer.header ?? ResponseHeader.create())
    return { ...answer, header: fields && { ...(answer.header ?? ResponseHeader.create()), ...fields } }
  }
  return { path: `${ATOMIX}/${method}`, change: changed(type, each) }
}

const inOpen = (change: (header: ResponseHeader) => Partial<ResponseHeader> | undefined) =>
  inAtomix('OpenSession', OpenSessionResponse, change)
const inKeepAlive = (change: (header: ResponseHeader) => Partial<ResponseHeader> | undefined) =>
  inAtomix('KeepAlive', KeepAliveResponse, change)

const FAULTS: readonly Fault[] = [
  { row: 'c', spoiling: inC((each) => ({ ...each, id: shorter(each.id) })), named: /ID: expect=16, actual=15/ },
  {
    row: 'c',
    spoiling: inC((each) => ({ ...each, sessionKey: shorter(each.sessionKey) })),
    named: /^neofs-v1 §3\.3: session key of 32 bytes, expected 33$/,
  },
  {
    row: 'cx',
    spoiling: inC((each) => ({ ...each, id: new Uint8Array(16) })),
    named: /^neofs-v1 §5\.2: session id 0{32} is no UUID of version 4$/,
  },
  {
    row: 'd',
    spoiling: inC((each) => ({ ...each, sessionKey: OFF_CURVE })),
    named: /session key: .*not on the P256 curve/,
  },
  {
    row: 'd',
    spoiling: inC((each) => ({ ...each, id: shorter(each.id) })),
    named: /^neofs-v1 §5\.2: session id of 15 bytes, expected 16$/,
  },
  {
    row: 'a2',
    spoiling: inUnsigned(({ ownerID }) => ({ ownerID: flipped(ownerID) })),
    named: /^neofs-v1 §3\.1 step 2: owner differs: [0-9a-f]{50} sent, [0-9a-f]{50} received$/,
  },
  {
    row: 'a2',
    spoiling: inUnsigned(() => ({ firstEpoch: 5n })),
    named: /^neofs-v1 §3\.1 step 2: first epoch differs: 0 sent, 5 received$/,
  },
  {
    row: 'a0',
    spoiling: inUnsigned(() => ({ lastEpoch: 2n ** 64n - 2n })),
    named: /step 2: last epoch differs: 18446744073709551615 sent, 18446744073709551614 received$/,
  },
  { row: 'a1', spoiling: inUnsigned(() => ({ objectID: [] })), named: /step 2: object ids differs/ },
  { row: 'a3', spoiling: inUnsigned(() => ({ publicKeys: [] })), named: /step 2: public keys differs/ },
  {
    row: 'a0',
    spoiling: inUnsigned(() => ({ publicKeys: [OFF_CURVE] })),
    named: /§7\.3: Unsigned has 35 bytes of unknown/,
  },
  { row: 'a2', spoiling: { path: P1, change: without(1, 1) }, named: /step 2: received nil public key/ },
  {
    row: 'a2',
    spoiling: inUnsigned(({ id }) => ({ id: shorter(id) })),
    named: /step 2: Unsigned does not decode: .*actual=15/,
  },
  { row: 'a2', spoiling: inUnsigned(() => ({ signature: OFF_CURVE })), named: /Unsigned is signed: Signature is set/ },
  { row: 'a2', spoiling: inResult(() => ({ lastEpoch: 7n })), named: /step 4: Result: last epoch differs/ },
  {
    row: 'a2',
    spoiling: inResult(() => ({ signature: new Uint8Array(0) })),
    named: /step 4: Result: Signature differs$/,
  },
  {
    row: 'a2',
    spoiling: { path: P1, nth: 1, change: () => undefined },
    named: /step 4: the call ended with OK and without/,
  },
  {
    row: 'a2',
    spoiling: { path: P1, staysOpen: true },
    named: /step 4: the call was not ended with OK after Result/,
    timeout_ms: 3000,
  },
  { row: 'b', spoiling: inInfo({ verb: 3 }), named: /^neofs-v1 §3\.2 step 2: verb differs: 1 sent, 3 received$/ },
  { row: 'b', spoiling: inInfo({ sessionKey: OFF_CURVE }), named: /step 2: session key: .*curve$/ },
  { row: 'e2', spoiling: inE2(() => ({ body: undefined })), named: /^neofs-v1 §3\.4: the answer has no body$/ },
  {
    row: 'e2',
    spoiling: inE2(({ body }) => ({ body: body && { ...body, sessionKey: shorter(body.sessionKey) } })),
    named: /^neofs-v1 §3\.4: session key of 32 bytes, expected 33$/,
    signed: true,
  },
  {
    row: 'e2',
    spoiling: inE2(({ metaHeader }) => ({
      metaHeader: {
        ...(metaHeader ?? e2service.ResponseMetaHeader.create()),
        version: v1service.Version.create({ major: 3, minor: 0 }),
      },
    })),
    named: /^neofs-v1 §3\.4: the answer announces 3\.0 to a client of 2\.0$/,
    signed: true,
  },
  {
    row: 'e2',
    spoiling: inE2(({ verifyHeader }) => ({
      verifyHeader: verifyHeader && { ...verifyHeader, bodySignature: verifyHeader.metaSignature },
    })),
    named: /^neofs-v1 §4\.6: body signature is not valid: signature mismatch$/,
  },
  {
    row: 'f0',
    spoiling: inV2(() => ({ verifyHeader: undefined })),
    named: /^neofs-v1 §4\.6: the answer is not signed: it has no verification header$/,
  },
  {
    row: '2.0',
    spoiling: inV2(() => ({ verifyHeader: undefined })),
    named: /^neofs-v2 §3\.5: the answer is not signed: it has no verification header$/,
  },
  {
    row: '2.10',
    spoiling: inV2Meta({ status: Status.create() }),
    named: /^neofs-v2 §3\.3: a status for a client of 2\.10/,
    signed: true,
  },
  {
    row: '2.10',
    spoiling: inV2Meta({ version: Version.create({ major: 2, minor: 25 }) }),
    named: /^neofs-v2 §5\.4: the answer announces 2\.25 to a client of 2\.10$/,
    signed: true,
  },
  {
    row: '2.11',
    spoiling: inV2(() => ({ metaHeader: undefined })),
    named: /^neofs-v2 §5\.4: the answer has no meta header$/,
    signed: true,
  },
  {
    row: '2.11',
    spoiling: inV2(({ verifyHeader }) => ({
      verifyHeader: verifyHeader && {
        ...verifyHeader,
        metaSignature: verifyHeader.metaSignature && { ...verifyHeader.metaSignature, scheme: 1 },
      },
    })),
    named: /^neofs-v2 §3\.5: meta signature has scheme 1: this client does not know it$/,
  },
  {
    row: '2.21',
    spoiling: inV2(({ verifyHeader }) => ({
      verifyHeader: verifyHeader && { ...verifyHeader, originSignature: undefined },
    })),
    named: /^neofs-v2 §3\.5: origin signature is missing$/,
  },
  {
    row: '2.21',
    spoiling: inV2(({ verifyHeader }) => ({
      verifyHeader: verifyHeader && { ...verifyHeader, bodySignature: verifyHeader.originSignature },
    })),
    named: /^neofs-v2 §3\.5: body signature is not valid: signature mismatch$/,
  },
  {
    row: '2.22',
    spoiling: inV2Body(({ id }) => ({ id: shorter(id) })),
    named: /^neofs-v2 §5\.2: session id of 15 bytes, expected 16$/,
  },
  {
    row: '2.25',
    spoiling: inV2Body(({ sessionKey }) => ({ sessionKey: shorter(sessionKey) })),
    named: /^neofs-v2 §5\.4: session key of 32 bytes, expected 33$/,
  },
  { row: '2.25', spoiling: inV2(() => ({ body: undefined })), named: /^neofs-v2 §5\.1: malformed response body/ },
  {
    row: '2.25',
    spoiling: inV2Meta({ status: Status.create({ code: 1 }) }),
    named: /^neofs-v2 §2\.7: status 1 is a failure to every client/,
    signed: true,
  },
  {
    row: '2.25',
    spoiling: inV2Meta({ status: Status.create({ code: 1024 }) }),
    named: /^neofs-v2 §3\.6: status 1024 together with a body$/,
    signed: true,
  },
  { row: 'atomix-v0.1', spoiling: inOpen(() => ({ index: 0n })), named: /^atomix §4\.2: OpenSession has no index/ },
  {
    row: 'atomix-v0.2',
    spoiling: inOpen(() => undefined),
    named: /^atomix §4\.2: OpenSession has no header: clients crash$/,
  },
  { row: 'atomix-v0.2', spoiling: inOpen(() => ({ sessionId: 0n })), named: /OpenSession has no session id/ },
  { row: 'atomix-v0.1', spoiling: inOpen(() => ({ status: 2 })), named: /NOT_LEADER, names no leader: clients spin$/ },
  {
    row: 'atomix-v0.1',
    spoiling: inOpen(() => ({ status: 1, message: Buffer.from('no\u001b[2J') })),
    named: /^atomix §4\.3: OpenSession refused: ERROR "no\\u\{1b\}\[2J"$/,
  },
  {
    row: 'atomix-v0.1',
    spoiling: inOpen(() => ({ status: 5 })),
    named: /status 5, on which clients before v0\.4\.0 spin$/,
  },
  {
    row: 'atomix-v0.2',
    spoiling: inKeepAlive(({ sessionId }) => ({ sessionId: sessionId + 9n, index: sessionId + 9n })),
    named: /^atomix §4\.2: KeepAlive moves the client from session \d+ to session \d+$/,
  },
  {
    row: 'atomix-v0.2',
    spoiling: inKeepAlive(() => ({ sessionId: 0n })),
    named: /^atomix §3\.2: KeepAlive of session \d+/,
  },
  { row: 'atomix-v0.1', spoiling: inKeepAlive(() => undefined), named: /^atomix §4\.2: KeepAlive has no header/ },
  {
    row: 'local-node-info',
    spoiling: {
      path: `${NETMAP}/LocalNodeInfo`,
      change: changed(netmap.LocalNodeInfoResponse, (each) => ({
        ...each,
        body: each.body && { ...each.body, version: undefined },
      })),
    },
    named: /^neofs-v2 §7\.1: as 2\.25: missing version: SDKs negotiate by it$/,
    signed: true,
  },
  {
    row: 'network-info',
    spoiling: {
      path: `${NETMAP}/NetworkInfo`,
      change: changed(netmap.NetworkInfoResponse, (each) => ({
        ...each,
        body: netmap.NetworkInfoResponseBody.create({ networkInfo: netmap.NetworkInfo.create({ currentEpoch: 77n }) }),
      })),
    },
    named: /^neofs-v2 §7\.4: as 2\.25: the body tells epoch 77, the meta header 10$/,
    signed: true,
  },
  {
    row: 'join-group',
    spoiling: { path: '/atomix.membership.MembershipService/JoinGroup', change: () => undefined },
    named: /^atomix §4\.5: no answer in time/,
    timeout_ms: 1000,
  },
  {
    row: 'get-database',
    spoiling: {
      path: '/atomix.database.DatabaseService/GetDatabase',
      change: changed(database.GetDatabaseResponse, ({ database: found, ...rest }) => ({
        ...rest,
        database: found && { ...found, partitions: found.partitions.map((each) => ({ ...each, endpoints: [] })) },
      })),
    },
    named: /^atomix §4\.5: a partition without endpoints: clients crash$/,
  },
]

t.test('each fault is named, and it alone where nothing else follows from it', async (t) => {
  const { grpc } = await testGateway(t, { 'admin.listen': 'off' })
  const identity = Identity.throwaway()
  const paths = [...ROWS.map(({ path }) => path), `${ATOMIX}/KeepAlive`, `${ATOMIX}/CloseSession`]
  const held = async ({ row, spoiling, named, signed, timeout_ms = 10_000 }: Fault): Promise<void> => {
    const server = await spoilingServer(t, grpc, paths, spoiling)
    const report = await probe(server, { rows: rowsOf(row), identity, repeat: 1, timeout_ms, conformance: false })
    const found = report.rows.flatMap(texts)
    t.equal(report.works, false, row)
    t.match(report.rows, [{ name: row, outcome: 'fails', latency_ms: null }])
    t.ok(
      found.some((text) => named.test(text)),
      `${row}: ${named} is among ${JSON.stringify(found)}`,
    )
    if (signed === undefined) t.equal(found.length, 1, `${row}: only ${JSON.stringify(found)}`)
  }
  await Promise.all(FAULTS.map(held))
})

function texts({ findings }: RowReport): string[] {
  return findings.map(({ reference, what }) => `${reference}: ${what}`)
}

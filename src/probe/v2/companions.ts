import {
  BalanceRequest,
  BalanceRequestBody,
  BalanceResponse,
  BalanceResponseBody,
} from '../../generated/v2/accounting.js'
import * as netmap from '../../generated/v2/netmap.js'
import { OwnerID } from '../../generated/v2/refs.js'
import type { RequestMetaHeader, RequestVerificationHeader } from '../../generated/v2/session.js'
import { GrpcCode } from '../../transport/transport.js'
import { encode, type MessageType, type WireMessage } from '../../wire/index.js'
import { refusal } from '../answers.js'
import type { ProbeClient } from '../client.js'
import { expect, type Finding, fault } from '../finding.js'
import type { Row } from '../row.js'
import type { ProbeSetup } from '../setup.js'
import { type AnswerType, type ReadAnswer, readAnswer, statusText } from './answer.js'
import { derivationOf, signedHeaders } from './request.js'

/** What SDKs call before Create, each as a client that verifies answers and as one that no longer does (neofs-v2 §7). */

const NETMAP = '/neo.fs.v2.netmap.NetmapService'
const ACCOUNTING = '/neo.fs.v2.accounting.AccountingService'
const REFERENCE = 'neofs-v2 §7.1'
const FIRST_WITH_ADDRESSES = 8
const FIRST_WITH_SETTINGS = 10

interface SignedRequest extends WireMessage {
  metaHeader: RequestMetaHeader | undefined
  verifyHeader: RequestVerificationHeader | undefined
}

interface Question<Body extends WireMessage> {
  readonly path: string
  /** Versions that are asked as. */
  readonly minors: readonly number[]
  readonly request: (setup: ProbeSetup, minor: number) => Uint8Array
  readonly answer: AnswerType<Body>
  readonly judge: (body: Body, answer: ReadAnswer<Body>, minor: number) => Finding[]
}

/** From rc.13 on these requests have no body at all: zero bytes are signed. */
function bodiless<Request extends SignedRequest>(type: MessageType<Request>) {
  return ({ identity }: ProbeSetup, minor: number): Uint8Array => {
    const { metaHeader, verifyHeader } = signedHeaders(identity, minor, new Uint8Array(0))
    return encode(type, { ...type.create(), metaHeader, verifyHeader })
  }
}

export const LOCAL_NODE_INFO: Question<netmap.LocalNodeInfoResponseBody> = {
  path: `${NETMAP}/LocalNodeInfo`,
  minors: [11, 21, 25],
  request: bodiless(netmap.LocalNodeInfoRequest),
  answer: { message: netmap.LocalNodeInfoResponse, body: netmap.LocalNodeInfoResponseBody, known: oneAddress },
  judge: ({ version, nodeInfo }) => [
    ...expect(version !== undefined, REFERENCE, 'missing version: SDKs negotiate by it'),
    ...nodeFaults(nodeInfo),
  ],
}

export const NETWORK_INFO: Question<netmap.NetworkInfoResponseBody> = {
  path: `${NETMAP}/NetworkInfo`,
  minors: [11, 21, 25],
  request: bodiless(netmap.NetworkInfoRequest),
  answer: { message: netmap.NetworkInfoResponse, body: netmap.NetworkInfoResponseBody, known: withoutSettings },
  judge({ networkInfo }, { meta }, minor) {
    if (networkInfo === undefined) return [fault(REFERENCE, 'missing network info')]
    const settings = minor >= FIRST_WITH_SETTINGS ? settingFaults(networkInfo) : []
    return [...settings, ...epochFaults(networkInfo.currentEpoch, meta?.epoch)]
  },
}

export const NETMAP_SNAPSHOT: Question<netmap.NetmapSnapshotResponseBody> = {
  path: `${NETMAP}/NetmapSnapshot`,
  minors: [14, 21, 25],
  request: bodiless(netmap.NetmapSnapshotRequest),
  answer: { message: netmap.NetmapSnapshotResponse, body: netmap.NetmapSnapshotResponseBody },
  judge({ netmap: map }, { meta }) {
    if (map === undefined) return [fault(REFERENCE, 'missing network map')]
    return [...map.nodes.flatMap(nodeFaults), ...epochFaults(map.epoch, meta?.epoch)]
  },
}

const BALANCE: Question<BalanceResponseBody> = {
  path: `${ACCOUNTING}/Balance`,
  minors: [11, 21, 25],
  request({ identity }, minor) {
    const ownerId = OwnerID.create({ value: identity.owner(derivationOf(minor)) })
    const body = BalanceRequestBody.create({ ownerId })
    const headers = signedHeaders(identity, minor, encode(BalanceRequestBody, body))
    return encode(BalanceRequest, BalanceRequest.create({ body, ...headers }))
  },
  answer: { message: BalanceResponse, body: BalanceResponseBody },
  judge: ({ balance }) => expect(balance !== undefined, 'neofs-v2 §2.5', 'missing balance'),
}

/** Asks as each of the versions; what is found says as which. */
async function probeQuestion<Body extends WireMessage>(
  client: ProbeClient,
  setup: ProbeSetup,
  question: Question<Body>,
): Promise<Finding[]> {
  const found: Finding[] = []
  for (const minor of question.minors) {
    const asked = await ask(client, setup, question, minor)
    found.push(...asked.map((each) => ({ ...each, what: `as 2.${minor}: ${each.what}` })))
    if (asked.some(({ kind }) => kind !== 'fault')) return found
  }
  return found
}

export async function ask<Body extends WireMessage>(
  client: ProbeClient,
  setup: ProbeSetup,
  { path, request, answer: type, judge }: Question<Body>,
  minor: number,
): Promise<Finding[]> {
  const reply = await client.unary(path, request(setup, minor))
  if (reply.response === undefined) return [refusal(reply, { reference: REFERENCE, shared: false })]
  const answer = readAnswer(type, reply.response, minor)
  if ('kind' in answer) return [answer]
  const { faults, body, status } = answer
  if (status.code !== 0) return [...faults, fault('neofs-v2 §3.6', `refused: ${statusText(status)}`)]
  if (body === undefined) return [...faults, fault(REFERENCE, 'missing response body')]
  return [...faults, ...judge(body, answer, minor)]
}

/** The current epoch, if the server tells it. */
export async function toldEpoch(client: ProbeClient, setup: ProbeSetup): Promise<bigint | undefined> {
  const reply = await client.unary(NETWORK_INFO.path, NETWORK_INFO.request(setup, 21))
  if (reply.response === undefined) return undefined
  const answer = readAnswer(NETWORK_INFO.answer, reply.response, 21)
  return 'kind' in answer ? undefined : answer.body?.networkInfo?.currentEpoch
}

/** What Dial of rc.3 to rc.9 sends: any answer will do, if it comes (§7.1). */
async function probeDial(client: ProbeClient): Promise<Finding[]> {
  const reply = await client.unary(BALANCE.path, new Uint8Array(0))
  if (reply.code === GrpcCode.UNIMPLEMENTED || reply.code === GrpcCode.UNAVAILABLE)
    return [refusal(reply, { reference: REFERENCE, shared: false })]
  return expect(
    reply.code !== GrpcCode.DEADLINE_EXCEEDED,
    REFERENCE,
    'the empty Balance of Dial was not answered in time',
  )
}

function nodeFaults(node: netmap.NodeInfo | undefined): Finding[] {
  if (node === undefined) return [fault(REFERENCE, 'missing node info')]
  const { publicKey, addresses, attributes } = node
  const keys = attributes.map(({ key }) => key)
  const wrong = attributes.find(({ key, value }) => key === '' || value === '' || !isAttribute(key, value))
  return [
    ...expect(publicKey.length > 0, REFERENCE, 'missing public key of the node'),
    ...expect(addresses.length > 0, REFERENCE, 'missing network endpoints of the node'),
    ...expect(new Set(keys).size === keys.length, REFERENCE, 'a node attribute comes twice'),
    ...expect(wrong === undefined, REFERENCE, () => `node attribute ${JSON.stringify(wrong?.key)} has no usable value`),
  ]
}

function isAttribute(key: string, value: string): boolean {
  return (key !== 'Capacity' && key !== 'Price') || /^\d+$/.test(value)
}

/** rc.8 and later refuse an answer without them. */
function settingFaults({ networkConfig }: netmap.NetworkInfo): Finding[] {
  const parameters = networkConfig?.parameters ?? []
  const keys = parameters.map(({ key }) => Buffer.from(key).toString('latin1'))
  return [
    ...expect(parameters.length > 0, REFERENCE, 'missing network parameters'),
    ...expect(!keys.includes('') && new Set(keys).size === keys.length, REFERENCE, 'empty or repeated parameter names'),
    ...expect(
      parameters.every(({ value }) => value.length > 0),
      REFERENCE,
      'a network parameter without a value',
    ),
  ]
}

/** One answer tells one epoch; nodes from v0.55 on leave it out of the header. A new epoch may just have begun. */
function epochFaults(told: bigint, header: bigint | undefined): Finding[] {
  if (header === undefined || header === 0n) return []
  const apart = told > header ? told - header : header - told
  return expect(apart <= 1n, 'neofs-v2 §7.4', `the body tells epoch ${told}, the meta header ${header}`)
}

/** Before 2.8 a node had one address, and a decoder keeps the last (neofs-v2 §2.5). */
function oneAddress(body: netmap.LocalNodeInfoResponseBody, minor: number): netmap.LocalNodeInfoResponseBody {
  if (minor >= FIRST_WITH_ADDRESSES || body.nodeInfo === undefined) return body
  return { ...body, nodeInfo: { ...body.nodeInfo, addresses: body.nodeInfo.addresses.slice(-1) } }
}

/** NetworkInfo grew in 2.10. */
function withoutSettings(body: netmap.NetworkInfoResponseBody, minor: number): netmap.NetworkInfoResponseBody {
  if (minor >= FIRST_WITH_SETTINGS || body.networkInfo === undefined) return body
  return { ...body, networkInfo: { ...body.networkInfo, msPerBlock: 0n, networkConfig: undefined } }
}

function rowOf<Body extends WireMessage>(name: string, question: Question<Body>): Row {
  const { path } = question
  const probe: Row['probe'] = (client, setup) => probeQuestion(client, setup, question)
  return { name, group: 'companions', client: 'neo.fs.v2 clients', path, probe }
}

export const v2CompanionRows: readonly Row[] = [
  rowOf('local-node-info', LOCAL_NODE_INFO),
  rowOf('network-info', NETWORK_INFO),
  rowOf('netmap-snapshot', NETMAP_SNAPSHOT),
  rowOf('balance', BALANCE),
  {
    name: 'dial',
    group: 'companions',
    client: 'sdk rc.3–rc.9',
    path: BALANCE.path,
    probe: (client) => probeDial(client),
  },
]

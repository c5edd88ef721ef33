import { RequestHeader as Header, type RequestHeader, type ResponseHeader } from '../../generated/atomix/headers.js'
import { PrimitiveId } from '../../generated/atomix/primitive.js'
import {
  CloseSessionRequest,
  CloseSessionResponse,
  KeepAliveRequest,
  KeepAliveResponse,
  OpenSessionRequest,
  OpenSessionResponse,
} from '../../generated/atomix/session.js'
import { Duration } from '../../generated/google/protobuf/duration.js'
import { decode, encode, type MessageType, WireError, type WireMessage } from '../../wire/index.js'
import { refusal } from '../answers.js'
import type { ProbeClient } from '../client.js'
import { expect, type Finding, fault, printable } from '../finding.js'
import type { Row } from '../row.js'

/** Open, keep alive, close: the Go clients v0.1.0 to v0.4.1 as far as SessionService goes (atomix §4). */

const SERVICE = '/atomix.session.SessionService'

/** v0.1 clients leave the primitive out of the header, later ones always write it, empty (atomix §2.2). */
export type HeaderForm = 'v0.1' | 'v0.2+'

/** Partition ids are 1…N everywhere (atomix §4.5). */
const PARTITION = 1
/** What `primitive.NewSession` asks for, in seconds (atomix §4.1). */
const TIMEOUT_S = 30n

interface HeaderRequest extends WireMessage {
  header: RequestHeader | undefined
}
interface HeaderAnswer extends WireMessage {
  header: ResponseHeader | undefined
}

export interface SessionMethod<Request extends HeaderRequest = HeaderRequest> {
  readonly path: string
  readonly request: MessageType<Request>
  readonly response: MessageType<HeaderAnswer>
}

export const OPEN: SessionMethod<OpenSessionRequest> = {
  path: `${SERVICE}/OpenSession`,
  request: OpenSessionRequest,
  response: OpenSessionResponse,
}
export const KEEP_ALIVE: SessionMethod<KeepAliveRequest> = {
  path: `${SERVICE}/KeepAlive`,
  request: KeepAliveRequest,
  response: KeepAliveResponse,
}
export const CLOSE: SessionMethod<CloseSessionRequest> = {
  path: `${SERVICE}/CloseSession`,
  request: CloseSessionRequest,
  response: CloseSessionResponse,
}

export function headerOf(form: HeaderForm, fields: Partial<Pick<RequestHeader, 'sessionId' | 'index'>> = {}) {
  return Header.create({
    partition: PARTITION,
    ...(form === 'v0.1' ? {} : { primitive: PrimitiveId.create() }),
    ...fields,
  })
}

export function openRequest(form: HeaderForm): OpenSessionRequest {
  return OpenSessionRequest.create({ header: headerOf(form), timeout: Duration.create({ seconds: TIMEOUT_S }) })
}

async function probeSession(client: ProbeClient, form: HeaderForm): Promise<Finding[]> {
  const opened = await call(client, OPEN, openRequest(form))
  if ('kind' in opened) return [opened]
  const { sessionId, index } = opened
  const found = openFaults(sessionId, index)
  const header = headerOf(form, { sessionId, index: sessionId > index ? sessionId : index })
  if (found.length > 0) {
    // What was opened here is not left behind, as far as it can be named.
    if (sessionId > 0n) await call(client, CLOSE, CloseSessionRequest.create({ header }))
    return found
  }
  const kept = await call(client, KEEP_ALIVE, KeepAliveRequest.create({ header }))
  found.push(...('kind' in kept ? [kept] : echoFaults('KeepAlive', sessionId, header.index, kept)))
  const closed = await call(client, CLOSE, CloseSessionRequest.create({ header }))
  found.push(...('kind' in closed ? [closed] : echoFaults('CloseSession', sessionId, header.index, closed)))
  return found
}

/** The header of a success, or why clients would not take it as one (atomix §4.2, §4.3). */
async function call<Request extends HeaderRequest>(
  client: ProbeClient,
  { path, request, response }: SessionMethod<Request>,
  message: Request,
): Promise<ResponseHeader | Finding> {
  const name = path.slice(SERVICE.length + 1)
  const reply = await client.unary(path, encode(request, message))
  if (reply.response === undefined)
    return refusal(reply, { reference: 'atomix §4.3', shared: false }, `${name} refused`)
  const answer = decode(response, reply.response)
  if (answer instanceof WireError) return fault('atomix §2.3', `${name} does not decode: ${answer.message}`)
  const { header } = answer
  if (header === undefined) return fault('atomix §4.2', `${name} has no header: clients crash`)
  return statusFault(name, header) ?? header
}

function statusFault(name: string, { status, leader, message }: ResponseHeader): Finding | undefined {
  const text = (bytes: Uint8Array) => printable(Buffer.from(bytes).toString('utf8'))
  if (status === 0) return undefined
  if (status === 1) return fault('atomix §4.3', `${name} refused: ERROR "${text(message)}"`)
  if (status === 2) {
    const where = leader.length === 0 ? 'names no leader: clients spin' : `the leader is ${text(leader)}: probe that`
    return fault('atomix §4.3', `${name} refused: NOT_LEADER, ${where}`)
  }
  return fault('atomix §4.3', `${name} refused: status ${status}, on which clients before v0.4.0 spin`)
}

function openFaults(sessionId: bigint, index: bigint): Finding[] {
  return [
    ...expect(sessionId > 0n, 'atomix §4.2', 'OpenSession has no session id: the client keeps 0'),
    ...expect(index > 0n, 'atomix §4.2', 'OpenSession has no index: the client keeps session id 0'),
  ]
}

/** A greater id with a greater index makes a client change its session; any other id is not an echo (atomix §3.2). */
function echoFaults(name: string, own: bigint, lastIndex: bigint, { sessionId, index }: ResponseHeader): Finding[] {
  if (sessionId === own) return []
  if (sessionId > own && index > lastIndex) {
    return [fault('atomix §4.2', `${name} moves the client from session ${own} to session ${sessionId}`)]
  }
  return [fault('atomix §3.2', `${name} of session ${own} answers session id ${sessionId}`)]
}

function rowOf(name: string, form: HeaderForm, client: string): Row {
  return { name, group: 'atomix', client, path: OPEN.path, probe: (grpc) => probeSession(grpc, form) }
}

export const atomixRows: readonly Row[] = [
  rowOf('atomix-v0.1', 'v0.1', 'go-client v0.1.0–v0.1.1'),
  rowOf('atomix-v0.2', 'v0.2+', 'go-client v0.2.0–v0.4.1'),
]

import { CloseSessionRequest, KeepAliveRequest, OpenSessionRequest } from '../../generated/atomix/session.js'
import { Duration } from '../../generated/google/protobuf/duration.js'
import { GrpcCode } from '../../transport/transport.js'
import { decode, encode, WireError } from '../../wire/index.js'
import { CLOSE, headerOf, KEEP_ALIVE, OPEN, openRequest, type SessionMethod } from '../atomix/session.js'
import type { ProbeClient } from '../client.js'
import { fault } from '../finding.js'
import { ACCEPTS, accepted, type Case, type Expectation, grpc, grpcError, type Observed, REFUSES } from './case.js'

/** What the storage nodes of go-framework v0.1 to v0.5 do (atomix §3). */

/** v0.1 to v0.4 say UNKNOWN, v0.5 says INTERNAL (§3.9). */
const UNKNOWN_SESSION = grpc(GrpcCode.UNKNOWN, GrpcCode.INTERNAL)
const UNREADABLE = grpc(GrpcCode.INTERNAL)
/** The genuine process ends. */
const SURVIVES: Expectation = { ...REFUSES, text: 'refused (the genuine server dies)' }

const FORM = 'v0.2+'
/** Larger than any counter of a partition. */
const NOBODYS = 2n ** 62n

/** Sends bytes; what it opened it closes again. */
async function send(
  client: ProbeClient,
  { path, response }: Pick<SessionMethod, 'path' | 'response'>,
  bytes: Uint8Array,
) {
  const reply = await client.unary(path, bytes)
  if (reply.response === undefined) return grpcError(reply)
  const answer = decode(response, reply.response)
  if (answer instanceof WireError) return accepted([fault('atomix §2.3', answer.message)])
  const { header } = answer
  if (header === undefined) return accepted([fault('atomix §4.2', 'no header: clients crash')])
  if (header.status !== 0) return refused(header.status, Buffer.from(header.message).toString('utf8'))
  if (path === OPEN.path) await close(client, header.sessionId)
  return accepted()
}

function refused(code: number, message: string): Observed {
  return { kind: 'status', code, message, faults: [] }
}

function close(client: ProbeClient, sessionId: bigint) {
  return client.unary(
    CLOSE.path,
    encode(CloseSessionRequest, CloseSessionRequest.create({ header: headerOf(FORM, { sessionId }) })),
  )
}

function made(name: string, section: string, genuine: Expectation, run: Case['run']): Case {
  return { row: 'atomix-v0.2', name, reference: `atomix ${section}`, genuine, run }
}

function opening(name: string, section: string, genuine: Expectation, request: OpenSessionRequest): Case {
  return made(name, section, genuine, (client) => send(client, OPEN, encode(OpenSessionRequest, request)))
}

function withTimeout(timeout: { seconds?: bigint; nanos?: number } | undefined): OpenSessionRequest {
  return { ...openRequest(FORM), timeout: timeout && Duration.create(timeout) }
}

const NOBODY = headerOf(FORM, { sessionId: NOBODYS })

export const atomixCases: readonly Case[] = [
  made('KeepAlive of an unknown session', '§3.9', UNKNOWN_SESSION, (client) =>
    send(client, KEEP_ALIVE, encode(KeepAliveRequest, KeepAliveRequest.create({ header: NOBODY }))),
  ),
  made('CloseSession of an unknown session', '§3.9', UNKNOWN_SESSION, (client) =>
    send(client, CLOSE, encode(CloseSessionRequest, CloseSessionRequest.create({ header: NOBODY }))),
  ),
  made('CloseSession twice', '§3.8', UNKNOWN_SESSION, async (client) => {
    const reply = await client.unary(OPEN.path, encode(OpenSessionRequest, openRequest(FORM)))
    const opened = reply.response === undefined ? undefined : decode(OPEN.response, reply.response)
    const sessionId = opened instanceof WireError ? 0n : (opened?.header?.sessionId ?? 0n)
    const request = encode(CloseSessionRequest, CloseSessionRequest.create({ header: headerOf(FORM, { sessionId }) }))
    await client.unary(CLOSE.path, request)
    return send(client, CLOSE, request)
  }),
  opening('no timeout', '§3.4', ACCEPTS, withTimeout(undefined)),
  opening('timeout 0', '§3.4', ACCEPTS, withTimeout({})),
  opening('a negative timeout', '§3.4', ACCEPTS, withTimeout({ seconds: -1n })),
  opening('a timeout of 1 ns', '§3.4', ACCEPTS, withTimeout({ nanos: 1 })),
  opening('a timeout of more nanoseconds than 63 bits', '§3.4', UNREADABLE, withTimeout({ seconds: 9_223_372_037n })),
  opening('a timeout with too many nanos', '§3.4', UNREADABLE, withTimeout({ seconds: 1n, nanos: 1_000_000_000 })),
  opening('a timeout of two signs', '§3.4', UNREADABLE, withTimeout({ seconds: 1n, nanos: -1 })),
  made('a request cut short', '§3.1', UNREADABLE, (client) =>
    send(client, OPEN, encode(OpenSessionRequest, openRequest(FORM)).subarray(0, -1)),
  ),
  made('a header of another wire type', '§3.1', UNREADABLE, (client) => send(client, OPEN, Uint8Array.of(0x08, 0x01))),
  made('an unknown field', '§3.1', ACCEPTS, (client) =>
    send(client, OPEN, Buffer.concat([encode(OpenSessionRequest, openRequest(FORM)), Uint8Array.of(0x78, 0x01)])),
  ),
  made('a header in two parts', '§3.1', ACCEPTS, (client) =>
    send(client, OPEN, Buffer.concat([Uint8Array.of(0x0a, 0x00), encode(OpenSessionRequest, openRequest(FORM))])),
  ),
  made('an unknown method', '§3.1', grpc(GrpcCode.UNIMPLEMENTED), async (client) => {
    const reply = await client.unary('/atomix.session.SessionService/RenewSession', new Uint8Array(0))
    return reply.response === undefined ? grpcError(reply) : accepted()
  }),
]

/** Run last of all: the genuine servers die of them. */
export const lethalCases: readonly Case[] = [
  opening('no header', '§3.1', SURVIVES, { ...openRequest(FORM), header: undefined }),
  opening('partition 0', '§3.1', SURVIVES, { ...openRequest(FORM), header: { ...headerOf(FORM), partition: 0 } }),
]

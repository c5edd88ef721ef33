import { hex } from '../core/bytes.js'
import { COMPRESSED_KEY_BYTES, importPublicKey } from '../crypto/p256.js'
import { GrpcCode } from '../transport/transport.js'
import { decode, type MessageType, Scan, WireError, type WireMessage } from '../wire/index.js'
import type { Status } from './client.js'
import { type Finding, fault, foreign, notServed, printable } from './finding.js'

/** What every probe asks of answers, whatever the dialect. */

const CODE_NAMES = new Map<number, string>(Object.entries(GrpcCode).map(([name, code]) => [code, name]))

export function codeName(code: number): string {
  return CODE_NAMES.get(code) ?? `code ${code}`
}

/** `INVALID_ARGUMENT "words of the server"`. */
export function statusText({ code, message }: Status): string {
  return message === '' ? codeName(code) : `${codeName(code)} "${printable(message)}"`
}

/**
 * How gRPC servers of Go, Node, Java, Python, Rust and .NET say that bytes are not the message that they expect. Only the code
 * would do, but INTERNAL is also what a server says of its own faults.
 */
const UNREADABLE = /unmarshal|deserializ|failed to (?:decode|read message|parse)|protobuf|wire ?type|wrong data size/i

/** Codes of servers that read a request as something else and found it wanting. The rest tell of one that was understood. */
const CODES_OF_MISREADING: readonly number[] = [
  GrpcCode.UNKNOWN,
  GrpcCode.INVALID_ARGUMENT,
  GrpcCode.DEADLINE_EXCEEDED,
  GrpcCode.INTERNAL,
]

export interface Served {
  readonly reference: string
  /** Other dialects live on the path, so that a refusal may come of a server that knows only them. */
  readonly shared: boolean
}

/** What the end of a call says that brought no answer to a request as genuine clients send it. */
export function refusal(status: Status, { reference, shared }: Served, what = 'refused'): Finding {
  const { code, message } = status
  const text = `${what}: ${statusText(status)}`
  if (code === GrpcCode.OK) return fault(reference, 'the call ended with OK and without an answer')
  if (code === GrpcCode.UNIMPLEMENTED) return notServed(reference, statusText(status))
  if (!shared)
    return fault(reference, code === GrpcCode.DEADLINE_EXCEEDED ? `no answer in time: ${statusText(status)}` : text)
  if (code === GrpcCode.INTERNAL && UNREADABLE.test(message)) {
    return notServed(reference, `other messages are read on this path: ${statusText(status)}`)
  }
  return CODES_OF_MISREADING.includes(code) ? foreign(reference, text) : fault(reference, text)
}

/** The families of answers on the paths that dialects share. */
export type AnswerFamily = 'a token (A, B)' | 'two fields (C, D)' | 'a body (E, F0, v2)'

/** Told by where the 16 bytes of the id and the 33 of the key, or the 25 of the owner, are. */
export function familyOf(answer: Uint8Array): AnswerFamily | undefined {
  const scan = new Scan(answer)
  if (scan.at(1)?.length === 16 && scan.at(2)?.length === COMPRESSED_KEY_BYTES) return 'two fields (C, D)'
  if (scan.at(1, 1)?.length === 16 && scan.at(1, 2)?.length === COMPRESSED_KEY_BYTES) return 'a body (E, F0, v2)'
  if (scan.at(1, 2)?.length === 25 || scan.at(1, 1, 2)?.length === 25) return 'a token (A, B)'
  return undefined
}

/** The message, or the finding that it is none; `what` names it, e.g. `Unsigned`. */
export function readAnswer<T extends WireMessage>(
  type: MessageType<T>,
  answer: Uint8Array,
  { reference, shared }: Served,
  own: AnswerFamily | undefined,
  what = 'the answer',
): T | Finding {
  const family = shared ? familyOf(answer) : undefined
  if (family !== undefined && family !== own) {
    return foreign(reference, `answered as other dialects of this path are: with ${family}`)
  }
  const message = decode(type, answer)
  return message instanceof WireError ? fault(reference, `${what} does not decode: ${message.message}`) : message
}

export function isFinding(value: WireMessage | Finding): value is Finding {
  return 'kind' in value && 'reference' in value && !('$unknown' in value)
}

/** Where the rules about id and key of a generation are written. */
export interface SessionRules {
  readonly id: string
  readonly key: string
}

/** 16 bytes of a random UUID, and a compressed point on P-256. */
export function sessionFaults(id: Uint8Array, sessionKey: Uint8Array, rules: SessionRules): Finding[] {
  return [...idFaults(id, rules.id), ...keyFaults(sessionKey, rules.key)]
}

function idFaults(id: Uint8Array, reference: string): Finding[] {
  if (id.length !== 16) return [fault(reference, `session id of ${id.length} bytes, expected 16`)]
  const isV4 = (id[6] ?? 0) >> 4 === 4 && (id[8] ?? 0) >> 6 === 2
  return isV4 ? [] : [fault(reference, `session id ${hex(id)} is no UUID of version 4`)]
}

function keyFaults(key: Uint8Array, reference: string): Finding[] {
  if (key.length !== COMPRESSED_KEY_BYTES) {
    return [fault(reference, `session key of ${key.length} bytes, expected ${COMPRESSED_KEY_BYTES}`)]
  }
  const imported = importPublicKey(key)
  return 'reason' in imported ? [fault(reference, `session key: ${imported.reason}`)] : []
}

import { UINT64_MAX } from '../core/integers.js'
import { bytesOfBase58 } from '../crypto/base58.js'
import { OWNER_ID_BYTES } from '../crypto/owner-id.js'
import { COMPRESSED_KEY_BYTES, importPublicKey, UNCOMPRESSED_KEY_BYTES } from '../crypto/p256.js'
import type { TokenContext } from './context.js'
import { OPERATIONS, operationOf } from './operations.js'

/** What a token is to be checked against, as people write it. */
export interface QuestionTexts {
  readonly epoch?: string | undefined
  readonly time?: string | undefined
  readonly verb?: string | undefined
  readonly container?: string | undefined
  readonly objects?: readonly string[] | undefined
  readonly owner?: string | undefined
  readonly key?: string | undefined
}

/** A text that says nothing: wrong usage. */
export interface QuestionFault {
  readonly member: keyof QuestionTexts
  readonly got: string
  /** What would be right. */
  readonly takes: string
}

export type Question = Pick<TokenContext, 'epoch' | 'time_s' | 'operation' | 'container' | 'objects' | 'owner' | 'key'>

const HASH_BYTES = 32
const UUID_BYTES = 16

/** What each member takes. */
const TAKES: Readonly<Record<keyof QuestionTexts, string>> = {
  epoch: 'a number of an epoch, from 0',
  time: 'a time in RFC 3339, as 2026-01-02T12:00:00Z, or now',
  verb: `one of ${OPERATIONS.join(', ')}`,
  container: `${HASH_BYTES} bytes as base58 or hex`,
  objects: `${HASH_BYTES} bytes as base58 or hex, or a UUID for a service.Token`,
  owner: `${OWNER_ID_BYTES} bytes as base58 or hex`,
  key: 'a public key on P-256, 33 or 65 bytes as hex',
}

export function readQuestion(texts: QuestionTexts, now_ms: number): Question | QuestionFault {
  const question: { -readonly [Member in keyof Question]: Question[Member] } = {}
  const { epoch, time, verb, container, objects, owner, key } = texts
  if (epoch !== undefined) {
    const number = numberOf(epoch)
    if (number === undefined) return refused('epoch', epoch)
    question.epoch = number
  }
  if (time !== undefined) {
    const seconds = secondsOf(time, now_ms)
    if (seconds === undefined) return refused('time', time)
    question.time_s = seconds
  }
  if (verb !== undefined) {
    const operation = operationOf(verb)
    if (operation === undefined) return refused('verb', verb)
    question.operation = operation
  }
  for (const [member, text, read] of [
    ['container', container, (id: string) => bytesOfId(id, [HASH_BYTES])],
    ['owner', owner, (id: string) => bytesOfId(id, [OWNER_ID_BYTES])],
    ['key', key, publicKeyOf],
  ] as const) {
    if (text === undefined) continue
    const bytes = read(text)
    if (bytes === undefined) return refused(member, text)
    question[member] = bytes
  }
  if (objects !== undefined) {
    const ids: Uint8Array[] = []
    for (const text of objects) {
      const id = bytesOfId(text, [HASH_BYTES, UUID_BYTES])
      if (id === undefined) return refused('objects', text)
      ids.push(id)
    }
    question.objects = ids
  }
  return question
}

function refused(member: keyof QuestionTexts, got: string): QuestionFault {
  return { member, got, takes: TAKES[member] }
}

function numberOf(text: string): bigint | undefined {
  if (!/^\d{1,20}$/.test(text)) return undefined
  const number = BigInt(text)
  return number <= UINT64_MAX ? number : undefined
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/

/** Whole Unix seconds, rounded down: nodes compare no parts of them. */
function secondsOf(text: string, now_ms: number): bigint | undefined {
  const at_ms =
    text === 'now' ? now_ms : RFC_3339.test(text) ? Date.parse(text.toUpperCase().replace(' ', 'T')) : Number.NaN
  return at_ms >= 0 ? BigInt(Math.floor(at_ms / 1_000)) : undefined
}

function bytesOfId(text: string, sizes: readonly number[]): Uint8Array | undefined {
  const digits = text.replaceAll('-', '')
  if (/^[0-9a-f]+$/i.test(digits) && sizes.includes(digits.length / 2)) {
    return new Uint8Array(Buffer.from(digits, 'hex'))
  }
  const bytes = bytesOfBase58(text)
  return bytes !== undefined && sizes.includes(bytes.length) ? bytes : undefined
}

function publicKeyOf(text: string): Uint8Array | undefined {
  const key = bytesOfId(text, [COMPRESSED_KEY_BYTES, UNCOMPRESSED_KEY_BYTES])
  return key === undefined || 'reason' in importPublicKey(key) ? undefined : key
}

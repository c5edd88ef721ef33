import { isSessionKey, isUuidV4 } from './keys.js'

/** What a NeoFS client tells its user about an attempt to open a session. */
export type Outcome = Opened | Refused

export interface Opened {
  readonly kind: 'opened'
  /** 16 bytes, a UUID of version 4. */
  readonly id: Uint8Array
  /** 33 bytes, a point on the curve. */
  readonly sessionKey: Uint8Array
}

export interface Refused {
  readonly kind: 'refused'
  /** gRPC status code; 0 where the refusal is a NeoFS status. */
  readonly code: number
  readonly status: number
  readonly message: string
}

/** The server's answer is one that the genuine client could not use, or should not have to. */
export class AnswerFault extends Error {
  override readonly name = 'AnswerFault'
}

/** No client takes longer; a call that nobody ends is a failure and not a hang. */
export const PATIENCE_MS = 20_000

/** Checks what every NeoFS client does with the two fields, sooner or later. */
export function openedWith(id: Uint8Array, sessionKey: Uint8Array): Opened {
  check(isUuidV4(id), `session id ${hex(id)} is no UUID of version 4`)
  check(isSessionKey(sessionKey), `session key ${hex(sessionKey)} is no compressed point on the curve`)
  return { kind: 'opened', id, sessionKey }
}

export function refused(code: number, message: string, status = 0): Refused {
  return { kind: 'refused', code, status, message }
}

/** The session of an attempt that has to succeed. */
export function opened(outcome: Outcome): Opened {
  if (outcome.kind === 'opened') return outcome
  const { code, status, message } = outcome
  throw new Error(`refused with gRPC ${code}, status ${status}: ${message}`)
}

export function check(holds: boolean, text: string): asserts holds {
  if (!holds) throw new AnswerFault(text)
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

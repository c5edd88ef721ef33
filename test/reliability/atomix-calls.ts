import type { AtomixClient } from '../clients/atomix.js'
import { message, sub, uint32, uint64 } from '../clients/protos.js'
import { ATOMIX } from './valid-requests.js'

/** Calls of Atomix for who sends bytes otherwise than `AtomixClient` does. */

export type AtomixMethod = Parameters<AtomixClient['request']>[0]

export function atomixPath(method: AtomixMethod): string {
  return `${ATOMIX}/${method}`
}

/** The number of the session that an answer tells of; undefined if its status is not OK. */
export function numberIn(method: AtomixMethod, answer: Uint8Array): bigint | undefined {
  const header = sub(message('atomix/session.proto', `atomix.session.${method}Response`).decode(answer), 'header')
  return header === undefined || uint32(header, 'status') !== 0 ? undefined : uint64(header, 'session_id')
}

/** `partition:number`, as a ledger names it. */
export function atomixName({ wish, sessionId }: AtomixClient): string {
  return `${wish.partition}:${sessionId}`
}

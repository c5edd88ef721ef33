import { bigEndian64 } from '../../core/bytes.js'
import type { MessageType, WireMessage } from '../../wire/index.js'
import { isFinding, readAnswer, refusal, sessionFaults } from '../answers.js'
import type { ProbeClient } from '../client.js'
import type { Finding } from '../finding.js'
import type { ProbeSetup } from '../setup.js'

/** What C and D have in common: one request, one answer of two fields, a signature over a fixed payload (neofs-v1 §4.4). */

export const PATH = '/session.Session/Create'

interface FlatAnswer extends WireMessage {
  readonly id: Uint8Array
  readonly sessionKey: Uint8Array
}

/** Owner and lifetime: the bytes that a request without tokens and headers signs. */
export function payload(owner: Uint8Array, { lifetime }: ProbeSetup): Uint8Array {
  return Buffer.concat([owner, bigEndian64(lifetime.notBefore, lifetime.expiration)])
}

export async function probeFlat(
  client: ProbeClient,
  request: Uint8Array,
  response: MessageType<FlatAnswer>,
  reference: string,
): Promise<Finding[]> {
  const served = { reference, shared: true }
  const reply = await client.unary(PATH, request)
  if (reply.response === undefined) return [refusal(reply, served)]
  const answer = readAnswer(response, reply.response, served, 'two fields (C, D)')
  if (isFinding(answer)) return [answer]
  return sessionFaults(answer.id, answer.sessionKey, { id: 'neofs-v1 §5.2', key: reference })
}

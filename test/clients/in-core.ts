import type { Test } from 'tap'
import { stringify as uuidText } from 'uuid'
import type { Session } from '../../src/core/session.js'
import type { GatewayUnderTest } from '../support/gateway-under-test.js'
import { GrpcClient } from '../support/grpc-client.js'
import type { SeededRandom } from '../support/seeded-random.js'
import type { Opened, Outcome } from './outcome.js'

/** What the tests of all client generations share: the session in the core, edges of 64 bits, refusals. */

/** Every place where doubles, signed numbers or varints change their length or their sign. */
export const EDGES = [
  0n,
  1n,
  127n,
  128n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 2n,
  2n ** 64n - 1n,
] as const

export function edge(random: SeededRandom): bigint {
  return random.below(3) === 0 ? random64(random) : (EDGES[random.below(EDGES.length)] ?? 0n)
}

export function random64(random: SeededRandom): bigint {
  return Buffer.from(random.bytes(8)).readBigUInt64BE()
}

/** A connection that ends with the test. */
export function connected(t: Test, address: string): GrpcClient {
  const grpc = new GrpcClient(address)
  t.teardown(() => grpc.close())
  return grpc
}

/** The session that a client was told of, by id and owner, and by the account of its key: the same one. */
export async function sessionOf(gateway: GatewayUnderTest, { id }: Opened, owner: Uint8Array): Promise<Session> {
  const { sessions } = gateway
  const session = await sessions.find({ by: 'id', id: uuidText(id), owner })
  if (session?.key === undefined) throw new Error(`the core has no session ${uuidText(id)} with a key`)
  const byAccount = await sessions.find({ by: 'account', account: session.key.account })
  if (byAccount !== session) throw new Error('the account of the key leads to another session')
  return session
}

/** `gRPC 3`, `status 1026`, or `opened`. */
export function answerOf(outcome: Outcome): string {
  if (outcome.kind === 'opened') return 'opened'
  return outcome.status === 0 ? `gRPC ${outcome.code}` : `status ${outcome.status}`
}

import { setTimeout as sleep } from 'node:timers/promises'
import { message } from '../clients/protos.js'
import { GrpcClient } from '../support/grpc-client.js'
import type { AdminClient } from './admin-client.js'
import { ATOMIX } from './valid-requests.js'

/** Far more than the gateway takes to reclaim what is over. */
const PATIENCE_MS = 30_000
const CLOSES_AT_ONCE = 50

/**
 * Ends all open sessions, and waits until they are reclaimed: those of NeoFS by the epoch, those of Atomix as their clients would. Those that no epoch ends (up
 * to 2^64-1, of mutants) are left: how many there are.
 */
export async function endSessions(address: string, admin: AdminClient, epoch: bigint): Promise<number> {
  await admin.setEpoch(epoch)
  await closeAtomix(address, admin)
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    const left = await admin.openSessions()
    const over = left.filter(({ lifetime: { expiration } }) => expiration === undefined || BigInt(expiration) < epoch)
    const { open } = await admin.counts()
    if (over.length === 0 && open === left.length) return open
    if (performance.now() > until) {
      throw new Error(
        `${over.length} sessions that are over are shown as open, and ${open - left.length} not reclaimed`,
      )
    }
    await sleep(100)
  }
}

async function closeAtomix(address: string, admin: AdminClient): Promise<void> {
  const open = (await admin.openSessions()).filter(({ generation }) => generation === 'atomix')
  const request = message('atomix/session.proto', 'atomix.session.CloseSessionRequest')
  const grpc = new GrpcClient(address)
  while (open.length > 0) {
    await Promise.all(
      open.splice(0, CLOSES_AT_ONCE).map(({ partition, number = '0' }) => {
        const header = { partition, session_id: BigInt(number), index: BigInt(number) }
        return grpc.unary(`${ATOMIX}/CloseSession`, request.encode({ header }))
      }),
    )
  }
  grpc.close()
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { AtomixClient } from '../clients/atomix.js'
import { EVERYONE } from '../clients/everyone.js'
import { freshKey } from '../clients/keys.js'
import { V2Client } from '../clients/v2.js'
import { GrpcClient } from '../support/grpc-client.js'
import { SeededRandom } from '../support/seeded-random.js'

/** The last epoch of the sessions that NeoFS clients open. */
export const LAST_EPOCH = 1_000n

const PAUSE_MS = 60
const SHORT_TIMEOUT_MS = 1_500

/** So many sessions an owner may have, for the limit to be hit. */
export const SESSIONS_PER_OWNER = 3

/** Clients of every generation, dialect and version that go on until the test ends: they open, renew, close and go away. */
export function startCrowd(t: Test, address: string): { readonly faults: string[] } {
  const grpc = new GrpcClient(address)
  const faults: string[] = []
  const random = new SeededRandom(6)
  const greedy = new V2Client({
    dialect: 'v2',
    version: { major: 2, minor: 21 },
    key: freshKey(random),
    expiration: LAST_EPOCH,
  })
  let isOver = false
  const working = work()
  t.teardown(async () => {
    isOver = true
    await working
    grpc.close()
  })
  return { faults }

  async function work(): Promise<void> {
    for (let turn = 0; !isOver; turn += 1) {
      try {
        await open(turn)
        if (turn % 5 === 0) await comeAndGo()
        // Beyond the limit of its owner it is refused.
        if (turn % 40 === 0) await greedy.open(grpc)
      } catch (error) {
        faults.push(String(error))
      }
      await sleep(PAUSE_MS)
    }
  }

  async function open(turn: number): Promise<void> {
    await EVERYONE[turn % EVERYONE.length]?.(grpc, random, LAST_EPOCH)
  }

  /** One is renewed and closed; another goes away, and its session expires. */
  async function comeAndGo(): Promise<void> {
    const polite = new AtomixClient({ version: 'v0.4.1', partition: 1 })
    await polite.open(grpc)
    await polite.keepAlive(grpc)
    await polite.close(grpc)
    await new AtomixClient({ version: 'v0.2.4', partition: 2, timeout_ms: SHORT_TIMEOUT_MS }).open(grpc)
  }
}

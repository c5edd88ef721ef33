/**
 * A process that changes a store as fast as it can until it is killed: `node busy-writer.js DIRECTORY`. Tells 'busy' once its
 * first commits are done.
 */
import type { Session } from '../../src/core/session.js'
import { openLmdb } from './lmdb.js'
import { OWNER_A, session, timeout } from './stored-sessions.js'

const [, , directory = ''] = process.argv
const { store } = await openLmdb(directory)
const open: Session[] = []
for (let round = 0; ; round += 1) {
  const lifetime = timeout(3_600_000_000_000n, { renewedAt: process.hrtime.bigint() })
  const come = [session({ owner: OWNER_A }), session({ owner: undefined, partition: 1, lifetime })]
  await Promise.all(come.map((one) => store.insert(one)))
  open.push(...come)
  for (const { id } of open) store.renew(id, process.hrtime.bigint())
  const gone = open.length > 40 ? open.splice(0, 2) : []
  const endedAt_ms = Date.now()
  await Promise.all(gone.map(({ id }) => store.end(id, { reason: 'closed', endedBy: 'client', endedAt_ms })))
  await store.forget(endedAt_ms - 50)
  if (round === 20) process.send?.('busy')
}

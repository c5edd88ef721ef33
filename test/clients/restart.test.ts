import { join } from 'node:path'
import t from 'tap'
import { stringify as uuidText } from 'uuid'
import { systemClock } from '../../src/core/clock.js'
import type { SessionRef } from '../../src/core/session.js'
import { SignatureVerifier } from '../../src/crypto/schemes.js'
import { systemRandom } from '../../src/crypto/system-random.js'
import { Closers } from '../../src/gateway/closers.js'
import { openCore } from '../../src/gateway/core.js'
import { recordingLogger, testConfig, testGateway } from '../support/gateway.js'
import { SeededRandom } from '../support/seeded-random.js'
import { tempFolder } from '../support/temp-folder.js'
import { AtomixClient } from './atomix.js'
import { EVERYONE, type Known } from './everyone.js'
import { connected } from './in-core.js'

/** A gateway that is stopped and started: what its clients opened before, they use after. */

function refOf({ id, partition, number }: Known): SessionRef {
  if (id === '') return { by: 'number', partition, number: BigInt(number) }
  return { by: 'id', id: uuidText(Buffer.from(id, 'hex')) }
}

t.test('sessions of every generation are used after a restart', async (t) => {
  const settings = { 'store.url': `lmdb:${join(tempFolder(t), 'data')}`, epoch: 'fixed:10' }
  const random = new SeededRandom(78)
  const atomix = new AtomixClient({ version: 'v0.4.1', partition: 7, timeout_ms: 60_000 })
  const closed = new AtomixClient({ version: 'v0.4.1', partition: 7, timeout_ms: 60_000 })

  const before = await testGateway(t, settings)
  const grpc = connected(t, before.grpc)
  const known = await Promise.all(EVERYONE.map((open) => open(grpc, random, 20n)))
  t.match(await atomix.open(grpc), { kind: 'ok' })
  t.match(await closed.open(grpc), { kind: 'ok' })
  t.match(await closed.close(grpc), { kind: 'ok' })
  await before.gateway.stop()

  const after = await testGateway(t, settings)
  t.equal(after.gateway.ready.publicKey, before.gateway.ready.publicKey, 'it signs with the same key')
  const again = connected(t, after.grpc)
  t.match(await atomix.keepAlive(again), { kind: 'ok' }, 'an Atomix client goes on with its session')
  t.match(await closed.keepAlive(again), { kind: 'error' }, 'what was closed stays closed')
  const next = new AtomixClient({ version: 'v0.4.1', partition: 7, timeout_ms: 60_000 })
  t.match(await next.open(again), { kind: 'ok' })
  t.ok(next.sessionId > closed.sessionId, 'its number is a new one')
  t.match(await atomix.close(again), { kind: 'ok' })
  await after.gateway.stop()

  const log = recordingLogger()
  const closers = new Closers(log)
  t.teardown(() => closers.closeAll())
  const parts = { log, clock: systemClock, random: systemRandom }
  const { sessions } = await openCore(testConfig(settings), parts, closers, () => {})
  const verifier = new SignatureVerifier()
  const data = Buffer.from('a header that a node signs')
  for (const one of known) {
    const session = await sessions.find(refOf(one))
    t.match(session, { origin: { generation: one.generation, dialect: one.dialect } }, one.client)
    if (session?.key === undefined) continue
    t.equal(Buffer.from(session.key.publicKey).toString('hex'), one.publicKey, one.client)
    const signature = await sessions.sign(refOf(one), data, 0)
    const { publicKey } = session.key
    t.equal(verifier.verify({ scheme: 0, publicKey, signature, data }), undefined, `${one.client}: its key signs`)
  }
  t.strictSame(
    log.lines.filter(({ level }) => level === 'error'),
    [],
  )
})

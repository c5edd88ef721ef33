import t, { type Test } from 'tap'
import type { SeenClient } from '../../src/adapters/adapter.js'
import { systemRandom } from '../../src/crypto/system-random.js'
import { Closers } from '../../src/gateway/closers.js'
import { openCore } from '../../src/gateway/core.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { epochSession, timeoutSession } from '../support/core.js'
import { parseExposition, sampleValue } from '../support/exposition.js'
import { recordingLogger, testConfig } from '../support/gateway.js'
import { ManualClock } from '../support/manual-clock.js'

/** The core of a gateway as its configuration makes it, stopped when the test ends. */
async function core(t: Test, settings: Readonly<Record<string, string>> = {}, store?: MemoryStore) {
  const log = recordingLogger()
  const clock = new ManualClock()
  const closers = new Closers(log)
  const parts = { log, clock, random: systemRandom, ...(store === undefined ? {} : { store }) }
  const opened = await openCore(testConfig(settings), parts, closers, () => {})
  t.teardown(() => closers.closeAll())
  const hits = async (limit: string) => {
    const { samples } = parseExposition((await opened.metrics.text(undefined)).body)
    return sampleValue(samples, 'session_gateway_limits_hit_total', { limit }) ?? 0
  }
  return { ...opened, log, clock, closers, hits }
}

t.test('a sweep that fails is logged, and how often', async (t) => {
  class Broken extends MemoryStore {
    override due(): never {
      throw new TypeError('a fault of ours')
    }
  }
  const { engine, log, clock } = await core(t, {}, new Broken())
  const told = () => log.lines.filter(({ message }) => message.startsWith('ended sessions could'))
  engine.start()
  t.match(told(), [{ level: 'error', fields: { err: { name: 'TypeError', message: 'a fault of ours' } } }])
  clock.advance(9_900)
  t.equal(told().length, 1, 'not with every tick')
  clock.advance(200)
  t.match(told()[1], { level: 'error', fields: { faults: Number } }, 'what was left out is counted')
  t.match(told()[2], { fields: { err: Error } }, 'and the next one is logged again')
  await engine.stop()
})

t.test('sessions that are born expired are logged with bounded names and a bounded rate', async (t) => {
  const { metrics, log, clock, closers } = await core(t)
  const client = (userAgent: string): SeenClient => ({
    generation: 'v2',
    dialect: 'v2',
    version: '2.21',
    userAgent,
    peer: '127.0.0.1:1',
  })
  const lines = () => log.lines.filter(({ level }) => level === 'warn')
  for (let n = 0; n < 25; n += 1) metrics.bornExpired(client(`${n}${'x'.repeat(8_000)}`))
  t.equal(lines().length, 10)
  t.match(lines()[0], { fields: { generation: 'v2', epoch: 10n, userAgent: /^0x{119}…$/ } })
  clock.advance(60_000)
  t.match(lines()[10], { fields: { clients: 15 } })
  metrics.bornExpired(client('next'))
  t.match(lines()[11], { fields: { userAgent: 'next' } })
  for (let n = 0; n < 12; n += 1) metrics.bornExpired(client(`last ${n}`))
  await closers.closeAll()
  t.match(lines().at(-1), { fields: { clients: 3 } }, 'also when it ends')
})

t.test('every limit by which something is forgotten or refused is counted', async (t) => {
  const { sessions, events, metrics, clients, hits } = await core(t, {
    'limits.sessions': '4',
    'limits.sessionsPerGeneration': '3',
    'limits.tombstones': '1',
    'limits.partitions': '1',
    'limits.clients': '1',
    'limits.eventQueue': '1',
  })
  events.subscribe(() => {})
  const openAndClose = async () => {
    const { id } = await sessions.create(epochSession())
    await sessions.close({ by: 'id', id }, { endedBy: 'client' })
  }
  await openAndClose()
  await openAndClose()
  t.equal(await hits('limits.tombstones'), 1)
  t.ok((await hits('limits.eventQueue')) > 0)
  await sessions.create(timeoutSession({ partition: 1 }))
  await sessions.create(timeoutSession({ partition: 2 }))
  t.equal(await hits('limits.partitions'), 1)
  await sessions.create(timeoutSession())
  await t.rejects(sessions.create(timeoutSession()), {
    code: 'limit',
    details: { limit: 'limits.sessionsPerGeneration' },
  })
  t.equal(await hits('limits.sessionsPerGeneration'), 1)
  await sessions.create(epochSession())
  await t.rejects(sessions.create(epochSession()), { code: 'limit', details: { limit: 'limits.sessions' } })
  t.equal(await hits('limits.sessions'), 1)
  const client = { generation: 'v2', dialect: 'v2', version: '', peer: '' } as const
  for (const userAgent of ['a', 'b']) metrics.seen({ ...client, userAgent })
  t.equal(clients.rows().length, 1)
  t.equal(await hits('limits.clients'), 1)
})

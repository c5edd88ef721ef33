import t from 'tap'
import { EventFeed, type FeedLimits } from '../../../src/admin/events/feed.js'
import { epochSession, makeCore, timeoutSession } from '../../support/core.js'
import { settled } from '../../support/manual-clock.js'

const LIMITS: FeedLimits = { remembered: 5, renewalsPerSecond: 2, linger_ms: 1000 }

function fed(limits: Partial<FeedLimits> = {}) {
  const core = makeCore()
  const feed = new EventFeed({ events: core.events, clock: core.clock, limits: { ...LIMITS, ...limits } })
  const kinds = (from: number): unknown[] => {
    const found: unknown[] = []
    for (let at = from; ; at += 1) {
      const entry = feed.entry(at)
      if (entry === undefined || entry.number !== at) return found
      const [, kind, data] = /event: (\w+)\ndata: (.*)\n\n$/.exec(entry.text) ?? []
      const json: { of?: number; missed?: number } = JSON.parse(data ?? '')
      const count = json.of ?? json.missed
      found.push(count === undefined ? kind : `${kind} ${count}`)
    }
  }
  return { ...core, feed, kinds }
}

t.test('opened, renewed, closed and expired, each once and in order', async (t) => {
  const { sessions, feed, clock, engine } = fed()
  let woken = 0
  const stop = feed.watch(() => {
    woken += 1
  })
  const first = feed.next
  const closed = await sessions.create(epochSession())
  await sessions.create(timeoutSession({ timeout_ms: 1000 }))
  await sessions.keepAlive({ by: 'number', partition: 1, number: 1n }, {})
  await sessions.close({ by: 'id', id: closed.id }, { endedBy: 'client' })
  engine.start()
  clock.advance(1200)
  await settled()
  const texts = [0, 1, 2, 3, 4].map((at) => feed.entry(first + at)?.text ?? '')
  t.match(texts, [/event: created\n/, /event: created\n/, /event: renewed\n/, /event: closed\n/, /event: expired\n/])
  for (const text of texts) {
    t.match(text, /^id: \w+-\d+\nevent: \w+\ndata: \{.*\}\n\n$/)
    t.notMatch(text, /sealed/)
  }
  t.match(JSON.parse(texts[3]?.split('data: ')[1] ?? ''), {
    session: { id: closed.id, state: 'closed', end: { by: 'client' } },
  })
  t.match(JSON.parse(texts[2]?.split('data: ')[1] ?? ''), { of: 1, session: { number: '1', state: 'open' } })
  t.equal(woken, 5)
  await engine.stop()
  stop()
  feed.close()
})

t.test('of many renewals some are told, and for how many they stand', async (t) => {
  const { sessions, feed, clock, kinds } = fed({ remembered: 100 })
  const stop = feed.watch(() => {})
  await sessions.create(timeoutSession({ timeout_ms: 60_000 }))
  for (let second = 0; second < 3; second += 1) {
    for (let n = 0; n < 10; n += 1) await sessions.keepAlive({ by: 'number', partition: 1, number: 1n }, {})
    await settled()
    clock.advance(1000)
  }
  t.same(kinds(1), ['created', 'renewed 1', 'renewed 1', 'renewed 9', 'renewed 1', 'renewed 9', 'renewed 1'])
  stop()
  feed.close()
})

t.test('nothing is listened to while nobody reads, and a reader who comes back soon misses nothing', async (t) => {
  const { sessions, feed, clock, events } = fed()
  t.notOk(events.active)
  const stop = feed.watch(() => {})
  t.ok(events.active)
  await sessions.create(epochSession())
  await settled()
  const id = /^id: (.*)$/m.exec(feed.entry(1)?.text ?? '')?.[1] ?? ''
  stop()
  clock.advance(999)
  await sessions.create(epochSession())
  await settled()
  t.equal(feed.after(id), 2)
  t.match(feed.entry(2)?.text, /event: created/)
  const again = feed.watch(() => {})
  clock.advance(5000)
  t.ok(events.active, 'who came back keeps it awake')
  again()
  clock.advance(1000)
  t.notOk(events.active)
  t.equal(feed.after(id), undefined, 'what happened meanwhile is not known')
  feed.close()
  t.equal(clock.waiting, 0)
})

t.test('ids that are none of this feed, or too old, are not known', async (t) => {
  const { sessions, feed } = fed({ remembered: 3 })
  const stop = feed.watch(() => {})
  for (let n = 0; n < 6; n += 1) await sessions.create(epochSession())
  await settled()
  const name = /^id: (\w+)-/.exec(feed.entry(4)?.text ?? '')?.[1] ?? ''
  const table: readonly (readonly [id: string, after: number | undefined])[] = [
    [`${name}-6`, 7],
    [`${name}-3`, 4],
    [`${name}-2`, undefined],
    [`${name}-7`, undefined],
    [`${name}-`, undefined],
    ['other-6', undefined],
    ['', undefined],
    [`${name}-6; drop`, undefined],
  ]
  for (const [id, after] of table) t.equal(feed.after(id), after, id)
  t.equal(feed.entry(1)?.number, 4, 'the oldest that there is')
  stop()
  feed.close()
})

import t from 'tap'
import { EventFeed } from '../../../src/admin/events/feed.js'
import { EventReader } from '../../../src/admin/events/reader.js'
import { epochSession, makeCore } from '../../support/core.js'
import { settled } from '../../support/manual-clock.js'

function readable() {
  const core = makeCore()
  const { events, clock, sessions } = core
  const feed = new EventFeed({ events, clock, limits: { remembered: 5, renewalsPerSecond: 10, linger_ms: 1000 } })
  const state = { isAllowed: true, forgotten: 0 }
  const isAllowed = () => state.isAllowed
  const onForgotten = () => {
    state.forgotten += 1
  }
  const reader = (lastId?: string) =>
    new EventReader({ feed, clock, heartbeat_ms: 100, lastId, isAllowed, onForgotten })
  const create = async (count: number) => {
    for (let n = 0; n < count; n += 1) await sessions.create(epochSession())
    await settled()
    await settled()
  }
  return { ...core, feed, reader, create, state }
}

/** What it says, kind by kind. */
function saying(reader: EventReader): string[] {
  const said: string[] = []
  reader.on('data', (text: string) => {
    for (const block of text.split('\n\n').filter(Boolean))
      said.push(block.replace(/^id: .*\n|data: \{"at.*$/gm, '').trim())
  })
  return said
}

t.test('a reader is told what happens from now on', async (t) => {
  const { feed, reader, create, clock } = readable()
  const first = reader()
  const said = saying(first)
  await create(2)
  const second = saying(reader())
  await create(1)
  t.same(said, ['retry: 2000', 'event: created', 'event: created', 'event: created'])
  t.same(second, ['retry: 2000', 'event: created'])
  clock.advance(100)
  await settled()
  t.equal(said.at(-1), ': still here')
  first.destroy()
  await settled()
  clock.advance(1000)
  t.equal(said.length, 5, 'nothing after its end')
  feed.close()
})

t.test('who comes back goes on where it was, or is told that something is missing', async (t) => {
  const { feed, reader, create } = readable()
  const first = reader()
  const ids: string[] = []
  first.on('data', (text: string) => ids.push(...[...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id ?? '')))
  await create(3)
  const resumed = saying(reader(ids[0]))
  const uptodate = saying(reader(ids[2]))
  const unknown = saying(reader('elsewhere-1'))
  await settled()
  t.same(resumed, ['retry: 2000', 'event: created', 'event: created'])
  t.same(uptodate, ['retry: 2000'])
  t.same(unknown, ['retry: 2000', 'event: gap\ndata: {}'])
  await create(5)
  t.same(saying(reader(ids[0])), [])
  const late = saying(reader(ids[0]))
  await settled()
  t.same(late, ['retry: 2000', 'event: gap\ndata: {}'], 'it is forgotten')
  first.destroy()
  feed.close()
})

t.test('a reader that does not read keeps nothing, and is told how much it missed', async (t) => {
  const { feed, reader, create } = readable()
  const slow = reader()
  slow.read(0)
  await settled()
  await create(300)
  t.ok(slow.readableLength < 50_000, `${slow.readableLength} characters are kept for it`)
  const said = saying(slow)
  await settled()
  await create(1)
  const gaps = said.filter((block) => block.startsWith('event: gap'))
  const missed = Number(/"missed":(\d+)/.exec(gaps[0] ?? '')?.[1])
  t.equal(gaps.length, 1)
  t.equal(said.filter((block) => block.startsWith('event: created')).length + missed, 301, 'told and missed are all')
  slow.destroy()
  feed.close()
})

t.test('it ends when its caller may read no more: when that is asked, and at the next sign of life', async (t) => {
  const { feed, reader, clock, state } = readable()
  const ends: string[] = []
  for (const name of ['first', 'second']) {
    const one = reader()
    one.on('end', () => ends.push(name)).resume()
    one.recheck()
    await settled()
    t.notOk(ends.includes(name), 'it may')
    state.isAllowed = false
    if (name === 'first') one.recheck()
    else clock.advance(100)
    await settled()
    t.ok(ends.includes(name))
    state.isAllowed = true
  }
  feed.close()
})

t.test('one that ended while it was read from says nothing more, and fails at nothing', async (t) => {
  const { feed, reader, create, state, clock } = readable()
  const one = reader()
  const faults: unknown[] = []
  one.on('error', (fault) => faults.push(fault))
  await create(1)
  state.isAllowed = false
  one.recheck()
  one.recheck()
  await create(3)
  clock.advance(200)
  const said = saying(one)
  await settled()
  t.same(faults, [])
  t.same(said, ['retry: 2000', 'event: created'], 'what waited already')
  feed.close()
})

t.test('what is forgotten before a reader has it is told of', async (t) => {
  const { feed, reader, create, state } = readable()
  const first = reader()
  const ids: string[] = []
  first.on('data', (text: string) => ids.push(...[...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id ?? '')))
  await create(1)
  t.equal(state.forgotten, 0)
  await create(10)
  saying(reader('elsewhere-1'))
  t.equal(state.forgotten, 0, 'what another process knew was not forgotten here')
  saying(reader(ids[0]))
  t.equal(state.forgotten, 1)
  feed.close()
})

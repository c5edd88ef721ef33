import t from 'tap'
import { type SessionEvent, SessionEvents } from '../../src/core/events.js'
import type { Session } from '../../src/core/session.js'
import { epochSession, makeCore, OWNER, recordEvents, timeoutSession } from '../support/core.js'
import { settled } from '../support/manual-clock.js'

const session: Session = {
  id: '00000000-0000-4000-8000-000000000000',
  partition: 0,
  number: undefined,
  owner: OWNER,
  lifetime: { kind: 'epochs', notBefore: 0n, issuedAt: 0n, expiration: 1n, edge: 'inclusive' },
  key: undefined,
  scope: {},
  origin: { generation: 'v2', dialect: 'v2', clientVersion: '' },
  createdAt_ms: 0,
}

function event(at_ms: number): SessionEvent {
  return { kind: 'created', session, at_ms }
}

async function untilQuiet(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await settled()
}

t.test('a listener runs outside the call that published, in order', async (t) => {
  const events = new SessionEvents()
  const seen: number[] = []
  events.subscribe(({ at_ms }) => void seen.push(at_ms))
  for (let n = 0; n < 500; n += 1) events.publish(event(n))
  t.same(seen, [], 'nothing yet')
  await untilQuiet()
  t.same(
    seen,
    Array.from({ length: 500 }, (_, n) => n),
  )
})

t.test('a slow listener misses events and is told how many; others miss none', async (t) => {
  const events = new SessionEvents()
  let release = () => {}
  const slow: [number, number][] = []
  const fast: number[] = []
  events.subscribe(
    ({ at_ms }, missed) => {
      slow.push([at_ms, missed])
      return new Promise<void>((resolve) => {
        release = resolve
      })
    },
    { capacity: 3 },
  )
  events.subscribe(({ at_ms }) => void fast.push(at_ms))
  for (let n = 0; n < 10; n += 1) events.publish(event(n))
  t.equal(events.dropped, 7)
  for (let n = 0; n < 5; n += 1) {
    await untilQuiet()
    release()
  }
  events.publish(event(10))
  await untilQuiet()
  t.same(slow, [
    [0, 0],
    [1, 0],
    [2, 0],
    [10, 7],
  ])
  t.same(fast, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

t.test('a listener that throws, now or later, harms nobody', async (t) => {
  const faults: unknown[] = []
  const events = new SessionEvents({ onFault: (fault) => void faults.push(fault) })
  const seen: number[] = []
  events.subscribe(() => {
    throw new Error('now')
  })
  events.subscribe(async () => {
    throw new Error('later')
  })
  events.subscribe(({ at_ms }) => void seen.push(at_ms))
  events.publish(event(1))
  events.publish(event(2))
  await untilQuiet()
  t.same(seen, [1, 2])
  t.equal(faults.length, 4)
})

t.test('each event that a subscriber misses is a hit of the limit', async (t) => {
  const hits: string[] = []
  const events = new SessionEvents({ capacity: 2, onLimit: (limit) => void hits.push(limit) })
  events.subscribe(() => {})
  events.subscribe(() => {}, { capacity: 3 })
  for (let n = 0; n < 2; n += 1) events.publish(event(n))
  t.same(hits, [])
  for (let n = 0; n < 2; n += 1) events.publish(event(n))
  t.same(hits, Array(3).fill('limits.eventQueue'))
  t.equal(events.dropped, 3)
})

t.test('after unsubscribing nothing comes, not even what waited', async (t) => {
  const events = new SessionEvents()
  const seen: number[] = []
  const stop = events.subscribe(({ at_ms }) => {
    seen.push(at_ms)
    stop()
  })
  events.publish(event(1))
  events.publish(event(2))
  t.equal(events.active, true)
  await untilQuiet()
  t.same(seen, [1])
  t.equal(events.active, false)
})

t.test('each thing that happens to a session is one event, with the record after it', async (t) => {
  const { sessions, events, clock, epochs, engine } = makeCore()
  const seen = recordEvents(events)
  engine.start()
  const v2 = await sessions.create(epochSession())
  const atomix = await sessions.create(timeoutSession())
  clock.advance(500)
  await sessions.keepAlive({ by: 'id', id: atomix.id }, {})
  await sessions.close({ by: 'id', id: atomix.id }, { endedBy: 'admin' })
  epochs.set(21n)
  await untilQuiet()
  t.same(
    seen.map(({ kind, session, endedBy }) => [kind, session.id, endedBy]),
    [
      ['created', v2.id, undefined],
      ['created', atomix.id, undefined],
      ['renewed', atomix.id, undefined],
      ['closed', atomix.id, 'admin'],
      ['expired', v2.id, 'expiry'],
    ],
  )
  const renewed = seen[2]?.session.lifetime
  t.match(renewed, { kind: 'timeout', renewedAt: clock.now() })
  await engine.stop()
})

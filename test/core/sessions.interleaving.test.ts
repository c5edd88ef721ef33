import fc from 'fast-check'
import t from 'tap'
import { isOver } from '../../src/core/lifetime.js'
import type { Session, SessionRef } from '../../src/core/session.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { makeCore, outcomeOf, recordEvents, timeoutSession } from '../support/core.js'
import { LaterStore } from '../support/later-store.js'
import { ManualClock, settled } from '../support/manual-clock.js'

// A store that answers later, in any order: renewals, closes, reads and the engine overtake each other.

type Step =
  | { do: 'keepAlive' | 'close' | 'find'; pick: number; turns: number }
  | { do: 'open'; turns: number }
  | { do: 'time'; time_ms: number; turns: number }

const turns = fc.nat(4)
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constantFrom('keepAlive' as const, 'keepAlive' as const, 'find' as const, 'close' as const),
        pick: fc.nat(10),
        turns,
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('open' as const), turns }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('time' as const), time_ms: fc.constantFrom(1, 50, 100, 150, 200), turns }),
    },
  ),
  { maxLength: 40, size: 'max' },
)

const by = { generation: 'atomix', endedBy: 'client' }

t.test('whatever overtakes what: one end per session, never early, and answers that fit it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), steps, async (scheduler, steps) => {
      const clock = new ManualClock()
      const memory = new MemoryStore()
      const early: string[] = []
      const judge = (ended: Session | undefined): void => {
        if (ended !== undefined && !isOver(ended.lifetime, { epoch: 0n, instant: clock.now() })) early.push(ended.id)
      }
      class WatchedStore extends LaterStore {
        override end(id: string, how: Parameters<LaterStore['end']>[1]) {
          return scheduler.schedule(Promise.resolve(), `end ${id}`).then(() => {
            const ended = memory.end(id, how)
            if (how.reason === 'expired') judge(ended)
            return ended
          })
        }

        override endAll(...[sessions, how]: Parameters<LaterStore['endAll']>) {
          return scheduler.schedule(Promise.resolve(), `end ${sessions.length}`).then(() => {
            const ended = memory.endAll(sessions, how)
            for (const session of ended.sessions) judge(session)
            return ended
          })
        }
      }
      const store = new WatchedStore(memory, async (operation, run) => {
        await scheduler.schedule(Promise.resolve(), operation)
        const result = await run()
        // What was read may be old by the time it arrives.
        await scheduler.schedule(Promise.resolve(), `answer of ${operation}`)
        return result
      })
      const { sessions, engine, events, reports } = makeCore({
        clock,
        store,
        limits: { expiryBatch: 2, stall_ms: 1e9 },
      })
      const seen = recordEvents(events)
      const opened: Session[] = []
      const answers: { id: string; operation: string; outcome: Promise<string> }[] = []
      const hidden: string[] = []
      const running: Promise<unknown>[] = []
      const start = (step: Step): void => {
        if (step.do === 'time') {
          clock.advance(step.time_ms)
          return
        }
        if (step.do === 'open') {
          running.push(sessions.create(timeoutSession({ timeout_ms: 200 })).then((session) => opened.push(session)))
          return
        }
        const session = opened[step.pick % Math.max(1, opened.length)]
        if (session === undefined) return
        const { do: operation } = step
        const ref: SessionRef = { by: 'number', partition: 1, number: session.number ?? 0n }
        const call = async () => {
          if (operation !== 'find') return sessions[operation](ref, by)
          const found = await sessions.find(ref)
          if (found === undefined && memory.get(ref) !== undefined) hidden.push(session.id)
          return found
        }
        const outcome = outcomeOf(call)
        running.push(outcome)
        answers.push({ id: session.id, operation, outcome })
      }

      engine.start()
      start({ do: 'open', turns: 0 })
      await scheduler.waitIdle()
      for (const step of steps) {
        start(step)
        for (let turn = 0; turn < step.turns && scheduler.count() > 0; turn += 1) await scheduler.waitNext(1)
      }
      await scheduler.waitIdle()
      await Promise.all(running)
      // Everybody has gone away: what is left ends within a tick after its timeout.
      for (let tick = 0; tick < 5; tick += 1) {
        clock.advance(100)
        do await scheduler.waitIdle()
        while (clock.runNext())
      }
      const stopped = engine.stop()
      await scheduler.waitIdle()
      await stopped
      for (let turn = 0; turn < 5; turn += 1) await settled()

      const wrong = reports.faults.map(String)
      for (const id of early) wrong.push(`${id} was ended early`)
      for (const id of hidden) wrong.push(`${id} was open and not found`)
      const numbers = new Set(opened.map(({ number }) => number))
      if (numbers.size !== opened.length) wrong.push('a number was handed out twice')
      for (const { id } of opened) {
        const ends = seen.filter(({ session, kind }) => session.id === id && (kind === 'closed' || kind === 'expired'))
        if (ends.length !== 1) wrong.push(`${id} ended ${ends.length} times`)
        let closed = 0
        for (const answer of answers.filter((answer) => answer.id === id)) {
          const outcome = await answer.outcome
          if (outcome !== 'ok' && outcome !== ends[0]?.kind) wrong.push(`${answer.operation} of ${id}: ${outcome}`)
          if (outcome === 'ok' && answer.operation === 'close') closed += 1
        }
        if (closed !== (ends[0]?.kind === 'closed' ? 1 : 0)) wrong.push(`${id}: ${closed} closes succeeded`)
      }
      if (wrong.length > 0) throw new Error(wrong.join('\n'))
    }),
    { numRuns: 200 },
  )
})

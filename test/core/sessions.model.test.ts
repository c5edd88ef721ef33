import fc from 'fast-check'
import t from 'tap'
import type { Edge } from '../../src/core/lifetime.js'
import type { SessionRef } from '../../src/core/session.js'
import { epochSession, makeCore, outcomeOf, recordEvents } from '../support/core.js'
import { settled } from '../support/manual-clock.js'

// Sessions against a model that is too simple to be wrong: a list, walked for everything.

const UNIT_ns = 50_000_000n

type Step =
  | { do: 'open by epochs'; epochs: bigint; edge: Edge; generation: string }
  | { do: 'open by timeout'; units: bigint; edge: Edge; expiry: 'eager' | 'lazy'; partition: number }
  | { do: 'keepAlive' | 'close' | 'find'; pick: number; generation: string | undefined; how: number }
  | { do: 'epoch'; epochs: bigint }
  | { do: 'time'; time_ns: bigint }
  | { do: 'list' }

interface Modelled {
  readonly id: string
  readonly ref: SessionRef
  readonly generation: string
  readonly partition: number
  readonly kind: 'epochs' | 'timeout'
  readonly edge: Edge
  readonly lazy: boolean
  /** Expiration epoch, or timeout in nanoseconds. */
  readonly span: bigint
  renewedAt: bigint
  state: 'open' | 'closed' | 'expired'
}

class Model {
  readonly sessions: Modelled[] = []
  instant = 0n
  epoch = 0n

  isOver(session: Modelled): boolean {
    const past = session.kind === 'epochs' ? this.epoch - session.span : this.instant - session.renewedAt - session.span
    return past > 0n || (past === 0n && session.edge === 'exclusive')
  }

  /** Nobody may see an eager session that is over. */
  expire(): void {
    for (const session of this.sessions) {
      if (session.state === 'open' && !session.lazy && this.isOver(session)) session.state = 'expired'
    }
  }

  touch(step: 'keepAlive' | 'close', session: Modelled, generation: string | undefined): string {
    if (generation !== undefined && generation !== session.generation) return 'not_found'
    if (session.state !== 'open') return session.state
    if (step === 'close') session.state = 'closed'
    else if (session.kind === 'epochs') return 'invalid'
    else this.#renew(session)
    return 'ok'
  }

  #renew(session: Modelled): void {
    session.renewedAt = this.instant
    if (!session.lazy) return
    for (const other of this.sessions) {
      const swept = other.lazy && other.partition === session.partition && other.state === 'open'
      if (swept && this.isOver(other)) other.state = 'expired'
    }
  }
}

const edge = fc.constantFrom<Edge>('inclusive', 'exclusive')
const generation = fc.constantFrom('v1', 'v2')
const time_ns = fc.oneof(
  fc.bigInt(0n, 8n).map((units) => units * UNIT_ns),
  fc.constantFrom(1n, UNIT_ns - 1n),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('open by epochs' as const), epochs: fc.bigInt(-1n, 4n), edge, generation }),
  fc.record({
    do: fc.constant('open by timeout' as const),
    units: fc.bigInt(-1n, 6n),
    edge,
    expiry: fc.constantFrom('eager' as const, 'lazy' as const),
    partition: fc.integer({ min: 1, max: 2 }),
  }),
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('keepAlive' as const, 'close' as const, 'find' as const, 'keepAlive' as const),
      pick: fc.nat(100),
      generation: fc.constantFrom('atomix', 'atomix', 'v1', 'v2', undefined),
      how: fc.nat(2),
    }),
  },
  fc.record({ do: fc.constant('epoch' as const), epochs: fc.bigInt(1n, 2n) }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('time' as const), time_ns }) },
  fc.record({ do: fc.constant('list' as const) }),
)

async function run(steps: readonly Step[], engineRuns: boolean): Promise<string[]> {
  // Small slices, so that sweeps take several.
  const core = makeCore({ limits: { expiryBatch: 2 } })
  const { sessions, clock, epochs } = core
  const events = recordEvents(core.events)
  const model = new Model()
  const wrong: string[] = []
  const expect = (what: string, actual: unknown, expected: unknown) => {
    if (actual !== expected) wrong.push(`${what}: ${String(actual)} instead of ${String(expected)}`)
  }
  if (engineRuns) core.engine.start()

  for (const [index, step] of steps.entries()) {
    model.instant = clock.now()
    model.epoch = epochs.current()
    const at = `step ${index}, ${step.do}`
    model.expire()
    switch (step.do) {
      case 'open by epochs': {
        const { edge, generation } = step
        const expiration = model.epoch + step.epochs
        const origin = { generation, dialect: generation, clientVersion: '' }
        const { id, key } = await sessions.create(epochSession({ expiration, edge, origin }))
        const ref: SessionRef =
          index % 2 === 0 || key === undefined ? { by: 'id', id } : { by: 'account', account: key.account }
        const numbers = { partition: 0, span: expiration, renewedAt: 0n }
        model.sessions.push({ id, ref, generation, kind: 'epochs', edge, lazy: false, ...numbers, state: 'open' })
        break
      }
      case 'open by timeout': {
        const { edge, expiry, partition } = step
        const timeout_ns = step.units * UNIT_ns
        const { id, number, lifetime } = await sessions.create({
          origin: { generation: 'atomix', dialect: 'atomix', clientVersion: '' },
          lifetime: { kind: 'timeout', timeout_ns, edge, expiry },
          partition,
          withKey: false,
        })
        const earlier = model.sessions.filter((session) => session.partition === partition).length
        expect(`${at}, number`, number, BigInt(earlier + 1))
        expect(`${at}, renewed`, lifetime.kind === 'timeout' && lifetime.renewedAt, model.instant)
        model.sessions.push({
          id,
          ref: { by: 'number', partition, number: number ?? 0n },
          generation: 'atomix',
          partition,
          kind: 'timeout',
          edge,
          lazy: expiry === 'lazy',
          span: timeout_ns,
          renewedAt: model.instant,
          state: 'open',
        })
        break
      }
      case 'epoch':
        epochs.set(model.epoch + step.epochs)
        break
      case 'time':
        clock.advanceNanoseconds(step.time_ns)
        break
      case 'list': {
        const { items } = await sessions.list({}, 1_000)
        const listed = items.map(({ session, end }) => `${session.id} ${end?.reason ?? 'open'}`)
        expect(at, listed.join(), model.sessions.map(({ id, state }) => `${id} ${state}`).join())
        break
      }
      default: {
        const session = model.sessions[step.pick % Math.max(1, model.sessions.length)]
        if (session === undefined) break
        if (step.do === 'find') {
          expect(at, (await sessions.find(session.ref)) !== undefined, session.state === 'open')
          break
        }
        const expected = model.touch(step.do, session, step.generation)
        const by = { generation: step.generation, endedBy: 'client' }
        const operation = step.do
        let answer = outcomeOf(() => sessions[operation](session.ref, by))
        // A sweep in slices waits for its turn; no time passes meanwhile.
        for (let turn = 0; turn < 3 + model.sessions.length; turn += 1) {
          await Promise.resolve()
          while (clock.runNext()) await settled()
        }
        answer = Promise.resolve(await answer)
        expect(at, await answer, expected)
      }
    }
  }

  model.instant = clock.now()
  model.epoch = epochs.current()
  model.expire()
  for (const { id, ref, state } of model.sessions) {
    expect(`${id} at the end`, (await sessions.ended(ref))?.reason ?? 'open', state)
  }
  await core.engine.stop()
  while (events.length < model.sessions.length) await settled()
  await settled()
  for (const { id, state } of model.sessions) {
    const kinds = events.filter(({ session, kind }) => session.id === id && kind !== 'renewed').map(({ kind }) => kind)
    expect(`events of ${id}`, kinds.join(), state === 'open' ? 'created' : `created,${state}`)
  }
  return wrong
}

for (const engineRuns of [true, false]) {
  t.test(`sessions do what the model does, ${engineRuns ? 'with' : 'without'} the engine`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
        const wrong = await run(steps, engineRuns)
        if (wrong.length > 0) throw new Error(wrong.join('\n'))
      }),
      { numRuns: 300 },
    )
  })
}

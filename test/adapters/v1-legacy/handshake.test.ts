import t from 'tap'
import { LEGACY_DIALECTS } from '../../../src/adapters/v1-legacy/policy.js'
import { SessionError } from '../../../src/core/errors.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import { GrpcCode } from '../../../src/transport/transport.js'
import { FakeKeyPairs } from '../../support/fake-key-pairs.js'
import { LaterStore } from '../../support/later-store.js'
import { LegacyClient } from '../../support/legacy-client.js'
import { HANDSHAKE_TIMEOUT_MS, legacyGateway } from '../../support/legacy-gateway.js'
import { settled } from '../../support/manual-clock.js'

const { OK, INVALID_ARGUMENT, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE } = GrpcCode

/** A store whose answers wait until they are let go; `fail` lets them go with a failure. */
class HeldStore extends LaterStore {
  readonly #held: { operation: string; go: (failure?: unknown) => void }[]

  constructor(operations: readonly string[]) {
    const held: { operation: string; go: (failure?: unknown) => void }[] = []
    super(new MemoryStore(), async (operation, run) => {
      if (operations.includes(operation)) {
        await new Promise<void>((resolve, reject) => {
          held.push({ operation, go: (failure) => (failure === undefined ? resolve() : reject(failure)) })
        })
      }
      return run()
    })
    this.#held = held
  }

  async release(failure?: unknown): Promise<void> {
    for (const { go } of this.#held.splice(0)) go(failure)
    await settled()
  }
}

/** `preparing`: the store has not told yet whether there is room. `confirming`: it has not stored the session yet. */
function held(operation: 'countOf' | 'insert') {
  const store = new HeldStore([operation])
  return { store, gateway: legacyGateway({ core: { store } }) }
}

const unavailable = () => new SessionError('store_unavailable', 'the store does not answer')

t.test('a handshake stores nothing before Signed and is answered at once', async (t) => {
  for (const dialect of LEGACY_DIALECTS) {
    const gateway = legacyGateway()
    const client = new LegacyClient(dialect)
    const call = gateway.call()
    call.push(client.init())
    t.equal(call.sent.length, 1, 'a store that answers at once lets us answer at once')
    t.same(await gateway.left(), [0, 1, 1])
    gateway.clock.advance(5)
    await call.message(client.signed(call.sent[0]))
    t.equal(call.sent.length, 2)
    t.equal(call.status?.code, OK)
    t.same(await gateway.left(), [1, 0, 0])
    t.same(gateway.observed.operations, [
      { operation: 'open', generation: 'v1-legacy', dialect, outcome: 'ok', duration_ms: 5 },
    ])
    t.same(gateway.observed.seen, [
      { generation: 'v1-legacy', dialect, version: '', userAgent: 'grpc-go/1.24.0', peer: '127.0.0.1:4711' },
    ])
    // What arrives after the end finds nobody; a transport would not even hand it on.
    await call.message(client.init())
    t.equal(call.sent.length, 2)
  }
})

t.test('half-close after Init: the end with OK, and nothing remains', async (t) => {
  for (const dialect of LEGACY_DIALECTS) {
    const gateway = legacyGateway()
    const call = gateway.call()
    await call.message(new LegacyClient(dialect).init())
    await call.halfClose()
    t.equal(call.sent.length, 1)
    t.equal(call.status?.code, OK)
    t.same(await gateway.left(), [0, 0, 0])
    t.same(
      gateway.observed.operations.map(({ outcome }) => outcome),
      ['out_of_order'],
    )
  }
})

t.test('half-close while the session is prepared: Unsigned still comes, then the end', async (t) => {
  const { store, gateway } = held('countOf')
  const call = gateway.call()
  await call.message(new LegacyClient('A2').init())
  await call.halfClose()
  t.same(call.answers, [])
  await store.release()
  t.equal(call.sent.length, 1)
  t.equal(call.status?.code, OK)
  t.same(await gateway.left(), [0, 0, 0])
})

t.test('half-close after Signed changes nothing', async (t) => {
  const { store, gateway } = held('insert')
  const client = new LegacyClient('A2')
  const call = gateway.call()
  await call.message(client.init())
  await call.message(client.signed(call.sent[0]))
  await call.halfClose()
  t.equal(call.sent.length, 1, 'Result waits for the store')
  await store.release()
  t.equal(call.sent.length, 2)
  t.equal(call.status?.code, OK)
  t.same(await gateway.left(), [1, 0, 0])
})

t.test('a client that goes away', async (t) => {
  t.test('while its session is prepared', async (t) => {
    const { store, gateway } = held('countOf')
    const call = gateway.call()
    await call.message(new LegacyClient('A0').init())
    await call.vanish()
    await store.release()
    t.same(call.answers, [])
    t.same(await gateway.left(), [0, 0, 0])
  })
  t.test('after Unsigned', async (t) => {
    const gateway = legacyGateway()
    const call = gateway.call()
    await call.message(new LegacyClient('B').init())
    await call.vanish()
    t.same(await gateway.left(), [0, 0, 0])
    t.same(
      gateway.observed.operations.map(({ outcome }) => outcome),
      ['out_of_order'],
    )
  })
  t.test('while its session is stored: it is confirmed, so it stays', async (t) => {
    const { store, gateway } = held('insert')
    const client = new LegacyClient('A2')
    const call = gateway.call()
    await call.message(client.init())
    await call.message(client.signed(call.sent[0]))
    await call.vanish()
    await store.release()
    t.equal(call.sent.length, 1, 'there is nobody to tell')
    t.same(await gateway.left(), [1, 0, 0])
    t.same(
      gateway.observed.operations.map(({ outcome }) => outcome),
      ['ok'],
    )
  })
  t.test('before its first message', async (t) => {
    const gateway = legacyGateway()
    await gateway.call().vanish()
    t.same(await gateway.left(), [0, 0, 0])
  })
})

t.test('the handshake timeout', async (t) => {
  t.test('after Unsigned, not a moment early', async (t) => {
    const gateway = legacyGateway()
    const client = new LegacyClient('A1')
    const call = gateway.call()
    await call.message(client.init())
    gateway.clock.advance(HANDSHAKE_TIMEOUT_MS - 1)
    t.equal(call.status, undefined)
    gateway.clock.advance(1)
    t.equal(call.status?.code, DEADLINE_EXCEEDED)
    t.match(call.status?.message, /60000 ms/)
    t.same(await gateway.left(), [0, 0, 0])
    t.same(
      gateway.observed.operations.map(({ outcome, duration_ms }) => [outcome, duration_ms]),
      [['handshake_timeout', HANDSHAKE_TIMEOUT_MS]],
    )
  })
  t.test('while the session is prepared', async (t) => {
    const { store, gateway } = held('countOf')
    const call = gateway.call()
    await call.message(new LegacyClient('A1').init())
    gateway.clock.advance(HANDSHAKE_TIMEOUT_MS)
    t.same(call.answers, [DEADLINE_EXCEEDED])
    await store.release()
    t.same(call.answers, [DEADLINE_EXCEEDED])
    t.same(await gateway.left(), [0, 0, 0])
  })
  t.test('does not count the time that the store takes for the session', async (t) => {
    const { store, gateway } = held('insert')
    const client = new LegacyClient('A1')
    const call = gateway.call()
    await call.message(client.init())
    await call.message(client.signed(call.sent[0]))
    gateway.clock.advance(10 * HANDSHAKE_TIMEOUT_MS)
    await store.release()
    t.equal(call.status?.code, OK)
    t.same(await gateway.left(), [1, 0, 0])
  })
})

t.test('messages at the wrong moment', async (t) => {
  t.test('before Unsigned', async (t) => {
    const { store, gateway } = held('countOf')
    const client = new LegacyClient('A2')
    const call = gateway.call()
    await call.message(client.init())
    await call.message(client.init())
    t.same(call.answers, [INVALID_ARGUMENT])
    await store.release()
    t.same(call.answers, [INVALID_ARGUMENT])
    t.same(await gateway.left(), [0, 0, 0])
  })
  t.test('while the session is stored: dropped', async (t) => {
    const { store, gateway } = held('insert')
    const client = new LegacyClient('A2')
    const call = gateway.call()
    await call.message(client.init())
    await call.message(client.signed(call.sent[0]))
    await call.message(client.signed(call.sent[0]))
    await call.message(client.init())
    await store.release()
    t.equal(call.sent.length, 2)
    t.equal(call.status?.code, OK)
    t.same(await gateway.left(), [1, 0, 0])
  })
})

t.test('limits, drain and faults of the store', async (t) => {
  t.test('handshakes under way', async (t) => {
    const gateway = legacyGateway({ core: { limits: { pendingHandshakes: 2 } } })
    const calls = [gateway.call(), gateway.call(), gateway.call()]
    for (const call of calls) await call.message(new LegacyClient('A2').init())
    t.same(
      calls.map(({ status }) => status?.code),
      [undefined, undefined, RESOURCE_EXHAUSTED],
    )
    await calls[0]?.vanish()
    const again = gateway.call()
    await again.message(new LegacyClient('A2').init())
    t.equal(again.status, undefined, 'an abandoned handshake gives its place back')
  })
  t.test('a drain finishes what has begun', async (t) => {
    const gateway = legacyGateway()
    const client = new LegacyClient('A2')
    const call = gateway.call()
    await call.message(client.init())
    gateway.sessions.drain()
    const late = gateway.call()
    await late.message(client.init())
    t.same(late.answers, [UNAVAILABLE])
    await call.message(client.signed(call.sent[0]))
    t.equal(call.status?.code, OK)
    t.same(await gateway.left(), [1, 0, 0])
  })
  t.test('the store fails before Unsigned', async (t) => {
    const { store, gateway } = held('countOf')
    const call = gateway.call()
    await call.message(new LegacyClient('A2').init())
    await store.release(unavailable())
    t.same(call.answers, [UNAVAILABLE])
    t.same(await gateway.left(), [0, 0, 0])
    t.same(gateway.observed.faults, ['the store does not answer'])
  })
  t.test('the store fails when nobody waits any more', async (t) => {
    const { store, gateway } = held('countOf')
    const call = gateway.call()
    await call.message(new LegacyClient('A2').init())
    await call.vanish()
    await store.release(unavailable())
    t.same(await gateway.left(), [0, 0, 0])
    t.same(gateway.observed.faults, ['the store does not answer'], 'the log still tells it')
    t.equal(gateway.observed.operations.length, 1, 'counted once')
  })
  t.test('the store fails before Result', async (t) => {
    const { store, gateway } = held('insert')
    const client = new LegacyClient('A2')
    const call = gateway.call()
    await call.message(client.init())
    await call.message(client.signed(call.sent[0]))
    await store.release(unavailable())
    t.equal(call.sent.length, 1, 'no Result for what is not stored')
    t.equal(call.status?.code, UNAVAILABLE)
    t.same(await gateway.left(), [0, 0, 0])
  })
  t.test('a fault of ours does not show its text', async (t) => {
    const keyPairs = new FakeKeyPairs()
    const gateway = legacyGateway({ core: { keyPairs } })
    for (const failure of [new Error('secret'), new SessionError('internal', 'secret')]) {
      keyPairs.failNext(failure)
      const call = gateway.call()
      await call.message(new LegacyClient('A2').init())
      t.same(call.answers, [INTERNAL])
      t.equal(call.status?.message, 'internal error')
      t.same(await gateway.left(), [0, 0, 0])
    }
    t.equal(gateway.observed.faults.length, 2)
  })
})

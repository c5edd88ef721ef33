import t from 'tap'
import { SessionError } from '../../../src/core/errors.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import { GrpcCode } from '../../../src/transport/transport.js'
import { LaterStore } from '../../support/later-store.js'
import { LegacyClient } from '../../support/legacy-client.js'
import { HANDSHAKE_TIMEOUT_MS, type LegacyCall, legacyGateway } from '../../support/legacy-gateway.js'

const { OK, RESOURCE_EXHAUSTED } = GrpcCode
const LIMIT = 3

type Gateway = ReturnType<typeof legacyGateway>

/** Begins a handshake; the code with which it was refused, or undefined while it goes on. */
async function begin(gateway: Gateway, connection: object): Promise<{ call: LegacyCall; code: number | undefined }> {
  const call = gateway.call(connection)
  await call.message(new LegacyClient('A2').init())
  return { call, code: call.status?.code }
}

t.test('handshakes under way on one connection, beside those of another', async (t) => {
  const gateway = legacyGateway({ adapter: { handshakesPerConnection: LIMIT } })
  const [one, other] = [{}, {}]
  for (const connection of [one, other]) {
    for (let n = 0; n < LIMIT; n += 1) t.equal((await begin(gateway, connection)).code, undefined)
    const { call, code } = await begin(gateway, connection)
    t.equal(code, RESOURCE_EXHAUSTED)
    t.match(call.status?.message, /too many handshakes under way on this connection/)
  }
  t.same(gateway.observed.limits, Array(2).fill('limits.handshakesPerConnection'))
  t.equal(gateway.sessions.counts().pending, 2 * LIMIT, 'nothing was prepared for the others')
  t.same(gateway.observed.signatureChecks.length, 2 * LIMIT, 'nor was any signature checked')
})

t.test('however a handshake ends, there is room for the next', async (t) => {
  const failing = new LaterStore(new MemoryStore(), async (operation, run) => {
    if (operation === 'insert') throw new SessionError('store_unavailable', 'no')
    return run()
  })
  const ends: readonly (readonly [
    name: string,
    end: (call: LegacyCall, client: LegacyClient, gateway: Gateway) => Promise<void>,
    core?: { readonly store: LaterStore },
  ])[] = [
    ['confirmed', (call, client) => call.message(client.signed(call.sent[0]))],
    ['refused', (call, client) => call.message(client.signed(call.sent[0], { after: { lastEpoch: 1n } }))],
    ['not stored', (call, client) => call.message(client.signed(call.sent[0])), { store: failing }],
    ['half-closed', (call) => call.halfClose()],
    ['left', (call) => call.vanish()],
    ['not finished in time', async (_call, _client, gateway) => gateway.clock.advance(HANDSHAKE_TIMEOUT_MS)],
    ['a second Init', (call, client) => call.message(client.init())],
    ['unreadable', (call) => call.message(new Uint8Array([0xff]))],
  ]
  for (const [name, end, core] of ends) {
    const gateway = legacyGateway({ adapter: { handshakesPerConnection: 1 }, ...(core === undefined ? {} : { core }) })
    const connection = {}
    for (let round = 0; round < 3; round += 1) {
      const client = new LegacyClient('A2')
      const call = gateway.call(connection)
      await call.message(client.init())
      t.equal(call.status, undefined, `${name}: begun`)
      t.equal((await begin(gateway, connection)).code, RESOURCE_EXHAUSTED, `${name}: one at a time`)
      await end(call, client, gateway)
      t.ok(call.status !== undefined || name === 'left', `${name}: over`)
      if (name === 'confirmed') t.equal(call.status?.code, OK)
    }
  }
})

t.test('an Init that is refused takes no room', async (t) => {
  const gateway = legacyGateway({ adapter: { handshakesPerConnection: 1 } })
  const connection = {}
  for (let round = 0; round < 3; round += 1) {
    const call = gateway.call(connection)
    await call.message(new LegacyClient('A2', { firstEpoch: 12n, lastEpoch: 11n }).init())
    t.equal(call.status?.code, GrpcCode.INVALID_ARGUMENT)
  }
  t.equal((await begin(gateway, connection)).code, undefined)
})

t.test('a handshake that is not finished in time is counted', async (t) => {
  const gateway = legacyGateway()
  await begin(gateway, {})
  gateway.call()
  gateway.clock.advance(HANDSHAKE_TIMEOUT_MS)
  t.same(gateway.observed.limits, Array(2).fill('adapters.v1Legacy.handshakeTimeout'))
})

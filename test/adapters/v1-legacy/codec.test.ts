import t from 'tap'
import { LEGACY_DIALECTS } from '../../../src/adapters/v1-legacy/policy.js'
import { GrpcCode } from '../../../src/transport/transport.js'
import { LegacyClient } from '../../support/legacy-client.js'
import { legacyGateway } from '../../support/legacy-gateway.js'
import { request } from '../../support/legacy-messages.js'

const { OK, INVALID_ARGUMENT, INTERNAL } = GrpcCode

t.test('the first message of another dialect as the second one', async (t) => {
  for (const dialect of LEGACY_DIALECTS) {
    const gateway = legacyGateway()
    const call = gateway.call()
    await call.message(new LegacyClient(dialect).init())
    await call.message(new LegacyClient(dialect === 'B' ? 'A2' : 'B').init())
    t.equal(call.status?.code, INVALID_ARGUMENT, call.status?.message ?? '')
    t.same(await gateway.left(), [0, 0, 0])
  }
})

t.test('a message with nothing in it as the second one', async (t) => {
  for (const dialect of LEGACY_DIALECTS) {
    const gateway = legacyGateway()
    const call = gateway.call()
    await call.message(new LegacyClient(dialect).init())
    await call.message(new Uint8Array(0))
    t.equal(call.status?.code, INVALID_ARGUMENT)
    t.match(call.status?.message, /neither Init nor Signed/)
    t.same(await gateway.left(), [0, 0, 0])
  }
})

t.test('a message that is cut off as the second one', async (t) => {
  for (const dialect of LEGACY_DIALECTS) {
    const gateway = legacyGateway()
    const client = new LegacyClient(dialect)
    const call = gateway.call()
    await call.message(client.init())
    await call.message(client.signed(call.sent[0]).subarray(0, -1))
    t.equal(call.status?.code, INTERNAL)
    t.match(call.status?.message, /^grpc: failed to unmarshal the received message field (Signed|Verify)/)
    t.same(await gateway.left(), [0, 0, 0])
  }
})

t.test('a damaged Signed is malformed, not taken for the first message of another dialect', async (t) => {
  for (const dialect of LEGACY_DIALECTS) {
    const gateway = legacyGateway()
    const client = new LegacyClient(dialect)
    const call = gateway.call()
    await call.message(client.init())
    await call.message(client.signed(call.sent[0], { after: { owner: client.wish.owner.subarray(1) } }))
    t.equal(call.status?.code, INTERNAL, call.status?.message ?? '')
    t.match(call.status?.message, /field Signed\.(TokenInfo\.)?OwnerID: expect=25, actual=24: wrong data size/)
    t.same(await gateway.left(), [0, 0, 0])
  }
})

t.test('an owner in Signed makes a message a Signed, even if the oneof ends with Init', async (t) => {
  for (const dialect of LEGACY_DIALECTS) {
    const client = new LegacyClient(dialect)
    const stranger = new LegacyClient(dialect, { owner: new Uint8Array(25).fill(1) })
    const gateway = legacyGateway()
    const call = gateway.call()
    await call.message(Buffer.concat([request(dialect, 'signed', client.wish), stranger.init([])]))
    t.same(call.answers, [INVALID_ARGUMENT])
    t.match(call.status?.message, /Signed came before Init/)
  }
})

t.test('an A3 whose Init is not signed shows itself in Signed', async (t) => {
  const gateway = legacyGateway()
  const client = new LegacyClient('A3')
  const call = gateway.call()
  await call.message(request('A2', 'init', client.wish))
  await call.message(client.signed(call.sent[0]))
  t.equal(call.status?.code, OK, call.status?.message ?? '')
  t.same(await gateway.left(), [1, 0, 0])
})

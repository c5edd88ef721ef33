import t from 'tap'
import { LEGACY_DIALECTS } from '../../../src/adapters/v1-legacy/policy.js'
import { GrpcCode } from '../../../src/transport/transport.js'
import { LegacyClient } from '../../support/legacy-client.js'
import { HANDSHAKE_SIZE_BYTES, legacyGateway } from '../../support/legacy-gateway.js'

const { INVALID_ARGUMENT, RESOURCE_EXHAUSTED } = GrpcCode

t.test('Init that no session can be made of', async (t) => {
  const cases = [
    { wish: { owner: new Uint8Array(25) }, text: /field OwnerID: all zero/ },
    { wish: { firstEpoch: 12n, lastEpoch: 11n }, text: /first epoch 12 is after last epoch 11/ },
    { wish: { firstEpoch: 0n, lastEpoch: 9n }, text: /expired session: last epoch 9 is over, the current epoch is 10/ },
  ]
  for (const dialect of LEGACY_DIALECTS) {
    for (const { wish, text } of cases) {
      const gateway = legacyGateway()
      const call = gateway.call()
      await call.message(new LegacyClient(dialect, wish).init())
      t.same(call.answers, [INVALID_ARGUMENT])
      t.match(call.status?.message, text)
      t.same(await gateway.left(), [0, 0, 0])
    }
    const gateway = legacyGateway()
    const call = gateway.call()
    await call.message(new LegacyClient(dialect, { firstEpoch: 10n, lastEpoch: 10n }).init())
    t.equal(call.sent.length, 1, 'the last epoch belongs to the lifetime')
  }
})

t.test('Init that is too big to be kept', async (t) => {
  const objects = Array.from({ length: HANDSHAKE_SIZE_BYTES / 16 }, () => crypto.getRandomValues(new Uint8Array(16)))
  const gateway = legacyGateway()
  const call = gateway.call()
  await call.message(new LegacyClient('A2', { objects }).init())
  t.same(call.answers, [RESOURCE_EXHAUSTED])
  t.match(call.status?.message, /message of \d+ bytes, at most 8192/)
  t.same(gateway.observed.limits, ['limits.handshakeSize'])
  t.same(await gateway.left(), [0, 0, 0])
})

import t from 'tap'
import { LEGACY_DIALECTS } from '../../../src/adapters/v1-legacy/policy.js'
import { base58 } from '../../../src/crypto/base58.js'
import { LegacyClient } from '../../support/legacy-client.js'
import { legacyGateway } from '../../support/legacy-gateway.js'
import { hexOf } from '../../support/vectors.js'

t.test('the session says what it was opened for', async (t) => {
  const gateway = legacyGateway()
  const a = new LegacyClient('A1', { objects: [new Uint8Array(16).fill(0xab), new Uint8Array(16)] })
  const b = new LegacyClient('B', { verb: 6, firstEpoch: 3n, lastEpoch: 12n })
  const many = new LegacyClient('A0', { objects: Array.from({ length: 100 }, () => new Uint8Array(16)) })
  const unknownVerb = new LegacyClient('B', { verb: 77 })
  for (const client of [a, b, many, unknownVerb]) {
    const call = gateway.call()
    await call.message(client.init())
    await call.message(client.signed(call.sent[0]))
  }
  const [first, second, third, fourth] = await gateway.open()
  t.same(first?.scope, { objects: ['abababab-abab-abab-abab-abababababab', '00000000-0000-0000-0000-000000000000'] })
  const address = `${base58(b.wish.cid)}/33333333-3333-3333-3333-333333333333`
  t.same(second?.scope, { verb: 'RangeHash', address })
  t.same(second?.lifetime, { kind: 'epochs', notBefore: 3n, issuedAt: 3n, expiration: 12n, edge: 'inclusive' })
  t.equal(third?.scope['objects']?.length, 64, 'as many as people can read')
  t.equal(third?.scope['objectCount'], '100')
  t.equal(fourth?.scope['verb'], '77')
})

t.test('what only the server picks is not taken from Init', async (t) => {
  const garbage = new Uint8Array(65).fill(7)
  for (const dialect of LEGACY_DIALECTS) {
    const gateway = legacyGateway()
    const id = new Uint8Array(16).fill(9)
    const client = new LegacyClient(dialect, { id, sessionKey: garbage, keySignature: garbage, signature: garbage })
    const call = gateway.call()
    await call.message(client.init())
    const unsigned = client.unsigned(call.sent[0])
    t.notSame(unsigned.id, id)
    t.equal(unsigned.sessionKey.length, 33)
    t.same([unsigned.keySignature.length, unsigned.signature.length], [0, 0])
  }
})

t.test('unknown fields of the token are echoed in both answers, in their place', async (t) => {
  // Field 200, a number; no generation has it.
  const unknown = Uint8Array.of(0xc0, 0x0c, 0x2a)
  for (const dialect of LEGACY_DIALECTS) {
    const gateway = legacyGateway()
    const client = new LegacyClient(dialect, { unknown })
    const call = gateway.call()
    await call.message(client.init())
    t.same(client.unsigned(call.sent[0]).unknown, unknown)
    const signed = client.signed(call.sent[0], { signers: [] })
    await call.message(signed)
    const result = hexOf(call.sent[1] ?? new Uint8Array(1))
    t.ok(hexOf(signed).startsWith(result), 'Result is the token of Signed')
    t.ok(result.endsWith('c00c2a'))
  }
})

import t from 'tap'
import type { SignaturePolicy } from '../../../src/adapters/adapter.js'
import { LEGACY_DIALECTS, type LegacyDialect } from '../../../src/adapters/v1-legacy/policy.js'
import { generateKeyPair } from '../../../src/crypto/private-key.js'
import { GrpcCode } from '../../../src/transport/transport.js'
import { LegacyClient } from '../../support/legacy-client.js'
import { legacyGateway } from '../../support/legacy-gateway.js'
import type { HeaderSigner } from '../../support/legacy-messages.js'

const { OK, UNAUTHENTICATED, RESOURCE_EXHAUSTED } = GrpcCode

const WITH_HEADERS: readonly LegacyDialect[] = ['A1', 'A2', 'A3', 'B']

type Header = 'signed' | 'unsigned' | 'broken'

/** The signers of one header. A broken one names the owner's key, but another key signed. */
function signersOf(header: Header, client: LegacyClient): HeaderSigner[] {
  if (header === 'unsigned') return []
  const { key } = client
  return [{ key: header === 'signed' ? key : { scalar: generateKeyPair().scalar, publicKey: key.publicKey } }]
}

const POLICIES: Readonly<Record<SignaturePolicy, Readonly<Record<Header, GrpcCode>>>> = {
  genuine: { signed: OK, unsigned: OK, broken: UNAUTHENTICATED },
  whenPresent: { signed: OK, unsigned: OK, broken: UNAUTHENTICATED },
  required: { signed: OK, unsigned: UNAUTHENTICATED, broken: UNAUTHENTICATED },
  off: { signed: OK, unsigned: OK, broken: OK },
}
const SIGNATURES = ['genuine', 'whenPresent', 'required', 'off'] as const
const HEADERS = ['signed', 'unsigned', 'broken'] as const

for (const signatures of SIGNATURES) {
  for (const header of HEADERS) {
    t.test(`header signatures ${signatures}, header ${header}`, async (t) => {
      for (const dialect of LEGACY_DIALECTS) {
        // A0 has no header: nothing can be wrong or missing.
        const code = dialect === 'A0' ? OK : POLICIES[signatures][header]
        for (const step of ['init', 'signed'] as const) {
          const gateway = legacyGateway({ adapter: { signatures } })
          const client = new LegacyClient(dialect)
          const call = gateway.call()
          const signers = signersOf(header, client)
          await call.message(step === 'init' ? client.init(signers) : client.init())
          if (step === 'init' && code !== OK) {
            t.same(call.answers, [code], `${dialect} Init`)
          } else {
            await call.message(client.signed(call.sent[0], step === 'signed' ? { signers } : {}))
            t.equal(call.status?.code, code, `${dialect} ${step}: ${call.status?.message}`)
          }
          t.same(await gateway.left(), [code === OK ? 1 : 0, 0, 0], `${dialect} ${step}`)
        }
      }
    })
  }
  t.test(`token signatures ${signatures}`, async (t) => {
    const code = signatures === 'off' ? OK : UNAUTHENTICATED
    for (const dialect of LEGACY_DIALECTS) {
      const zeros = new Uint8Array(65)
      const faults = dialect === 'B' ? [{ signature: zeros }] : [{ keySignature: zeros }, { signature: zeros }]
      for (const after of faults) {
        const gateway = legacyGateway({ adapter: { signatures, ownerCheck: 'off' } })
        const client = new LegacyClient(dialect)
        const call = gateway.call()
        await call.message(client.init())
        await call.message(client.signed(call.sent[0], { after }))
        t.equal(call.status?.code, code, `${dialect} without ${Object.keys(after)}: ${call.status?.message}`)
        t.same(await gateway.left(), [code === OK ? 1 : 0, 0, 0])
      }
    }
  })
}

t.test('each signature of a chain covers the ones before it', async (t) => {
  for (const dialect of WITH_HEADERS) {
    const client = new LegacyClient(dialect)
    const chain = (hops: number) => Array.from({ length: hops }, () => ({ key: client.key }))
    for (const hops of [2, 4, 8]) {
      const gateway = legacyGateway({ adapter: { signatures: 'required' } })
      const call = gateway.call()
      await call.message(client.init(chain(hops)))
      await call.message(client.signed(call.sent[0], { signers: chain(hops) }))
      t.equal(call.status?.code, OK, `${dialect}, ${hops} hops: ${call.status?.message}`)
      const checks = hops * 2 + (dialect === 'B' ? 1 : 2)
      t.same(gateway.observed.signatureChecks, Array(checks).fill('0 valid'), 'each is reported')
    }
    const stranger = generateKeyPair()
    for (const broken of [0, 1, 2]) {
      const gateway = legacyGateway()
      const signers = chain(3)
      signers[broken] = { key: { scalar: stranger.scalar, publicKey: client.key.publicKey } }
      const call = gateway.call()
      await call.message(client.init(signers))
      t.same(call.answers, [UNAUTHENTICATED])
      t.match(call.status?.message, new RegExp(`^${broken}: 0[23][0-9a-f]{64}: invalid signature`), 'names the hop')
      t.same(gateway.observed.signatureChecks, [...Array(broken).fill('0 valid'), '0 invalid'])
      t.same(await gateway.left(), [0, 0, 0])
    }
  }
})

t.test('more signatures than the limit are refused before any is checked', async (t) => {
  for (const dialect of WITH_HEADERS) {
    const client = new LegacyClient(dialect)
    const gateway = legacyGateway({ adapter: { signatureChain: 3 } })
    const signers = Array.from({ length: 4 }, () => ({ key: client.key }))
    const init = gateway.call()
    await init.message(client.init(signers))
    t.same(init.answers, [RESOURCE_EXHAUSTED])
    t.match(init.status?.message, /4 signatures, at most 3/)
    const signed = gateway.call()
    await signed.message(client.init([]))
    await signed.message(client.signed(signed.sent[0], { signers }))
    t.equal(signed.status?.code, RESOURCE_EXHAUSTED)
    t.same(gateway.observed.limits, ['limits.signatureChain', 'limits.signatureChain'])
    t.same(gateway.observed.signatureChecks, [])
    t.same(await gateway.left(), [0, 0, 0])
  }
})

t.test('an origin has to be the signature of the first signer by its user', async (t) => {
  for (const dialect of ['A1', 'A2'] as const) {
    const client = new LegacyClient(dialect)
    const node = generateKeyPair()
    const forged = { scalar: generateKeyPair().scalar, publicKey: client.key.publicKey }
    const cases = [
      { user: client.key, code: OK },
      { user: forged, code: UNAUTHENTICATED },
    ]
    for (const { user, code } of cases) {
      const gateway = legacyGateway()
      const call = gateway.call()
      await call.message(client.init([]))
      await call.message(client.signed(call.sent[0], { signers: [{ key: node, user }, { key: node }] }))
      t.equal(call.status?.code, code, call.status?.message ?? '')
      if (code !== OK) t.match(call.status?.message, /^0 origin: /)
      t.same(await gateway.left(), [code === OK ? 1 : 0, 0, 0])
    }
  }
})

t.test('what a client sends instead of a key is not repeated to it', async (t) => {
  const client = new LegacyClient('B')
  const call = legacyGateway().call()
  await call.message(client.init([{ key: { scalar: client.key.scalar, publicKey: new Uint8Array(1000).fill(2) } }]))
  t.same(call.answers, [UNAUTHENTICATED])
  t.match(call.status?.message, /^0: 1000 bytes: /)
})

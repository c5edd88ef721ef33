import t, { type Test } from 'tap'
import type { V1LegacyOptions } from '../../../src/adapters/v1-legacy/index.js'
import { LEGACY_DIALECTS, type LegacyDialect } from '../../../src/adapters/v1-legacy/policy.js'
import { sameBytes } from '../../../src/core/bytes.js'
import { ownerIdsOf } from '../../../src/crypto/owner-id.js'
import { generateKeyPair, type KeyPair } from '../../../src/crypto/private-key.js'
import { GrpcCode } from '../../../src/transport/transport.js'
import { LegacyClient, layoutsOfB, type Mutation, ownerOf } from '../../support/legacy-client.js'
import { legacyGateway } from '../../support/legacy-gateway.js'
import { type Draft, type HeaderSigner, sign } from '../../support/legacy-messages.js'

const { OK, INVALID_ARGUMENT, PERMISSION_DENIED, RESOURCE_EXHAUSTED, UNAUTHENTICATED } = GrpcCode

interface Attempt {
  readonly dialect: LegacyDialect
  /** Of the client, which signs what `mutation` does not give to somebody else. */
  readonly key?: KeyPair
  readonly wish?: Partial<Draft>
  /** Of Init; Signed has those of `mutation`. */
  readonly signers?: readonly HeaderSigner[]
  readonly mutation?: Mutation | ((unsigned: Draft) => Mutation)
  readonly adapter?: Partial<V1LegacyOptions>
}

/** The code with which a handshake ends; checks that nothing half-made stays. */
async function attempt(t: Test, given: Attempt): Promise<number | undefined> {
  const gateway = legacyGateway({ adapter: given.adapter ?? {} })
  const client = new LegacyClient(given.dialect, given.wish, given.key)
  const call = gateway.call()
  await call.message(client.init(given.signers ?? []))
  if (call.status === undefined) {
    const { mutation = {} } = given
    const change = typeof mutation === 'function' ? mutation(client.unsigned(call.sent[0])) : mutation
    await call.message(client.signed(call.sent[0], { signers: [], ...change }))
  }
  const code = call.status?.code
  t.same(await gateway.left(), [code === OK ? 1 : 0, 0, 0])
  return code
}

const NONE: readonly HeaderSigner[] = []

t.test('every owner id of a key is its own', async (t) => {
  const key = generateKeyPair()
  for (const dialect of LEGACY_DIALECTS) {
    for (const { derivation, owner } of ownerIdsOf(key.publicKey)) {
      t.equal(await attempt(t, { dialect, key, wish: { owner } }), OK, `${dialect}, unsigned header, ${derivation}`)
      const mutation = { signers: [{ key }] }
      t.equal(await attempt(t, { dialect, key, wish: { owner }, mutation }), OK, `${dialect}, ${derivation}`)
    }
  }
})

t.test('ownerCheck by who signs', async (t) => {
  const key = generateKeyPair()
  const owner = ownerOf(generateKeyPair())
  for (const dialect of LEGACY_DIALECTS) {
    for (const signers of [NONE, [{ key }]]) {
      const stranger = { dialect, key, wish: { owner }, mutation: { signers } }
      const code = async (ownerCheck: 'genuine' | 'on' | 'off') => attempt(t, { ...stranger, adapter: { ownerCheck } })
      const name = `${dialect}, header of ${signers.length}`
      t.equal(await code('genuine'), PERMISSION_DENIED, name)
      t.equal(await code('on'), PERMISSION_DENIED, name)
      t.equal(await code('off'), OK, name)
    }
  }
})

t.test('with signatures off the named keys still have to own the owner id', async (t) => {
  const key = generateKeyPair()
  for (const dialect of LEGACY_DIALECTS) {
    const mutation = { signers: [{ key }] }
    const off = { signatures: 'off' } as const
    t.equal(await attempt(t, { dialect, key, mutation, adapter: off }), OK, dialect)
    const wish = { owner: ownerOf(generateKeyPair()) }
    t.equal(await attempt(t, { dialect, key, wish, mutation, adapter: off }), PERMISSION_DENIED, dialect)
    t.equal(await attempt(t, { dialect, key, wish, mutation, adapter: { ...off, ownerCheck: 'off' } }), OK, dialect)
  }
})

t.test('with signatures off naming the key of the owner is not enough: it has to have signed the token', async (t) => {
  const [owner, thief] = [generateKeyPair(), generateKeyPair()]
  const wish = { owner: ownerOf(owner) }
  const named = { ...wish, publicKeys: [owner.publicKey] }
  for (const [dialect, theft] of [
    ['A1', { wish, mutation: { signers: [{ key: owner }] } }],
    ['A2', { wish: named }],
    ['A3', { wish: named }],
    ['B', { wish, mutation: { signers: [{ key: owner }] } }],
  ] as const) {
    const code = (adapter: Partial<V1LegacyOptions>) => attempt(t, { dialect, key: thief, ...theft, adapter })
    t.equal(await code({ signatures: 'off' }), UNAUTHENTICATED, dialect)
    t.equal(await code({ signatures: 'off', ownerCheck: 'off' }), OK, `${dialect}, where nobody asks for the owner`)
  }
})

t.test('keys are recovered so often a second, and no more', async (t) => {
  const gateway = legacyGateway({ adapter: { keyRecoveries: 2 } })
  const open = async (dialect: LegacyDialect, mutation: Mutation | ((unsigned: Draft) => Mutation) = {}) => {
    const client = new LegacyClient(dialect)
    const call = gateway.call()
    await call.message(client.init())
    const change = typeof mutation === 'function' ? mutation(client.unsigned(call.sent[0])) : mutation
    await call.message(client.signed(call.sent[0], { signers: NONE, ...change }))
    return call.status?.code
  }
  t.equal(await open('A0'), OK)
  t.equal(await open('B'), OK)
  t.equal(await open('A1'), RESOURCE_EXHAUSTED, 'one budget for all dialects')
  t.same(gateway.observed.limits, ['limits.keyRecoveries'])
  t.equal(gateway.observed.operations.at(-1)?.outcome, 'limit')
  gateway.clock.advance(500)
  t.equal(await open('A0'), OK, 'half a second gives one of two')
  t.equal(await open('A0'), RESOURCE_EXHAUSTED)

  const key = generateKeyPair()
  t.equal(await open('A2', { signers: [{ key }] }), OK, 'what is named is not recovered')
  const after = { keySignature: new Uint8Array(64), signature: new Uint8Array(64) }
  t.equal(await open('A0', { after }), UNAUTHENTICATED, 'there is nothing to recover from what is no signature')
  t.same(await gateway.left(), [4, 0, 0], 'who was refused left nothing')
})

t.test('B: the second layout is tried only if the first does not find the owner', async (t) => {
  const key = generateKeyPair()
  const limited = { keyRecoveries: 1 }
  for (const [layout, code] of [
    [0, OK],
    [1, RESOURCE_EXHAUSTED],
  ] as const) {
    const mutation = (unsigned: Draft) => ({ after: { signature: sign(key, layoutsOfB(unsigned)[layout]) } })
    t.equal(await attempt(t, { dialect: 'B', key, mutation, adapter: limited }), code, `layout ${layout}, one recovery`)
    t.equal(
      await attempt(t, { dialect: 'B', key, mutation, adapter: { keyRecoveries: 2 } }),
      OK,
      `layout ${layout}, two`,
    )
  }
})

t.test('A2 and A3: an owner made of several PublicKeys', async (t) => {
  const [first, second, third] = [generateKeyPair(), generateKeyPair(), generateKeyPair()]
  const publicKeys = [first.publicKey, second.publicKey]
  const owner = ownerOf(first, second)
  for (const dialect of ['A2', 'A3'] as const) {
    for (const key of [first, second]) {
      t.equal(await attempt(t, { dialect, key, wish: { owner, publicKeys } }), OK, `${dialect}: any one signs`)
    }
    const cases: [string, KeyPair, Partial<Draft>, GrpcCode][] = [
      ['in another order', first, { owner, publicKeys: publicKeys.toReversed() }, PERMISSION_DENIED],
      ['one of them alone', first, { owner, publicKeys: [first.publicKey] }, PERMISSION_DENIED],
      ['with one more', third, { owner, publicKeys: [...publicKeys, third.publicKey] }, PERMISSION_DENIED],
      ['signed by none of them', third, { owner, publicKeys }, UNAUTHENTICATED],
      ['keys that are none', first, { owner, publicKeys: [new Uint8Array(33), new Uint8Array(5)] }, UNAUTHENTICATED],
    ]
    for (const [name, key, wish, code] of cases) {
      t.equal(await attempt(t, { dialect, key, wish }), code, `${dialect}: ${name}`)
    }
  }
})

t.test('naming the owner beside oneself does not make one the owner', async (t) => {
  const [owner, thief] = [generateKeyPair(), generateKeyPair()]
  for (const dialect of ['A2', 'A3'] as const) {
    for (const keys of [
      [owner, thief],
      [thief, owner],
    ]) {
      const wish = { owner: ownerOf(owner), publicKeys: keys.map(({ publicKey }) => publicKey) }
      t.equal(await attempt(t, { dialect, key: thief, wish }), PERMISSION_DENIED, dialect)
      t.equal(await attempt(t, { dialect, key: owner, wish }), OK, dialect)
    }
  }
})

t.test('one key has to make both signatures of A', async (t) => {
  const [first, second] = [generateKeyPair(), generateKeyPair()]
  const wish = { owner: ownerOf(first, second), publicKeys: [first.publicKey, second.publicKey] }
  const mutation = (unsigned: Draft) => ({ after: { keySignature: sign(second, unsigned.sessionKey) } })
  t.equal(await attempt(t, { dialect: 'A2', key: first, wish, mutation }), UNAUTHENTICATED, 'A2')
  t.equal(await attempt(t, { dialect: 'A1', key: first, mutation }), UNAUTHENTICATED, 'A1, recovered')
  t.equal(await attempt(t, { dialect: 'A0', key: first, mutation }), UNAUTHENTICATED, 'A0, recovered')
})

t.test('an owner has at most 16 keys', async (t) => {
  const keys = Array.from({ length: 17 }, generateKeyPair)
  const key = generateKeyPair()
  for (const count of [16, 17]) {
    const named = [key, ...keys.slice(0, count - 1)]
    const wish = {
      owner: ownerOf(...named.slice(0, 16)),
      publicKeys: named.map(({ publicKey }) => publicKey),
    }
    t.equal(await attempt(t, { dialect: 'A2', key, wish }), count === 16 ? OK : INVALID_ARGUMENT, `${count} keys`)
  }
})

t.test("A1 and B: the key is the header's, and the user's where a node signed", async (t) => {
  const [key, node] = [generateKeyPair(), generateKeyPair()]
  for (const dialect of ['A1', 'B'] as const) {
    const byNode = await attempt(t, { dialect, key, mutation: { signers: [{ key: node }] } })
    t.equal(byNode, UNAUTHENTICATED, `${dialect}: the header's signer did not sign the token`)
    const andNode = await attempt(t, { dialect, key, mutation: { signers: [{ key }, { key: node }] } })
    t.equal(andNode, OK, `${dialect}: later hops are not looked at`)
  }
  const signers = [{ key: node, user: key }]
  t.equal(await attempt(t, { dialect: 'A1', key, mutation: { signers } }), OK, 'a node for the user')
  const forOther = [{ key: node, user: generateKeyPair() }]
  t.equal(await attempt(t, { dialect: 'A1', key, mutation: { signers: forOther } }), UNAUTHENTICATED)
})

t.test('a key store knows owners whose keys are nowhere on the wire', async (t) => {
  const [first, second, stranger] = [generateKeyPair(), generateKeyPair(), generateKeyPair()]
  const owner = ownerOf(first, second)
  const keys = [first.publicKey, second.publicKey]
  const storeOf = (known: readonly Uint8Array[]) => ({
    keyStore: (asked: Uint8Array) => (sameBytes(asked, owner) ? known : []),
  })
  for (const dialect of ['A0', 'A1', 'B'] as const) {
    const wish = { owner }
    t.equal(await attempt(t, { dialect, key: second, wish }), PERMISSION_DENIED, `${dialect} without a store`)
    for (const key of [first, second]) {
      t.equal(await attempt(t, { dialect, key, wish, adapter: storeOf(keys) }), OK, `${dialect} with a store`)
    }
    const cases: [string, Attempt, GrpcCode][] = [
      ['by a stranger', { dialect, key: stranger, wish, adapter: storeOf(keys) }, UNAUTHENTICATED],
      ['known by wrong keys', { dialect, key: first, wish, adapter: storeOf([first.publicKey]) }, PERMISSION_DENIED],
      ['of an owner it does not know', { dialect, key: first, adapter: storeOf(keys) }, OK],
    ]
    for (const [name, given, code] of cases) t.equal(await attempt(t, given), code, `${dialect} ${name}`)
  }
})

t.test('B: either layout of the token signature, with the key named or recovered', async (t) => {
  const key = generateKeyPair()
  for (const signers of [NONE, [{ key }]]) {
    for (const layout of [0, 1] as const) {
      const mutation = (unsigned: Draft) => ({
        signers,
        after: { signature: sign(key, layoutsOfB(unsigned)[layout]) },
      })
      t.equal(await attempt(t, { dialect: 'B', key, mutation }), OK, `layout ${layout}, header of ${signers.length}`)
    }
  }
})

t.test('nothing to recover a key from', async (t) => {
  const lengths = [0, 64, 66]
  for (const dialect of ['A0', 'A1', 'B'] as const) {
    for (const length of lengths) {
      const after = { keySignature: new Uint8Array(length).fill(4), signature: new Uint8Array(length).fill(4) }
      t.equal(await attempt(t, { dialect, mutation: { after } }), UNAUTHENTICATED, `${dialect}, ${length} bytes`)
    }
  }
})

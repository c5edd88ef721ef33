import fc from 'fast-check'
import t from 'tap'
import { LEGACY_DIALECTS, type LegacyDialect } from '../../../src/adapters/v1-legacy/policy.js'
import { generateKeyPair } from '../../../src/crypto/private-key.js'
import { GrpcCode } from '../../../src/transport/transport.js'
import { LegacyClient, type Mutation } from '../../support/legacy-client.js'
import { legacyGateway } from '../../support/legacy-gateway.js'
import { type Draft, response } from '../../support/legacy-messages.js'
import { ManualEpochs } from '../../support/manual-epochs.js'
import { SeededRandom } from '../../support/seeded-random.js'
import { hexOf } from '../../support/vectors.js'

/** Whatever keys, ids, lifetimes and objects a client has, and whatever it changes between Init and Signed. */

const { OK, INVALID_ARGUMENT, PERMISSION_DENIED, UNAUTHENTICATED } = GrpcCode

const MAX_EPOCH = 2n ** 64n - 1n
const epoch = fc.oneof(
  fc.constantFrom(0n, 1n, 127n, 128n, 2n ** 31n, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n, MAX_EPOCH),
  fc.bigInt({ min: 0n, max: MAX_EPOCH }),
)
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

/** A wish and an epoch at which it is not over. */
const wishes = fc
  .record({
    epochs: fc.tuple(epoch, epoch, epoch),
    objects: fc.array(bytes(16), { maxLength: 5 }),
    verb: fc.nat(6),
    objectId: bytes(16),
    cid: bytes(32),
    seed: fc.nat(),
    headers: fc.boolean(),
  })
  .map(({ epochs, objects, verb, objectId, cid, seed, headers }) => {
    const [a = 0n, b = 0n, c = 0n] = epochs.toSorted((x, y) => (x < y ? -1 : x > y ? 1 : 0))
    return { firstEpoch: a, now: b, lastEpoch: c, objects, verb, objectId, cid, seed, headers }
  })

type Wish = typeof wishes extends fc.Arbitrary<infer W> ? W : never

function setUp(dialect: LegacyDialect, { now, seed, headers, ...wish }: Wish) {
  const gateway = legacyGateway({ core: { epochs: new ManualEpochs(now), random: new SeededRandom(seed) } })
  const { verb, objectId, cid, objects, ...epochs } = wish
  const client = new LegacyClient(
    dialect,
    dialect === 'B' ? { ...epochs, verb, objectId, cid } : { ...epochs, objects },
  )
  const signers = headers ? [{ key: client.key }] : []
  return { gateway, client, signers }
}

for (const dialect of LEGACY_DIALECTS) {
  t.test(`${dialect}: a client that does right gets its session`, async (t) => {
    await fc.assert(
      fc.asyncProperty(wishes, async (wish) => {
        const { gateway, client, signers } = setUp(dialect, wish)
        const call = gateway.call()
        await call.message(client.init(signers))
        const unsigned = client.unsigned(call.sent[0])
        const { id, sessionKey } = unsigned
        // The client library compares these, and the csharp client the public keys too (neofs-v1 §3.1).
        t.same({ ...unsigned, id: client.wish.id, sessionKey: client.wish.sessionKey }, client.wish, 'echo')

        await call.message(client.signed(call.sent[0], { signers }))
        t.equal(call.status?.code, OK, call.status?.message ?? '')
        const { result } = response(dialect, call.sent[1] ?? new Uint8Array(0))
        t.same({ ...result, keySignature: unsigned.keySignature, signature: unsigned.signature }, unsigned, 'Result')
        t.equal(result?.signature.length, 65)

        t.same(await gateway.left(), [1, 0, 0])
        const session = await gateway.sessions.find({ by: 'id', id: uuid(id), owner: client.wish.owner })
        t.same(session?.key?.publicKey, sessionKey)
        // Without a signature the bytes of A3 are those of A2.
        t.equal(session?.origin.dialect, dialect === 'A3' && !wish.headers ? 'A2' : dialect)
      }),
      { numRuns: 25 },
    )
  })

  t.test(`${dialect}: a client that changes anything gets none`, async (t) => {
    await fc.assert(
      fc.asyncProperty(wishes, fc.nat(), fc.nat(), async (wish, choice, bit) => {
        const { gateway, client, signers } = setUp(dialect, wish)
        const call = gateway.call()
        await call.message(client.init(signers))
        const faults = mutations(dialect, client.unsigned(call.sent[0]), bit)
        const fault = faults[choice % faults.length]
        if (fault === undefined) throw new Error('there are faults')
        const [name, mutation, codes] = fault
        await call.message(client.signed(call.sent[0], { signers, ...mutation }))
        t.ok(codes.includes(call.status?.code ?? OK), `${name}: ${call.status?.code} ${call.status?.message}`)
        t.equal(call.sent.length, 1, 'no Result')
        t.same(await gateway.left(), [0, 0, 0], name)
      }),
      { numRuns: 50 },
    )
  })

  t.test(
    `${dialect}: a flipped bit of Signed never opens another session than the one that was asked for`,
    async (t) => {
      await fc.assert(
        fc.asyncProperty(wishes, fc.nat(), async (wish, at) => {
          const { gateway, client, signers } = setUp(dialect, wish)
          const call = gateway.call()
          await call.message(client.init(signers))
          const unsigned = call.sent[0]
          const signed = flipped(client.signed(unsigned, { signers }), at)
          await call.message(signed)
          t.ok(call.status, 'every message is answered')
          const open = await gateway.open()
          t.equal(open.length, call.status?.code === OK ? 1 : 0)
          t.equal(gateway.sessions.counts().pending, 0)
          for (const { id, owner, lifetime } of open) {
            t.equal(id, uuid(client.unsigned(unsigned).id))
            t.same(owner, client.wish.owner)
            t.match(lifetime, { notBefore: wish.firstEpoch, expiration: wish.lastEpoch })
          }
        }),
        { numRuns: 50 },
      )
    },
  )
}

type Fault = readonly [name: string, mutation: Mutation, codes: readonly number[]]

/** Everything that a Signed can have wrong, each with the code for it. What is changed before signing is signed well. */
function mutations(dialect: LegacyDialect, unsigned: Draft, bit: number): Fault[] {
  const changed = (name: keyof Draft, mutated: Partial<Draft>): Fault => [name, { before: mutated }, [INVALID_ARGUMENT]]
  const broken = (name: 'keySignature' | 'signature', after: Partial<Draft>): Fault => [
    name,
    { after },
    // Without a header the key is recovered, so a broken signature looks like a stranger's.
    [UNAUTHENTICATED, PERMISSION_DENIED],
  ]
  const { firstEpoch, lastEpoch, owner, id, sessionKey, objects } = unsigned
  const stranger = generateKeyPair()
  const garbage = flipped(new Uint8Array(65).fill(0x5a), bit)
  const common: Fault[] = [
    changed('firstEpoch', { firstEpoch: firstEpoch ^ (1n << BigInt(bit % 64)) }),
    changed('lastEpoch', { lastEpoch: lastEpoch ^ (1n << BigInt(bit % 64)) }),
    changed('owner', { owner: flipped(owner, bit) }),
    changed('id', { id: flipped(id, bit) }),
    changed('sessionKey', { sessionKey: flipped(sessionKey, bit) }),
    changed('sessionKey', { sessionKey: new Uint8Array(0) }),
    broken('signature', { signature: garbage }),
    broken('signature', { signature: new Uint8Array(0) }),
    ['signed by a stranger', { key: stranger }, [UNAUTHENTICATED, PERMISSION_DENIED]],
    ['all by a stranger', { key: stranger, signers: [{ key: stranger }] }, [UNAUTHENTICATED, PERMISSION_DENIED]],
  ]
  if (dialect === 'B') {
    return [
      ...common,
      changed('verb', { verb: unsigned.verb ^ 1 }),
      changed('objectId', { objectId: flipped(unsigned.objectId, bit) }),
      changed('cid', { cid: flipped(unsigned.cid, bit) }),
    ]
  }
  const faults: Fault[] = [
    ...common,
    changed('objects', { objects: [...objects, new Uint8Array(16)] }),
    broken('keySignature', { keySignature: garbage }),
    broken('keySignature', { keySignature: new Uint8Array(0) }),
  ]
  const [first, ...rest] = objects
  if (first !== undefined) {
    faults.push(changed('objects', { objects: rest }), changed('objects', { objects: [flipped(first, bit), ...rest] }))
  }
  if (dialect !== 'A0') {
    faults.push(changed('publicKeys', { publicKeys: [...unsigned.publicKeys, stranger.publicKey] }))
  }
  return faults
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = new Uint8Array(bytes)
  const at = Math.floor(bit / 8) % copy.length
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8))
  return copy
}

function uuid(id: Uint8Array): string {
  const hex = hexOf(id)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

import t from 'tap'
import type { Session } from '../../src/core/session.js'
import { startUnderTest } from '../support/gateway-under-test.js'
import { SeededRandom } from '../support/seeded-random.js'
import { answerOf, connected, edge, sessionOf } from './in-core.js'
import { freshKey, ownerOf, ownerOfSeveral } from './keys.js'
import { opened } from './outcome.js'
import { bytes, bytesList, type Fields, messages, sub, uint64 } from './protos.js'
import { LEGACY_DIALECTS, LegacyClient, type LegacyDialect, type LegacyWish } from './v1-legacy.js'

const ROUNDS = 20
const HEADERS: readonly LegacyDialect[] = ['A1', 'A2', 'A3', 'B']

for (const dialect of LEGACY_DIALECTS) {
  t.test(`${dialect}: fresh keys, ids and lifetimes`, async (t) => {
    const gateway = await startUnderTest(t)
    const grpc = connected(t, gateway.address)
    const random = new SeededRandom(dialect.charCodeAt(0) * 256 + dialect.charCodeAt(1))
    const one = async (round: number): Promise<void> => {
      const [a, b] = [edge(random), edge(random)]
      const [firstEpoch, lastEpoch] = a < b ? [a, b] : [b, a]
      const objects = Array.from({ length: dialect === 'B' ? 1 : random.below(4) }, () => random.bytes(16))
      const key = freshKey(random)
      const layout = random.below(2) === 0 ? 'early' : 'late'
      const client = new LegacyClient({ dialect, key, firstEpoch, lastEpoch, objects, verb: random.below(7), layout })
      const session = opened(await client.open(grpc))
      const inCore = await sessionOf(gateway, session, client.owner)
      t.same(inCore.key?.publicKey, session.sessionKey, `round ${round}: the key`)
      t.same(inCore.owner, client.owner, `round ${round}: the owner`)
      const issuedAt = dialect === 'B' ? firstEpoch : 0n
      const lifetime = { kind: 'epochs', notBefore: firstEpoch, issuedAt, expiration: lastEpoch, edge: 'inclusive' }
      t.same(inCore.lifetime, lifetime, `round ${round}: the lifetime`)
      t.same(inCore.origin, { generation: 'v1-legacy', dialect, clientVersion: '' }, `round ${round}: the origin`)
    }
    await Promise.all(Array.from({ length: ROUNDS }, (_, round) => one(round)))
    t.same(gateway.counts(), { open: ROUNDS, pending: 0 })
    t.same(gateway.faults, [])
  })
}

const random = new SeededRandom(4711)
const key = freshKey(random)
const stranger = freshKey(random)
const node = freshKey(random)
const objects = [random.bytes(16), random.bytes(16)]

interface Case {
  readonly name: string
  readonly dialects: readonly LegacyDialect[]
  readonly wish: Omit<Partial<LegacyWish>, 'dialect'>
  /** By dialect where they differ. */
  readonly answer: string | Partial<Record<LegacyDialect, string>>
  readonly strict?: boolean
}

const signedTimes = (count: number) => Array.from({ length: count }, () => key)

/** Changes the token, or in B the info in it. */
function withToken(changes: (fields: Fields) => Fields): (token: Fields) => Fields {
  return (token) => {
    const info = sub(token, 'TokenInfo')
    return info === undefined ? { ...token, ...changes(token) } : { ...token, TokenInfo: { ...info, ...changes(info) } }
  }
}

const flipped = (data: Uint8Array): Uint8Array =>
  data.map((byte, index) => (index === data.length - 1 ? byte ^ 1 : byte))

/** The first signature of the header, broken: nested in A1 and A2, flat in A3 and B. */
const brokenHeader = (request: Fields): Fields => {
  const verify = sub(request, 'Verify')
  const [first = {}] = messages(verify, 'Signatures')
  const nested = first['Sign'] instanceof Uint8Array ? undefined : sub(first, 'Sign')
  const broken = (fields: Fields) => ({ ...fields, Sign: flipped(bytes(fields, 'Sign')) })
  const signature = nested === undefined ? broken(first) : { ...first, Sign: broken(nested) }
  return { ...request, Verify: { ...verify, Signatures: [signature] } }
}

const later = (fields: Fields): Fields =>
  'TokenInfo' in fields || 'Created' in fields || 'ValidUntil' in fields
    ? { ValidUntil: uint64(fields, 'ValidUntil') - 1n }
    : { LastEpoch: uint64(fields, 'LastEpoch') - 1n }

const CASES: readonly Case[] = [
  { name: 'unsigned header', dialects: HEADERS, wish: { signers: [] }, answer: 'opened' },
  { name: 'unsigned header, strict', dialects: HEADERS, wish: { signers: [] }, answer: 'gRPC 16', strict: true },
  { name: 'signed header, strict', dialects: LEGACY_DIALECTS, wish: {}, answer: 'opened', strict: true },
  { name: 'two header signatures', dialects: HEADERS, wish: { signers: [key, node] }, answer: 'opened' },
  { name: 'eight header signatures', dialects: HEADERS, wish: { signers: signedTimes(8) }, answer: 'opened' },
  { name: 'nine header signatures', dialects: HEADERS, wish: { signers: signedTimes(9) }, answer: 'gRPC 8' },
  {
    name: 'signed by a node for the user',
    dialects: ['A1', 'A2'],
    wish: { signers: [node], origin: key },
    answer: 'opened',
  },
  {
    name: 'an owner of two keys',
    dialects: ['A2', 'A3'],
    wish: { owner: ownerOfSeveral([stranger, key]), publicKeys: [stranger.publicKey, key.publicKey] },
    answer: 'opened',
  },
  {
    name: 'an owner of two keys that the wire does not name',
    dialects: ['A0'],
    wish: { owner: ownerOfSeveral([stranger, key]) },
    answer: 'gRPC 7',
  },
  { name: 'a Neo 3 owner', dialects: LEGACY_DIALECTS, wish: { owner: ownerOf(key, 'preview2') }, answer: 'opened' },
  {
    name: "a stranger's owner id",
    dialects: LEGACY_DIALECTS,
    wish: { owner: ownerOf(stranger, 'neo2') },
    answer: 'gRPC 7',
  },
  { name: 'no owner', dialects: LEGACY_DIALECTS, wish: { owner: new Uint8Array(25) }, answer: 'gRPC 3' },
  {
    name: 'the end before the start',
    dialects: LEGACY_DIALECTS,
    wish: { firstEpoch: 12n, lastEpoch: 11n },
    answer: 'gRPC 3',
  },
  { name: 'over since the last epoch', dialects: LEGACY_DIALECTS, wish: { lastEpoch: 9n }, answer: 'gRPC 3' },
  { name: 'in its last epoch', dialects: LEGACY_DIALECTS, wish: { lastEpoch: 10n }, answer: 'opened' },
  {
    name: 'the token signed by a stranger',
    dialects: LEGACY_DIALECTS,
    wish: { tampering: { tokenKey: stranger } },
    answer: { A0: 'gRPC 7', A1: 'gRPC 16', A2: 'gRPC 16', A3: 'gRPC 16', B: 'gRPC 16' },
  },
  {
    name: 'the token not signed',
    dialects: LEGACY_DIALECTS,
    wish: { tampering: { signedAfter: (token) => ({ ...token, Signature: undefined }) } },
    answer: 'gRPC 16',
  },
  {
    name: 'the session key not signed',
    dialects: ['A0', 'A1', 'A2', 'A3'],
    wish: {
      tampering: {
        signedAfter: (token) => ({ ...token, Header: { PublicKey: bytes(sub(token, 'Header'), 'PublicKey') } }),
      },
    },
    answer: 'gRPC 16',
  },
  {
    name: 'another id in Signed',
    dialects: LEGACY_DIALECTS,
    wish: { tampering: { signedBefore: withToken(() => ({ ID: new Uint8Array(16).fill(1) })) } },
    answer: 'gRPC 3',
  },
  {
    name: 'another owner in Signed',
    dialects: LEGACY_DIALECTS,
    wish: { tampering: { signedBefore: withToken(() => ({ OwnerID: ownerOf(stranger, 'neo2') })) } },
    answer: 'gRPC 3',
  },
  {
    name: 'another end in Signed',
    dialects: LEGACY_DIALECTS,
    wish: { tampering: { signedBefore: withToken(later) } },
    answer: 'gRPC 3',
  },
  {
    name: 'another session key in Signed',
    dialects: LEGACY_DIALECTS,
    wish: {
      tampering: {
        signedBefore: withToken((fields) =>
          'Header' in fields ? { Header: { PublicKey: stranger.publicKey } } : { SessionKey: stranger.publicKey },
        ),
      },
    },
    answer: 'gRPC 3',
  },
  {
    name: 'objects in another order in Signed',
    dialects: ['A0', 'A1', 'A2', 'A3'],
    wish: {
      objects,
      tampering: { signedBefore: (token) => ({ ...token, ObjectID: bytesList(token, 'ObjectID').reverse() }) },
    },
    answer: 'gRPC 3',
  },
  {
    name: 'a broken header signature',
    dialects: HEADERS,
    wish: { tampering: { request: brokenHeader } },
    answer: 'gRPC 16',
  },
]

t.test('what is not as it should be is answered as it should be', async (t) => {
  const gateways = [
    await startUnderTest(t, { epoch: 10n }),
    await startUnderTest(t, { epoch: 10n, strict: true }),
  ] as const
  for (const { name, dialects, wish, answer, strict = false } of CASES) {
    const gateway = gateways[strict ? 1 : 0]
    const grpc = connected(t, gateway.address)
    for (const dialect of dialects) {
      const before = gateway.counts().open
      const outcome = await new LegacyClient({ key, dialect, ...wish }).open(grpc)
      const expected = typeof answer === 'string' ? answer : answer[dialect]
      t.equal(
        answerOf(outcome),
        expected,
        `${dialect}: ${name}${outcome.kind === 'refused' ? `: ${outcome.message}` : ''}`,
      )
      const counts = { open: before + (expected === 'opened' ? 1 : 0), pending: 0 }
      t.same(gateway.counts(), counts, `${dialect}: ${name}: nothing half-made stays`)
    }
  }
  for (const { faults } of gateways) t.same(faults, [])
})

t.test('the owner of an A0 token made of several keys is found in the key store', async (t) => {
  const owner = ownerOfSeveral([stranger, key])
  const file = t.testdir({
    'owners.json': JSON.stringify({
      [Buffer.from(owner).toString('hex')]: [stranger, key].map(({ publicKey }) =>
        Buffer.from(publicKey).toString('hex'),
      ),
    }),
  })
  const gateway = await startUnderTest(t, { set: [`adapters.v1Legacy.keyStore=${file}/owners.json`] })
  const grpc = connected(t, gateway.address)
  const outcome = opened(await new LegacyClient({ dialect: 'A0', key, owner }).open(grpc))
  const session: Session = await sessionOf(gateway, outcome, owner)
  t.same(session.owner, owner)
})

t.test('a client that goes away between the steps leaves nothing behind', async (t) => {
  const gateway = await startUnderTest(t)
  const grpc = connected(t, gateway.address)
  for (const dialect of LEGACY_DIALECTS) {
    const client = new LegacyClient({ dialect, key })
    const call = grpc.stream('/session.Session/Create')
    call.send(client.init())
    const first = await call.next()
    t.ok(first && client.unsigned(first), `${dialect}: Unsigned came`)
    t.same(gateway.counts(), { open: 0, pending: 1 })
    const status = await call.end()
    t.equal(status.code, 0, `${dialect}: half-closed after Init, the call ends`)
    t.same(gateway.counts(), { open: 0, pending: 0 })
  }
})

import t from 'tap'
import { startUnderTest } from '../support/gateway-under-test.js'
import { SeededRandom } from '../support/seeded-random.js'
import { answerOf, connected, edge, sessionOf } from './in-core.js'
import { freshKey, ownerOf, type SchemeNumber } from './keys.js'
import { opened } from './outcome.js'
import { bytes, type Fields, sub } from './protos.js'
import { V2Client, type V2Wish, type Version } from './v2.js'

/** For each of 26 announced versions; noble takes its time to sign and verify. */
const ROUNDS = 8
const MINORS = [0, 1, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 21, 22, 23, 24, 25]

const minor = (number: number): Version => ({ major: 2, minor: number })

/** F0, every release that a client announced, what comes after them, and clients that announce nothing. */
const ANNOUNCED: readonly Pick<V2Wish, 'dialect' | 'version'>[] = [
  { dialect: 'F0', version: minor(0) },
  { dialect: 'F0', version: undefined },
  { dialect: 'v2', version: undefined },
  ...[...MINORS, 26].map((number) => ({ dialect: 'v2', version: minor(number) }) as const),
  { dialect: 'v2', version: { major: 3, minor: 0 } },
]

const nameOf = ({ dialect, version }: Pick<V2Wish, 'dialect' | 'version'>): string =>
  `${dialect} ${version === undefined ? 'without a version' : `${version.major}.${version.minor}`}`

/** Schemes that a client of a version can sign with; older ones have no field for another than 0. */
function schemesOf({ dialect, version }: Pick<V2Wish, 'dialect' | 'version'>): readonly SchemeNumber[] {
  if (dialect === 'F0' || version === undefined) return [0]
  if (version.major > 2 || version.minor >= 13) return [0, 1, 2]
  return version.minor === 12 ? [0, 1] : [0]
}

for (const announced of ANNOUNCED) {
  t.test(`${nameOf(announced)}: fresh keys, ids, lifetimes and routes`, async (t) => {
    const gateway = await startUnderTest(t)
    const grpc = connected(t, gateway.address)
    const random = new SeededRandom(1000 + ANNOUNCED.indexOf(announced))
    const schemes = schemesOf(announced)
    const scheme = () => schemes[random.below(schemes.length)] ?? 0
    const one = async (round: number): Promise<void> => {
      const [expiration, notBefore, issuedAt] = [edge(random) || 1n, edge(random), edge(random)]
      const { dialect, version } = announced
      const known = dialect === 'v2' && version !== undefined
      const client = new V2Client({
        ...announced,
        key: freshKey(random),
        scheme: scheme(),
        expiration,
        notBefore,
        issuedAt,
        route: Array.from({ length: random.below(4) }, () => ({ key: freshKey(random), scheme: scheme() })),
        headers: Array.from({ length: random.below(3) }, (_, index) => [`key ${index}`, 'Wert: ü'] as const),
        uncompressedKeys: random.below(4) === 0,
        sessionToken: known && version.minor >= 7 && random.below(3) === 0,
        bearerToken: known && version.minor >= 1 && random.below(3) === 0,
        ...(known && version.minor >= 21 && random.below(2) === 0 ? { tokenV2: 'signed' } : {}),
      })
      const session = opened(await client.open(grpc))
      const inCore = await sessionOf(gateway, session, client.owner)
      t.same(inCore.key?.publicKey, session.sessionKey, `round ${round}: the key`)
      t.same(inCore.owner, client.owner, `round ${round}: the owner`)
      const start = dialect === 'F0' ? { notBefore, issuedAt } : { notBefore: 0n, issuedAt: 0n }
      t.same(
        inCore.lifetime,
        { kind: 'epochs', ...start, expiration, edge: 'exclusive' },
        `round ${round}: the lifetime`,
      )
      const clientVersion = version === undefined ? '' : `${version.major}.${version.minor}`
      t.same(inCore.origin, { generation: 'v2', dialect, clientVersion }, `round ${round}: the origin`)
    }
    await Promise.all(Array.from({ length: ROUNDS }, (_, round) => one(round)))
    t.same(gateway.counts(), { open: ROUNDS, pending: 0 })
    t.same(gateway.faults, [])
  })
}

t.test('SDK rc.17 leaves its token out of what it signs', async (t) => {
  const gateway = await startUnderTest(t, { strict: true })
  const grpc = connected(t, gateway.address)
  const key = freshKey(new SeededRandom(17))
  for (const route of [[], [{ key: freshKey(new SeededRandom(18)) }]]) {
    const client = new V2Client({
      dialect: 'v2',
      version: minor(21),
      key,
      expiration: 100n,
      tokenV2: 'rc.17',
      bearerToken: true,
      route,
    })
    opened(await client.open(grpc))
  }
  const forms = gateway.observed.signatureChecks.map(({ outcome }) => outcome)
  t.ok(forms.includes('without-field-9'), 'and it was that form which verified')
  t.same(gateway.counts(), { open: 2, pending: 0 })
})

const random = new SeededRandom(7)
const key = freshKey(random)
const stranger = freshKey(random)
const node = freshKey(random)

interface Case {
  readonly name: string
  readonly wish: Partial<V2Wish>
  /** For 2.10, 2.21, 2.24 and 2.25, in this order. */
  readonly answers: readonly [string, string, string, string]
  readonly strict?: boolean
  /** What the client is told. */
  readonly text?: RegExp
}

const flipped = (data: Uint8Array): Uint8Array =>
  data.map((byte, index) => (index === data.length - 1 ? byte ^ 1 : byte))

/** Replaces one signature of the top verification header; undefined takes it away. */
const withSignature =
  (name: string, change: (signature: Fields) => Fields | undefined) =>
  (request: Fields): Fields => {
    const verify = sub(request, 'verify_header')
    return { ...request, verify_header: { ...verify, [name]: change(sub(verify, name) ?? {}) } }
  }
const broken = (signature: Fields): Fields => ({ ...signature, sign: flipped(bytes(signature, 'sign')) })
const longer = (request: Fields): Fields => ({ ...request, body: { ...sub(request, 'body'), expiration: 1000n } })

const REFUSED = ['gRPC 2', 'status 1026', 'status 1026', 'status 1026'] as const
const INTERNAL = ['gRPC 2', 'status 1024', 'status 1024', 'status 1024'] as const
const OPENED = ['opened', 'opened', 'opened', 'opened'] as const
const ONLY_BEFORE_2_25 = ['gRPC 2', 'status 1026', 'status 1026', 'opened'] as const

const CASES: readonly Case[] = [
  { name: 'signed', wish: {}, answers: OPENED },
  { name: 'signed, strict', wish: {}, answers: OPENED, strict: true },
  { name: 'expiration 0', wish: { expiration: 0n }, answers: OPENED },
  { name: 'expired', wish: { expiration: 9n }, answers: OPENED },
  { name: "a stranger's owner id", wish: { owner: ownerOf(stranger, 'eraC') }, answers: OPENED },
  {
    name: "a stranger's owner id, strict",
    wish: { owner: ownerOf(stranger, 'eraC') },
    answers: ['gRPC 2', 'status 2048', 'status 2048', 'status 2048'],
    strict: true,
  },
  { name: 'no owner', wish: { tampering: (r) => ({ ...r, body: {} }), owner: new Uint8Array(0) }, answers: REFUSED },
  { name: 'an owner of 24 bytes', wish: { owner: new Uint8Array(24) }, answers: INTERNAL, text: /invalid length 24/ },
  {
    name: 'an owner of Neo 2',
    wish: { owner: ownerOf(key, 'neo2') },
    answers: INTERNAL,
    text: /invalid prefix byte 0x17/,
  },
  {
    name: 'an owner mistyped',
    wish: { owner: flipped(ownerOf(key, 'eraC')) },
    answers: INTERNAL,
    text: /checksum mismatch/,
  },
  {
    name: 'another expiration than the signed one',
    wish: { tampering: longer },
    answers: REFUSED,
    text: /signature mismatch/,
  },
  {
    name: 'another meta header than the signed one',
    wish: { tampering: (r) => ({ ...r, meta_header: { ...sub(r, 'meta_header'), ttl: 1 } }) },
    answers: REFUSED,
  },
  {
    name: 'unsigned',
    wish: { tampering: (r) => ({ ...r, verify_header: undefined }) },
    answers: REFUSED,
    text: /missing verification header/,
  },
  { name: 'a broken body signature', wish: { tampering: withSignature('body_signature', broken) }, answers: REFUSED },
  {
    name: 'no body signature',
    wish: { tampering: withSignature('body_signature', () => undefined) },
    answers: REFUSED,
  },
  { name: 'a broken meta signature', wish: { tampering: withSignature('meta_signature', broken) }, answers: REFUSED },
  {
    name: 'no meta signature',
    wish: { tampering: withSignature('meta_signature', () => undefined) },
    answers: REFUSED,
  },
  {
    name: 'a broken origin signature',
    wish: {
      tampering: withSignature('origin_signature', (signature) => ({
        ...signature,
        key: key.publicKey,
        sign: new Uint8Array(65),
      })),
    },
    answers: ONLY_BEFORE_2_25,
  },
  {
    name: 'no origin signature',
    wish: { tampering: withSignature('origin_signature', () => undefined) },
    answers: ONLY_BEFORE_2_25,
  },
  {
    name: 'no key',
    wish: { tampering: withSignature('body_signature', (s) => ({ ...s, key: undefined })) },
    answers: REFUSED,
    text: /missing public key/,
  },
  {
    name: 'scheme 3',
    wish: { tampering: withSignature('body_signature', (s) => ({ ...s, scheme: 3 })) },
    answers: REFUSED,
    text: /unsupported scheme 3/,
  },
  {
    name: 'a scheme below 0',
    wish: { tampering: withSignature('body_signature', (s) => ({ ...s, scheme: -1 })) },
    answers: REFUSED,
    text: /negative scheme -1/,
  },
  { name: 'four hops', wish: { route: [node, stranger, node].map((hop) => ({ key: hop })) }, answers: OPENED },
  { name: 'eight hops', wish: { route: Array.from({ length: 7 }, () => ({ key: node })) }, answers: OPENED },
  { name: 'nine hops', wish: { route: Array.from({ length: 8 }, () => ({ key: node })) }, answers: ONLY_BEFORE_2_25 },
  {
    name: 'a meta header more than verification headers',
    wish: { tampering: (r) => ({ ...r, meta_header: { ...sub(r, 'meta_header'), origin: { ttl: 2 } } }) },
    answers: REFUSED,
  },
  {
    name: 'a body signature on an outer hop',
    wish: {
      route: [{ key: node }],
      tampering: withSignature('body_signature', () => ({ key: key.publicKey, sign: new Uint8Array(65) })),
    },
    answers: REFUSED,
  },
]

t.test('what is not as it should be is answered as it should be', async (t) => {
  const gateways = [
    await startUnderTest(t, { epoch: 10n }),
    await startUnderTest(t, { epoch: 10n, strict: true }),
  ] as const
  for (const { name, wish, answers, strict = false, text } of CASES) {
    const gateway = gateways[strict ? 1 : 0]
    const grpc = connected(t, gateway.address)
    for (const [index, number] of [10, 21, 24, 25].entries()) {
      const before = gateway.counts().open
      const outcome = await new V2Client({
        dialect: 'v2',
        key,
        expiration: 100n,
        version: minor(number),
        ...wish,
      }).open(grpc)
      const why = outcome.kind === 'refused' ? `: ${outcome.message}` : ''
      t.equal(answerOf(outcome), answers[index], `2.${number}: ${name}${why}`)
      if (text !== undefined) t.match(why, text)
      // A session that is over when it is opened is taken, and then nobody can use it.
      const lives = answers[index] === 'opened' && !(wish.expiration !== undefined && wish.expiration <= 10n)
      await gateway.clock.advanceAsync(1000)
      t.same(gateway.counts(), { open: before + (lives ? 1 : 0), pending: 0 }, 'sessions')
    }
  }
  t.equal(gateways[0].observed.bornExpired.length, 8, 'sessions that were born expired are reported')
  for (const { faults } of gateways) t.same(faults, [])
})

t.test('a session that was not opened is not reported as born expired', async (t) => {
  const gateway = await startUnderTest(t, { epoch: 10n, set: ['limits.sessions=1'] })
  const grpc = connected(t, gateway.address)
  const open = async (expiration: bigint) =>
    answerOf(await new V2Client({ dialect: 'v2', key, expiration, version: minor(15) }).open(grpc))
  t.equal(await open(100n), 'opened')
  t.equal(await open(5n), 'status 1029')
  t.same(gateway.observed.bornExpired, [])
})

t.test('the top version decides how a chain is read', async (t) => {
  const gateway = await startUnderTest(t)
  const grpc = connected(t, gateway.address)
  const open = async (client: number, hop: number): Promise<string> => {
    const route = [{ key: node, version: minor(hop) }]
    const wish = { dialect: 'v2', key, version: minor(client), expiration: 100n, route } as const
    const sent = new V2Client(wish).request()
    // The answer goes to the node, which is the peer of this call.
    const reader = new V2Client({ ...wish, version: minor(hop), route: [] })
    const { code, response } = await grpc.unary('/neo.fs.v2.session.SessionService/Create', sent)
    return response === undefined ? `gRPC ${code}` : answerOf(reader.response(response))
  }
  t.equal(await open(24, 24), 'opened')
  t.equal(await open(10, 24), 'opened')
  t.equal(await open(24, 25), 'opened', 'from 2.25 on only the top level counts')
  t.equal(await open(25, 24), 'status 1026', 'a 2.25 header has no origin signature')
  t.equal(await open(25, 10), 'gRPC 2')
})

t.test('F0 may leave its signatures out, and what is there has to verify', async (t) => {
  const gateways = { genuine: await startUnderTest(t), strict: await startUnderTest(t, { strict: true }) }
  const open = async (mode: 'genuine' | 'strict', wish: Partial<V2Wish>): Promise<string> => {
    const client = new V2Client({ dialect: 'F0', version: minor(0), key, expiration: 100n, ...wish })
    return answerOf(await client.open(connected(t, gateways[mode].address)))
  }
  const unsigned = { tampering: (request: Fields) => ({ ...request, verify_header: undefined }) }
  t.equal(await open('genuine', unsigned), 'opened')
  t.equal(await open('strict', unsigned), 'gRPC 2')
  t.equal(await open('genuine', { tampering: withSignature('body_signature', broken) }), 'gRPC 2')
  t.equal(await open('genuine', { tampering: withSignature('meta_signature', () => undefined) }), 'opened')
  t.equal(await open('strict', { tampering: withSignature('meta_signature', () => undefined) }), 'gRPC 2')
  t.equal(await open('strict', {}), 'opened')
  t.equal(await open('genuine', { owner: ownerOf(stranger, 'neo2') }), 'opened', 'an owner of any era')
  t.equal(await open('strict', { owner: ownerOf(stranger, 'neo2') }), 'gRPC 2')
})

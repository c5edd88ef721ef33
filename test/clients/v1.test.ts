import t from 'tap'
import { startUnderTest } from '../support/gateway-under-test.js'
import { SeededRandom } from '../support/seeded-random.js'
import { answerOf, connected, edge, sessionOf } from './in-core.js'
import { freshKey, ownerOf } from './keys.js'
import { opened } from './outcome.js'
import { bytes, type Fields, sub } from './protos.js'
import { UNARY_VARIANTS, UnaryClient, type UnaryVariant, type UnaryWish } from './v1.js'

const ROUNDS = 20
const C: readonly UnaryVariant[] = ['C v0.7.4', 'C v1.0.0', 'C v1.1.0', 'C v1.2.0', 'C v1.3.0', 'Cx']
const D: readonly UnaryVariant[] = ['D0', 'D2', 'D3', 'D-PR39']
const E: readonly UnaryVariant[] = ['E1', 'E2', 'P2', 'P3']
/** Unsigned and without a number of its own, E1 says nothing that E2 would not say: it is read as E2 (neofs-v1 §7.3). */
const E_SURE: readonly UnaryVariant[] = ['E2', 'P2', 'P3']

/**
 * One hop of E1 looks like an E2 that lacks its origin signature. Nobody knows a genuine signer of either, so where signatures
 * are required E1 is refused unless it came by a node, whose headers say what it is.
 */
const ALL_BUT_E1 = UNARY_VARIANTS.filter((variant) => variant !== 'E1')

/** What the gateway can tell of the client's version. */
const ORIGINS: Readonly<Record<UnaryVariant, readonly [dialect: string, clientVersion: string]>> = {
  'C v0.7.4': ['C', 'v0.7.4-v1.0'],
  'C v1.0.0': ['C', 'v0.7.4-v1.0'],
  'C v1.1.0': ['C', 'v1.1-v1.2'],
  'C v1.2.0': ['C', 'v1.1-v1.2'],
  'C v1.3.0': ['C', 'v1.3'],
  Cx: ['Cx', 'Cx'],
  D0: ['D', 'D0-D1'],
  D2: ['D', 'D2-D3'],
  D3: ['D', 'D2-D3'],
  'D-PR39': ['D', 'D-PR39'],
  E1: ['E2', '2.0'],
  E2: ['E2', '2.0'],
  P2: ['E2', '2.0'],
  P3: ['E2', '2.0'],
}

for (const variant of UNARY_VARIANTS) {
  t.test(`${variant}: fresh keys, ids and lifetimes`, async (t) => {
    const gateway = await startUnderTest(t)
    const grpc = connected(t, gateway.address)
    const random = new SeededRandom(100 + UNARY_VARIANTS.indexOf(variant))
    const one = async (round: number): Promise<void> => {
      const [a, b] = [edge(random), edge(random)]
      const [created, validUntil] = a < b ? [a, b] : [b, a]
      const issuedAt = E_SURE.includes(variant) ? edge(random) : 0n
      const headers = Array.from({ length: random.below(3) }, (_, index) => [`key ${index}`, 'Wert: ü'] as const)
      const client = new UnaryClient({ variant, key: freshKey(random), created, validUntil, issuedAt, headers })
      const session = opened(await client.open(grpc))
      const inCore = await sessionOf(gateway, session, client.owner)
      t.same(inCore.key?.publicKey, session.sessionKey, `round ${round}: the key`)
      t.same(inCore.owner, client.owner, `round ${round}: the owner`)
      const issued = E.includes(variant) ? issuedAt : created
      const lifetime = {
        kind: 'epochs',
        notBefore: created,
        issuedAt: issued,
        expiration: validUntil,
        edge: 'inclusive',
      }
      t.same(inCore.lifetime, lifetime, `round ${round}: the lifetime`)
      const [dialect, clientVersion] = ORIGINS[variant]
      t.same(inCore.origin, { generation: 'v1', dialect, clientVersion }, `round ${round}: the origin`)
    }
    await Promise.all(Array.from({ length: ROUNDS }, (_, round) => one(round)))
    t.same(gateway.counts(), { open: ROUNDS, pending: 0 })
    t.same(gateway.faults, [])
  })
}

const random = new SeededRandom(42)
const key = freshKey(random)
const stranger = freshKey(random)
const node = freshKey(random)

/** `required`, `whenPresent`: the policy for signatures. `strict`: the owner is checked, too. */
type Mode = 'genuine' | 'whenPresent' | 'required' | 'strict'

interface Case {
  readonly name: string
  readonly variants: readonly UnaryVariant[]
  readonly wish: Omit<Partial<UnaryWish>, 'variant'>
  readonly answers: Partial<Record<Mode, string>>
}

const flipped = (data: Uint8Array): Uint8Array =>
  data.map((byte, index) => (index === data.length - 1 ? byte ^ 1 : byte))

/** Another end than the one that was signed. */
const longer = (request: Fields): Fields => {
  const end = (lifetime: Fields | undefined): Fields => {
    const name = ['ValidUntil', 'valid_until', 'exp'].find((field) => lifetime?.[field] !== undefined) ?? ''
    return { ...lifetime, [name]: 1000n }
  }
  const body = sub(request, 'body')
  if (body !== undefined) return { ...request, body: { ...body, lifetime: end(sub(body, 'lifetime')) } }
  const name = 'Lifetime' in request ? 'Lifetime' : 'lifetime'
  return { ...request, [name]: end(sub(request, name)) }
}

const brokenMeta = (request: Fields): Fields => {
  const verify = sub(request, 'verify_header')
  const meta = sub(verify, 'meta_signature')
  return { ...request, verify_header: { ...verify, meta_signature: { ...meta, sign: flipped(bytes(meta, 'sign')) } } }
}

const CASES: readonly Case[] = [
  {
    name: 'signed',
    variants: ALL_BUT_E1,
    wish: {},
    answers: { genuine: 'opened', whenPresent: 'opened', required: 'opened', strict: 'opened' },
  },
  {
    name: 'signed',
    variants: ['E1'],
    wish: {},
    answers: { genuine: 'opened', whenPresent: 'opened', required: 'gRPC 16', strict: 'gRPC 16' },
  },
  {
    name: 'unsigned',
    variants: UNARY_VARIANTS,
    wish: { signers: [] },
    answers: { genuine: 'opened', whenPresent: 'opened', required: 'gRPC 16', strict: 'gRPC 16' },
  },
  {
    name: 'signed by the client and a node',
    variants: UNARY_VARIANTS,
    wish: { signers: [key, node] },
    answers: { genuine: 'opened', whenPresent: 'opened', required: 'opened', strict: 'opened' },
  },
  {
    name: 'signed by four',
    variants: UNARY_VARIANTS,
    wish: { signers: [key, node, stranger, node] },
    answers: { genuine: 'opened', whenPresent: 'opened', required: 'opened', strict: 'opened' },
  },
  {
    name: 'signed by nine',
    variants: [...C, ...D],
    wish: { signers: Array.from({ length: 9 }, () => key) },
    answers: { genuine: 'opened', whenPresent: 'gRPC 8', required: 'gRPC 8' },
  },
  {
    name: 'signed by nine',
    variants: E,
    wish: { signers: Array.from({ length: 9 }, () => key) },
    answers: { genuine: 'gRPC 8', whenPresent: 'gRPC 8', required: 'gRPC 8' },
  },
  {
    name: 'with a session token',
    variants: C,
    wish: { token: 'plain' },
    answers: { genuine: 'opened', whenPresent: 'opened', required: 'opened' },
  },
  {
    name: 'with a session token of v0.7.5',
    variants: ['C v0.7.4'],
    wish: { token: 'with owner key' },
    answers: { genuine: 'opened', whenPresent: 'opened', required: 'opened' },
  },
  {
    name: 'with token, bearer and headers',
    variants: ['C v1.1.0', 'C v1.2.0', 'C v1.3.0'],
    wish: {
      token: 'plain',
      bearer: true,
      headers: [
        ['a', 'b'],
        ['', 'c'],
      ],
    },
    answers: { genuine: 'opened', required: 'opened' },
  },
  {
    name: 'another lifetime than the signed one',
    variants: [...C, ...D],
    wish: { validUntil: 500n, tampering: longer },
    answers: { genuine: 'opened', whenPresent: 'gRPC 16', required: 'gRPC 16' },
  },
  {
    name: 'another lifetime than the signed one',
    variants: E,
    wish: { validUntil: 500n, tampering: longer },
    answers: { genuine: 'gRPC 16', whenPresent: 'gRPC 16', required: 'gRPC 16' },
  },
  {
    name: 'a broken meta signature',
    variants: E,
    wish: { tampering: brokenMeta },
    answers: { genuine: 'gRPC 16', required: 'gRPC 16' },
  },
  {
    name: "a stranger's owner id",
    variants: ALL_BUT_E1,
    wish: { owner: ownerOf(stranger, 'preview2') },
    answers: { genuine: 'opened', required: 'opened', strict: 'gRPC 7' },
  },
  {
    name: 'over since the last epoch',
    variants: C,
    wish: { validUntil: 9n },
    answers: { genuine: 'gRPC 2' },
  },
  {
    name: 'over since the last epoch',
    variants: [...D, ...E],
    wish: { validUntil: 9n },
    answers: { genuine: 'gRPC 3' },
  },
  { name: 'in its last epoch', variants: UNARY_VARIANTS, wish: { validUntil: 10n }, answers: { genuine: 'opened' } },
  {
    name: 'an owner of 25 zeros',
    variants: [...C, ...D, ...E],
    wish: { owner: new Uint8Array(25) },
    answers: { genuine: 'opened' },
  },
  { name: 'an owner of 24 bytes', variants: E, wish: { owner: new Uint8Array(24) }, answers: { genuine: 'gRPC 3' } },
]

const SETTINGS: Readonly<Record<Mode, readonly string[]>> = {
  genuine: [],
  whenPresent: ['adapters.v1.signatures=whenPresent'],
  required: ['adapters.v1.signatures=required'],
  strict: ['strict=true'],
}

const MODES = ['genuine', 'whenPresent', 'required', 'strict'] as const
for (const mode of MODES) {
  t.test(`${mode}: what is not as it should be is answered as it should be`, async (t) => {
    const gateway = await startUnderTest(t, { epoch: 10n, set: SETTINGS[mode] })
    const grpc = connected(t, gateway.address)
    for (const { name, variants, wish, answers } of CASES) {
      const expected = answers[mode]
      if (expected === undefined) continue
      for (const variant of variants) {
        const before = gateway.counts().open
        const outcome = await new UnaryClient({ key, variant, ...wish }).open(grpc)
        const why = outcome.kind === 'refused' ? `: ${outcome.message}` : ''
        t.equal(answerOf(outcome), expected, `${variant}: ${name}${why}`)
        if (variant[0] === 'C' && expected === 'gRPC 2') t.match(outcome, { message: /^expired session$/ })
        t.same(gateway.counts(), { open: before + (expected === 'opened' ? 1 : 0), pending: 0 }, 'sessions')
      }
    }
    t.same(gateway.faults, [])
  })
}

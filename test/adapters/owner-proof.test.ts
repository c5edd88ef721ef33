import t from 'tap'
import { answerOf, connected } from '../clients/in-core.js'
import { type ClientKey, freshKey } from '../clients/keys.js'
import type { Outcome } from '../clients/outcome.js'
import { type Fields, sub } from '../clients/protos.js'
import { UNARY_VARIANTS, UnaryClient, type UnaryVariant, type UnaryWish } from '../clients/v1.js'
import { LEGACY_DIALECTS, LegacyClient, type LegacyWish } from '../clients/v1-legacy.js'
import { V2Client, type V2Wish } from '../clients/v2.js'
import { startUnderTest } from '../support/gateway-under-test.js'
import type { GrpcClient } from '../support/grpc-client.js'
import { SeededRandom } from '../support/seeded-random.js'

/**
 * With `ownerCheck: on` nobody opens a session for an owner whose key they do not hold, whatever `signatures` says: every dialect
 * and version, against every way in which a thief could seem to be the owner. What the thief has: a key of its own, all public
 * keys, and a genuine request of the owner for something else.
 */

const random = new SeededRandom(88)
const owner = freshKey(random)
const thief = freshKey(random)
const ZEROS = new Uint8Array(65)

type Open = (grpc: GrpcClient) => Promise<Outcome>

interface Case {
  readonly name: string
  /** The owner itself, in each way in which it may come. */
  readonly genuine: Readonly<Record<string, Open>>
  readonly thefts: Readonly<Record<string, Open>>
}

// ---- the unary dialects -----------------------------------------------------------------------------------------------

/** What stands under a request of E, F0 and v2, or of C and D. */
const verifyOf = (request: Fields): Fields | undefined => sub(request, 'verify_header') ?? sub(request, 'Verify')

const withVerify = (request: Fields, verify: Fields | undefined): Fields =>
  'Verify' in request ? { ...request, Verify: verify } : { ...request, verify_header: verify }

/** The first of a list, or the signature of the body: that of whoever made the request. */
function changedSignature(request: Fields, change: (signature: Fields) => Fields): Fields {
  const verify = verifyOf(request)
  for (const list of ['signatures', 'Signatures']) {
    const all = verify?.[list]
    if (!Array.isArray(all)) continue
    const [first, ...rest]: Fields[] = all
    return withVerify(request, { ...verify, [list]: [change(first ?? {}), ...rest] })
  }
  return withVerify(request, { ...verify, body_signature: change(sub(verify, 'body_signature') ?? {}) })
}

const keyFieldOf = (signature: Fields): string => ('Peer' in signature ? 'Peer' : 'key')
const signFieldOf = (signature: Fields): string => ('Sign' in signature ? 'Sign' : 'sign')

/** The thefts that a request of any unary dialect allows. `open` makes one of the owner's id, signed by whom it is told. */
function unaryThefts(
  open: (grpc: GrpcClient, key: ClientKey, tampering: (request: Fields) => Fields) => Promise<Outcome>,
  /** A genuine request of the owner, for another lifetime. */
  otherRequest: () => Fields,
): Record<string, Open> {
  const other = () => verifyOf(otherRequest()) ?? {}
  const bySigner =
    (key: ClientKey, change: (request: Fields) => Fields): Open =>
    (grpc) =>
      open(grpc, key, change)
  return {
    'signed with another key': bySigner(thief, (request) => request),
    'not signed': bySigner(thief, (request) => withVerify(request, {})),
    'no header for signatures': bySigner(thief, (request) => {
      const { Verify, verify_header, ...rest } = request
      return rest
    }),
    "the owner's key, and zeros": bySigner(thief, (request) =>
      changedSignature(request, (one) => ({ ...one, [keyFieldOf(one)]: owner.publicKey, [signFieldOf(one)]: ZEROS })),
    ),
    "the owner's key, and no signature": bySigner(thief, (request) =>
      changedSignature(request, (one) => ({ [keyFieldOf(one)]: owner.publicKey })),
    ),
    "the owner's key, and the thief's signature": bySigner(thief, (request) =>
      changedSignature(request, (one) => ({ ...one, [keyFieldOf(one)]: owner.publicKey })),
    ),
    'all signatures of another request': bySigner(thief, (request) => withVerify(request, other())),
    'the first signature of another request': bySigner(thief, (request) => {
      const copied = other()
      const list = copied['signatures'] ?? copied['Signatures']
      const first: Fields | undefined = Array.isArray(list) ? list[0] : sub(copied, 'body_signature')
      return changedSignature(request, () => first ?? {})
    }),
  }
}

function unaryCase(variant: UnaryVariant): Case {
  const { owner: ownerId } = new UnaryClient({ variant, key: owner })
  const wish = { variant, owner: ownerId, validUntil: 100n }
  const open = (grpc: GrpcClient, more: Partial<UnaryWish>): Promise<Outcome> =>
    new UnaryClient({ ...wish, key: thief, ...more }).open(grpc)
  const captured = captureOf((tampering) =>
    new UnaryClient({ ...wish, key: owner, validUntil: 99n, tampering }).request(),
  )
  return {
    name: variant,
    genuine: {
      'by itself': (grpc) => open(grpc, { key: owner }),
      'through a node': (grpc) => open(grpc, { key: owner, signers: [owner, thief] }),
    },
    thefts: {
      ...unaryThefts((grpc, key, tampering) => open(grpc, { key, tampering }), captured),
      'made by the thief, passed on by the owner': (grpc) => open(grpc, { signers: [thief, owner] }),
      'made by nobody, passed on by the thief': (grpc) =>
        open(grpc, {
          signers: [owner, thief],
          tampering: (request) => changedSignature(request, (one) => ({ ...one, [signFieldOf(one)]: ZEROS })),
        }),
      // The owner is read from where the last of two says; what was signed was the first.
      "the thief's own, with the owner's id after it": async (grpc) => {
        const own = new UnaryClient({ ...wish, key: thief, owner: new UnaryClient({ variant, key: thief }).owner })
        const second = new UnaryClient({ ...wish, key: thief, signers: [], tampering: withoutHeaders }).request()
        return answered(grpc, own.path, Buffer.concat([own.request(), second]), own)
      },
    },
  }
}

function v2Case(wish: Pick<V2Wish, 'dialect' | 'version'>): Case {
  const { owner: ownerId } = new V2Client({ ...wish, key: owner, expiration: 100n })
  const open = (grpc: GrpcClient, more: Partial<V2Wish>): Promise<Outcome> =>
    new V2Client({ ...wish, owner: ownerId, expiration: 100n, key: thief, ...more }).open(grpc)
  const captured = captureOf((tampering) => new V2Client({ ...wish, key: owner, expiration: 99n, tampering }).request())
  const topOnly = (wish.version?.minor ?? 0) >= 25
  const byOwner: Open = (grpc) => open(grpc, { key: owner, route: [{ key: thief }] })
  const byThief: Open = (grpc) => open(grpc, { key: thief, route: [{ key: owner }] })
  return {
    name: `${wish.dialect} ${wish.version === undefined ? '' : wish.version.minor}`,
    genuine: {
      'by itself': (grpc) => open(grpc, { key: owner }),
      // From 2.25 on the top alone counts, and who passes a request on signs its body anew, and so vouches for it.
      ...(topOnly ? { 'passing on what another made': byThief } : { 'through a node': byOwner }),
    },
    thefts: {
      ...unaryThefts((grpc, key, tampering) => open(grpc, { key, tampering }), captured),
      ...(topOnly
        ? { 'made by the owner, passed on by the thief': byOwner }
        : { 'made by the thief, passed on by the owner': byThief }),
      'made by nobody, passed on by the thief': (grpc) =>
        open(grpc, {
          route: [{ key: thief }],
          tampering(request) {
            const top = sub(request, 'verify_header')
            const origin = { ...sub(top, 'origin'), body_signature: { key: owner.publicKey, sign: ZEROS } }
            return { ...request, verify_header: { ...top, origin } }
          },
        }),
      'the body signed again by the thief at the top': (grpc) =>
        open(grpc, {
          route: [{ key: thief }],
          tampering(request) {
            const top = sub(request, 'verify_header')
            const own = sub(sub(top, 'origin'), 'body_signature')
            const claimed = { ...sub(top, 'origin'), body_signature: { key: owner.publicKey, sign: ZEROS } }
            return { ...request, verify_header: { ...top, body_signature: own, origin: claimed } }
          },
        }),
      'a genuine request with another lifetime after it': async (grpc) => {
        const genuine = new V2Client({ ...wish, key: owner, expiration: 99n })
        const second = new V2Client({
          ...wish,
          key: thief,
          owner: ownerId,
          expiration: 100n,
          tampering: withoutHeaders,
        })
        const path = '/neo.fs.v2.session.SessionService/Create'
        return answered(grpc, path, Buffer.concat([genuine.request(), second.request()]), genuine)
      },
    },
  }
}

/** The fields of a request, as its client is about to encode it. */
function captureOf(make: (tampering: (request: Fields) => Fields) => Uint8Array): () => Fields {
  return () => {
    let seen: Fields = {}
    make((request) => {
      seen = request
      return request
    })
    return seen
  }
}

function withoutHeaders({ Verify, Meta, verify_header, meta_header, ...rest }: Fields): Fields {
  return rest
}

async function answered(
  grpc: GrpcClient,
  path: string,
  request: Uint8Array,
  client: { response(answer: Uint8Array): Outcome },
): Promise<Outcome> {
  const { code, message, response } = await grpc.unary(path, request)
  return response === undefined ? { kind: 'refused', code, status: 0, message } : client.response(response)
}

// ---- the streaming dialects -------------------------------------------------------------------------------------------

function legacyCase(dialect: (typeof LEGACY_DIALECTS)[number]): Case {
  const { owner: ownerId } = new LegacyClient({ dialect, key: owner })
  const named = dialect === 'A2' || dialect === 'A3'
  const open = (grpc: GrpcClient, more: Partial<LegacyWish>): Promise<Outcome> =>
    new LegacyClient({ dialect, key: thief, owner: ownerId, ...more }).open(grpc)
  /** The owner's signatures of the token of another handshake, and that token's own. */
  const other = {
    Header: { PublicKey: freshKey(random).publicKey },
    TokenInfo: { SessionKey: freshKey(random).publicKey },
  }
  const signedByOwner = new LegacyClient({ dialect, key: owner })
  const copied = (token: Fields): Fields => {
    const elsewhere =
      dialect === 'B'
        ? { ...token, TokenInfo: { ...sub(token, 'TokenInfo'), ...other.TokenInfo } }
        : { ...token, Header: other.Header }
    return signedByOwner.signedToken(elsewhere)
  }
  /** Over the token that was issued here, but for the part that the owner signed elsewhere. */
  const withSignatures = (token: Fields, signed: Fields): Fields => ({
    ...token,
    Signature: signed['Signature'],
    ...(dialect === 'B'
      ? {}
      : { Header: { ...sub(token, 'Header'), KeySignature: sub(signed, 'Header')?.['KeySignature'] } }),
  })
  const keys = named ? { publicKeys: [owner.publicKey] } : {}
  const noSignature = (token: Fields): Fields =>
    withSignatures(token, { Signature: ZEROS, Header: { KeySignature: ZEROS } })
  const both = (more: Partial<LegacyWish>): Open[] => [
    (grpc) => open(grpc, { ...more, signers: [thief] }),
    (grpc) => open(grpc, { ...more, signers: [] }),
  ]
  const thefts: Record<string, Open> = {}
  const add = (name: string, more: Partial<LegacyWish>): void => {
    const [signed, unsigned] = both(more)
    if (signed !== undefined) thefts[name] = signed
    if (unsigned !== undefined) thefts[`${name}, header unsigned`] = unsigned
  }
  add('signed with another key', {})
  add("signed with another key, the owner's named", keys)
  add('not signed at all', { ...keys, tampering: { signedAfter: noSignature } })
  add("the owner's signatures of another handshake", {
    ...keys,
    tampering: { signedAfter: (token) => withSignatures(token, copied(token)) },
  })
  if (dialect !== 'B') {
    // What covers the epochs and objects alone is the same in every handshake for them.
    add("the owner's signature of the token, the thief's of the session key", {
      ...keys,
      tampering: {
        signedAfter: (token) => ({ ...token, Signature: copied(token)['Signature'] }),
      },
    })
  }
  if (dialect === 'A1' || dialect === 'A2') {
    thefts['passed on by a node that claims to act for the owner'] = (grpc) =>
      open(grpc, {
        ...keys,
        signers: [thief],
        tampering: {
          request: (request) => {
            const header = sub(request, 'Verify')
            const list = header?.['Signatures']
            const [first, ...rest]: Fields[] = Array.isArray(list) ? list : []
            const Origin = { Sign: ZEROS, Peer: owner.publicKey }
            return { ...request, Verify: { ...header, Signatures: [{ ...first, Origin }, ...rest] } }
          },
        },
      })
  }
  return {
    name: dialect,
    genuine: {
      'by itself': (grpc) => open(grpc, { key: owner }),
      ...(dialect === 'A0' ? {} : { 'through a node': (grpc) => open(grpc, { key: owner, signers: [owner, thief] }) }),
    },
    thefts,
  }
}

const VERSIONS = [undefined, 0, 7, 10, 11, 13, 21, 24, 25, 26]

const CASES: readonly Case[] = [
  ...LEGACY_DIALECTS.map(legacyCase),
  ...UNARY_VARIANTS.map(unaryCase),
  ...VERSIONS.map((minor) => v2Case({ dialect: 'v2', version: minor === undefined ? undefined : { major: 2, minor } })),
  v2Case({ dialect: 'F0', version: undefined }),
]

/** E1 with one hop lacks a signature that `required` asks of E2, and nothing tells the two apart. */
const REFUSED_ANYWAY = new Set(['E1 required'])

for (const signatures of ['genuine', 'whenPresent', 'required', 'off'] as const) {
  t.test(`signatures: ${signatures}`, async (t) => {
    const adapters = ['v1Legacy', 'v1', 'v2']
    const gateway = await startUnderTest(t, {
      epoch: 10n,
      set: [
        ...adapters.flatMap((name) => [`adapters.${name}.signatures=${signatures}`, `adapters.${name}.ownerCheck=on`]),
        'limits.keyRecoveries=10000',
      ],
    })
    const grpc = connected(t, gateway.address)
    for (const { name, genuine, thefts } of CASES) {
      for (const [way, open] of Object.entries(genuine)) {
        if (REFUSED_ANYWAY.has(`${name} ${signatures}`)) continue
        t.equal(answerOf(await open(grpc)), 'opened', `${name}, the owner ${way}`)
      }
      const before = gateway.counts()
      for (const [way, open] of Object.entries(thefts)) {
        const answer = answerOf(await open(grpc))
        t.match(answer, /^(gRPC (2|3|7|16)|status (1024|1026|2048))$/, `${name}, ${way}: ${answer}`)
      }
      t.same(gateway.counts(), before, `${name}: nothing was opened`)
    }
    t.same(gateway.faults, [])
  })
}

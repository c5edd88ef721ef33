import { SHARED_PATH } from '../adapters/shared-path.js'
import { type Hop, hopsOf, levelsOf, partOf, type SignedMessage } from '../adapters/three-part.js'
import { readCreate, type UnaryDialect } from '../adapters/v1/codec.js'
import type { LegacyDialect } from '../adapters/v1-legacy/policy.js'
import { TokenA } from '../adapters/v1-legacy/token-a.js'
import { TokenB } from '../adapters/v1-legacy/token-b.js'
import * as cverify from '../generated/v1/c/verify.js'
import * as c from '../generated/v1/c.js'
import * as d0 from '../generated/v1/d0.js'
import * as d2 from '../generated/v1/d2.js'
import * as e1service from '../generated/v1/e1/service.js'
import * as e1 from '../generated/v1/e1.js'
import * as e2service from '../generated/v1/e2/service.js'
import * as e2 from '../generated/v1/e2.js'
import * as a0 from '../generated/v1-legacy/a0.js'
import * as a2 from '../generated/v1-legacy/a2.js'
import * as a3 from '../generated/v1-legacy/a3.js'
import * as b from '../generated/v1-legacy/b.js'
import { type Candidate, candidate, type Looking } from './candidate.js'
import { explainChained, explainServiceBearer, explainServiceToken } from './chained-signatures.js'
import type { Verdict } from './explanation.js'
import { explainLegacyRequest, explainOwnerSignatures, TOKEN_A, TOKEN_B } from './legacy-signatures.js'
import { explainThreePart } from './three-part-signatures.js'
import { explainE2Tokens } from './token-signatures.js'

const LEGACY = { generation: 'v1-legacy', paths: [SHARED_PATH] } as const
const V1 = { generation: 'v1', paths: [SHARED_PATH] } as const

/** Development libraries had E2 under two other paths (neofs-v1 §0.1). */
export const E2_ALIASES = ['/session.v2.Session/Create', '/neo.fs.v2.session.Session/Create']
const E2 = { generation: 'v1', dialect: 'E2', paths: [SHARED_PATH, ...E2_ALIASES] } as const

function legacyRequest(dialect: LegacyDialect, places: typeof TOKEN_A) {
  return (_message: unknown, { bytes, nesting, checker }: Looking): undefined => {
    const { init, signed, signatures } = explainLegacyRequest(dialect, bytes, nesting, checker)
    if (init !== undefined) explainOwnerSignatures(init, 'Init', places, signatures, checker)
    if (signed !== undefined) explainOwnerSignatures(signed, 'Signed', places, signatures, checker)
  }
}

function answersA(dialect: 'A0' | 'A2' | 'A3', type: typeof a0.CreateResponse | typeof a2.CreateResponse): Candidate {
  return candidate<a0.CreateResponse | a2.CreateResponse>({
    ...LEGACY,
    dialect,
    direction: 'response',
    type,
    expects: ['Unsigned.Header.PublicKey|Result.Header.PublicKey'],
    look({ unsigned, result }, { checker }) {
      if (unsigned !== undefined) explainA(unsigned, 'Unsigned', checker)
      if (result !== undefined) explainA(result, 'Result', checker)
      return undefined
    },
  })
}

type Checker = Looking['checker']

function explainA(token: a0.Token, place: string, checker: Checker): void {
  explainOwnerSignatures(new TokenA(token, a0.CreateResponse), place, TOKEN_A, [], checker)
}

function explainB(token: NonNullable<b.CreateRequest['init']>, place: string, checker: Checker): void {
  explainOwnerSignatures(new TokenB(token, b.CreateResponse), place, TOKEN_B, [], checker)
}

/** Only this tells an Init from an Unsigned, which has the same number: an Init has no session key. */
const SIGNED_A = ['Signed.Header.PublicKey']

/** The streaming dialects. A1 is A2 without public keys; who detects it says so. */
export const LEGACY_CANDIDATES: readonly Candidate[] = [
  candidate({
    ...LEGACY,
    dialect: 'A2',
    direction: 'request',
    type: a2.CreateRequest,
    expects: SIGNED_A,
    look: legacyRequest('A2', TOKEN_A),
  }),
  candidate({
    ...LEGACY,
    dialect: 'A0',
    direction: 'request',
    type: a0.CreateRequest,
    expects: SIGNED_A,
    look: legacyRequest('A0', TOKEN_A),
  }),
  candidate({
    ...LEGACY,
    dialect: 'A3',
    direction: 'request',
    type: a3.CreateRequest,
    expects: SIGNED_A,
    look: legacyRequest('A3', TOKEN_A),
  }),
  candidate({
    ...LEGACY,
    dialect: 'B',
    direction: 'request',
    type: b.CreateRequest,
    look(message, looking) {
      const token = message.verify?.token
      legacyRequest('B', TOKEN_B)(message, looking)
      if (token !== undefined) explainB(token, 'Verify.Token', looking.checker)
      return undefined
    },
  }),
  answersA('A0', a0.CreateResponse),
  answersA('A2', a2.CreateResponse),
  answersA('A3', a3.CreateResponse),
  candidate({
    ...LEGACY,
    dialect: 'B',
    direction: 'response',
    type: b.CreateResponse,
    expects: ['Unsigned.TokenInfo.SessionKey|Result.TokenInfo.SessionKey'],
    look({ unsigned, result }, { checker }) {
      if (unsigned !== undefined) explainB(unsigned, 'Unsigned', checker)
      if (result !== undefined) explainB(result, 'Result', checker)
      return undefined
    },
  }),
]

/** What the adapter verifies of a unary request. */
function explainUnary(dialect: UnaryDialect, list: string, { bytes, nesting, checker }: Looking): Verdict | undefined {
  const { signed } = readCreate(dialect, bytes, nesting)
  if (signed.kind === 'chained') return explainChained(signed.message, list, checker)
  const rule = { mode: 'complete', originSignatures: dialect === 'E2', chain: 'all hops' } as const
  return explainThreePart(signed.message, rule, checker)
}

function signedE2({ body, metaHeader, verifyHeader }: e2.CreateResponse): SignedMessage {
  return {
    body: partOf(e2.CreateResponseBody, body),
    metas: levelsOf(metaHeader).map((level) => partOf(e2service.ResponseMetaHeader, level)),
    hops: hopsOf(e2service.ResponseVerificationHeader, verifyHeader),
  }
}

/** E1's responses have one hop and no origin. */
function signedE1({ body, metaHeader, verifyHeader }: e1.CreateResponse): SignedMessage {
  const hop = (header: e1service.ResponseVerificationHeader): Hop => ({
    body: header.bodySignature,
    meta: header.metaSignature,
    origin: undefined,
    previous: partOf(e1service.ResponseVerificationHeader, undefined),
  })
  return {
    body: partOf(e1.CreateResponseBody, body),
    metas: metaHeader === undefined ? [] : [partOf(e1service.ResponseMetaHeader, metaHeader)],
    hops: verifyHeader === undefined ? [] : [hop(verifyHeader)],
  }
}

const THREE_PART = { mode: 'complete', chain: 'all hops' } as const

/** The unary dialects. */
export const V1_CANDIDATES: readonly Candidate[] = [
  candidate({
    ...V1,
    dialect: 'C',
    direction: 'request',
    type: c.CreateRequest,
    look({ verify }, looking) {
      if (verify?.token !== undefined) explainServiceToken(verify.token, 'Verify.Token', looking.checker)
      if (verify?.bearer !== undefined) explainServiceBearer(verify.bearer, 'Verify.Bearer', looking.checker)
      return explainUnary('C', 'Verify.Signatures', looking)
    },
  }),
  candidate({
    ...V1,
    dialect: 'D0',
    direction: 'request',
    type: d0.CreateRequest,
    look: (_, looking) => explainUnary('D', 'Verify.Signatures', looking),
  }),
  candidate({
    ...V1,
    dialect: 'D2',
    direction: 'request',
    type: d2.CreateRequest,
    look: (_, looking) => explainUnary('D', 'verify_header.signatures', looking),
  }),
  candidate({
    ...E2,
    direction: 'request',
    type: e2.CreateRequest,
    expects: ['body.owner_id', 'body.lifetime'],
    look({ metaHeader }, looking) {
      explainE2Tokens(metaHeader, looking.checker)
      return explainUnary('E2', '', looking)
    },
  }),
  candidate({
    ...V1,
    dialect: 'E1',
    direction: 'request',
    type: e1.CreateRequest,
    expects: ['body.owner_id'],
    look: (_, looking) => explainUnary('E1', '', looking),
  }),
  candidate({ ...V1, dialect: 'C', direction: 'response', type: c.CreateResponse, expects: ['SessionKey'] }),
  candidate({ ...V1, dialect: 'D0', direction: 'response', type: d0.CreateResponse, expects: ['SessionKey'] }),
  candidate({
    ...V1,
    dialect: 'D2',
    direction: 'response',
    type: d2.CreateResponse,
    expects: ['session_key'],
    look({ metaHeader }, { checker }) {
      const signature = metaHeader?.signature
      if (signature === undefined) return undefined
      const at = { kind: 'meta', place: 'meta_header.signature', index: 0, covers: 'unknown', checked: false } as const
      checker.unexplained(at, signature, 'what it covers was never written down')
      return undefined
    },
  }),
  candidate({
    ...E2,
    direction: 'response',
    type: e2.CreateResponse,
    expects: ['body.session_key'],
    look: (message, { checker }) =>
      message.verifyHeader === undefined
        ? undefined
        : explainThreePart(signedE2(message), { ...THREE_PART, originSignatures: true }, checker),
  }),
  candidate({
    ...V1,
    dialect: 'E1',
    direction: 'response',
    type: e1.CreateResponse,
    expects: ['body.session_key'],
    look: (message, { checker }) =>
      message.verifyHeader === undefined
        ? undefined
        : explainThreePart(signedE1(message), { ...THREE_PART, originSignatures: false }, checker),
  }),
]

const TOKEN = { direction: 'token', paths: [], rarity: 20 } as const

/** What clients made of an answer, alone. */
export const V1_TOKENS: readonly Candidate[] = [
  candidate({
    ...TOKEN,
    generation: 'v1',
    dialect: 'C',
    type: cverify.Token,
    expects: ['Signature', 'TokenInfo.SessionKey'],
    look(token, { checker }) {
      explainServiceToken(token, '', checker)
      return undefined
    },
  }),
  candidate({
    ...TOKEN,
    generation: 'v1',
    dialect: 'C',
    type: cverify.BearerTokenMsg,
    expects: ['Signature', 'TokenInfo.OwnerID'],
    look(token, { checker }) {
      explainServiceBearer(token, '', checker)
      return undefined
    },
  }),
]

import { hopsOf, levelsOf, partOf, type SignedMessage, type SignedPart } from '../adapters/three-part.js'
import { readCreate, signedRequest } from '../adapters/v2/codec.js'
import { type Gate, gateOf } from '../adapters/v2/policy.js'
import * as accounting from '../generated/v2/accounting.js'
import { BearerToken } from '../generated/v2/acl.js'
import * as f0service from '../generated/v2/f0/service.js'
import * as f0 from '../generated/v2/f0.js'
import * as netmap from '../generated/v2/netmap.js'
import * as session from '../generated/v2/session.js'
import { SessionToken, SessionTokenV2 } from '../generated/v2/token.js'
import type { MessageType, WireMessage } from '../wire/index.js'
import { type Candidate, candidate } from './candidate.js'
import { AnyRequest, AnyResponse } from './envelope.js'
import { explainThreePart } from './three-part-signatures.js'
import {
  explainBearerToken,
  explainMetaTokens,
  explainSessionToken,
  explainSessionTokenV2,
} from './token-signatures.js'

export const CREATE_PATH = '/neo.fs.v2.session.SessionService/Create'
const V2 = { generation: 'v2', dialect: 'v2' } as const
const F0 = { generation: 'v2', dialect: 'F0', paths: [CREATE_PATH] } as const

interface Request<B> extends WireMessage {
  body: B | undefined
  metaHeader: session.RequestMetaHeader | undefined
  verifyHeader: session.RequestVerificationHeader | undefined
}

interface Response<B> extends WireMessage {
  body: B | undefined
  metaHeader: session.ResponseMetaHeader | undefined
  verifyHeader: session.ResponseVerificationHeader | undefined
}

function ruleOf({ originSignatures, chain }: Gate) {
  return { mode: 'complete', originSignatures, chain } as const
}

function request<B>(
  path: string | undefined,
  type: MessageType<Request<B>>,
  body: (message: B | undefined) => SignedPart,
  expects: readonly string[] = [],
): Candidate {
  const paths = path === undefined ? [] : [path]
  const rarity = path === undefined ? 40 : 0
  return candidate<Request<B>>({
    ...V2,
    direction: 'request',
    type,
    paths,
    expects,
    rarity,
    look(message, { checker }) {
      const { metaHeader, verifyHeader } = message
      explainMetaTokens(metaHeader, checker)
      const rule = ruleOf(gateOf(metaHeader?.version))
      return explainThreePart(signedRequest(body(message.body), metaHeader, verifyHeader), rule, checker)
    },
  })
}

/** Clients up to 2.21 verify responses, by the rule of all hops; later servers sign none (neofs-v2 §3.5). */
function response<B>(
  path: string | undefined,
  type: MessageType<Response<B>>,
  body: (message: B | undefined) => SignedPart,
  expects: readonly string[] = [],
): Candidate {
  const paths = path === undefined ? [] : [path]
  const rarity = path === undefined ? 40 : 0
  return candidate<Response<B>>({
    ...V2,
    direction: 'response',
    type,
    paths,
    expects,
    rarity,
    look(message, { checker }) {
      const { metaHeader, verifyHeader } = message
      if (verifyHeader === undefined) return undefined
      const signed: SignedMessage = {
        body: body(message.body),
        metas: levelsOf(metaHeader).map((meta) => partOf(session.ResponseMetaHeader, meta)),
        hops: hopsOf(session.ResponseVerificationHeader, verifyHeader),
      }
      return explainThreePart(signed, { mode: 'complete', originSignatures: true, chain: 'all hops' }, checker)
    },
  })
}

function part<T extends WireMessage>(type: MessageType<T>): (message: T | undefined) => SignedPart {
  return (message) => partOf(type, message)
}

/** A body of which only the bytes are known. */
function opaque(bytes: Uint8Array | undefined): SignedPart {
  const received = bytes ?? new Uint8Array(0)
  return { received, stable: () => received }
}

const NETMAP = '/neo.fs.v2.netmap.NetmapService'
const BALANCE = '/neo.fs.v2.accounting.AccountingService/Balance'

export const V2_CANDIDATES: readonly Candidate[] = [
  request(CREATE_PATH, session.CreateRequest, part(session.CreateRequestBody), ['body.owner_id']),
  request(`${NETMAP}/NetworkInfo`, netmap.NetworkInfoRequest, part(netmap.NetworkInfoRequestBody)),
  request(`${NETMAP}/LocalNodeInfo`, netmap.LocalNodeInfoRequest, part(netmap.LocalNodeInfoRequestBody)),
  request(`${NETMAP}/NetmapSnapshot`, netmap.NetmapSnapshotRequest, part(netmap.NetmapSnapshotRequestBody)),
  request(BALANCE, accounting.BalanceRequest, part(accounting.BalanceRequestBody), ['body.owner_id']),
  response(CREATE_PATH, session.CreateResponse, part(session.CreateResponseBody), ['body.session_key']),
  response(`${NETMAP}/NetworkInfo`, netmap.NetworkInfoResponse, part(netmap.NetworkInfoResponseBody), [
    'body.network_info',
  ]),
  response(`${NETMAP}/LocalNodeInfo`, netmap.LocalNodeInfoResponse, part(netmap.LocalNodeInfoResponseBody), [
    'body.node_info',
  ]),
  response(`${NETMAP}/NetmapSnapshot`, netmap.NetmapSnapshotResponse, part(netmap.NetmapSnapshotResponseBody), [
    'body.netmap',
  ]),
  response(BALANCE, accounting.BalanceResponse, part(accounting.BalanceResponseBody), ['body.balance']),
]

/** The development dialect on the same path; on the wire nothing tells it from E2. */
export const F0_CANDIDATES: readonly Candidate[] = [
  candidate({
    ...F0,
    direction: 'request',
    type: f0.CreateRequest,
    expects: ['body.owner_id', 'body.lifetime'],
    look: (_message, { bytes, nesting, checker }) => {
      const { signed, version } = readCreate(bytes, nesting)
      return explainThreePart(signed, ruleOf(gateOf(version)), checker)
    },
  }),
  candidate({
    ...F0,
    direction: 'response',
    type: f0.CreateResponse,
    expects: ['body.session_key'],
    look({ body, metaHeader, verifyHeader }, { checker }) {
      if (verifyHeader === undefined) return undefined
      const signed: SignedMessage = {
        body: partOf(f0.CreateResponseBody, body),
        metas: levelsOf(metaHeader).map((meta) => partOf(f0service.ResponseMetaHeader, meta)),
        hops: hopsOf(f0service.ResponseVerificationHeader, verifyHeader),
      }
      return explainThreePart(signed, { mode: 'complete', originSignatures: true, chain: 'all hops' }, checker)
    },
  }),
]

/** Any other service of the package: its headers are known, its bodies are not. */
export const V2_ENVELOPES: readonly Candidate[] = [
  request(undefined, AnyRequest, opaque),
  response(undefined, AnyResponse, opaque),
]

const TOKEN = { ...V2, direction: 'token', paths: [], rarity: 20 } as const

/** Tokens alone, as files and other programs carry them. */
export const V2_TOKENS: readonly Candidate[] = [
  candidate({
    ...TOKEN,
    type: SessionToken,
    expects: ['body.session_key', 'body.owner_id', 'signature'],
    look: (token, { checker }) => explainSessionToken(token, '', checker),
  }),
  candidate({
    ...TOKEN,
    type: SessionTokenV2,
    expects: ['body.issuer', 'body.subjects[0]', 'signature'],
    look: (token, { checker }) => explainSessionTokenV2(token, '', checker),
  }),
  candidate({
    ...TOKEN,
    type: BearerToken,
    expects: ['body.eacl_table', 'signature'],
    look: (token, { checker }) => explainBearerToken(token, '', checker),
  }),
]

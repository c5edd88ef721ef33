import * as f0service from '../../generated/v2/f0/service.js'
import * as f0 from '../../generated/v2/f0.js'
import * as v2 from '../../generated/v2/session.js'
import type { MessageType, WireMessage } from '../../wire/index.js'
import { Scan } from '../../wire/scan.js'
import { decodeRequest } from '../decode-request.js'
import type { TokenContents } from '../limits.js'
import { hopsOf, levelsOf, partOf, type SignedMessage, type SignedPart } from '../three-part.js'
import type { Version } from './policy.js'
import { tokensOf } from './tokens.js'

/** A request as far as all services have it in common: what decides how it is checked and answered. */
export interface SignedCall {
  readonly dialect: 'v2' | 'F0'
  /** What the top meta header announces. */
  readonly version: Version | undefined
  readonly signed: SignedMessage
  /** Of the releases; those of F0 are bytes that nobody reads. */
  readonly tokens: TokenContents
}

/** What the requests of all services have in common (neofs-v2 §2.1, §2.5). */
export interface SignedRequest<Body extends WireMessage> extends WireMessage {
  body: Body | undefined
  metaHeader: v2.RequestMetaHeader | undefined
  verifyHeader: v2.RequestVerificationHeader | undefined
}

export interface RequestType<Body extends WireMessage> {
  readonly message: MessageType<SignedRequest<Body>>
  readonly body: MessageType<Body>
}

export interface ReadRequest<Body extends WireMessage> extends SignedCall {
  readonly body: Body | undefined
}

/** A request of the releases. Raises `malformed`, as every node does with bytes that it cannot read (neofs-v2 §3.6). */
export function readSigned<Body extends WireMessage>(
  type: RequestType<Body>,
  bytes: Uint8Array,
  nesting: number,
): ReadRequest<Body> {
  const { body, metaHeader, verifyHeader } = decodeRequest(type.message, bytes, nesting)
  const signed = signedRequest(partOf(type.body, body), metaHeader, verifyHeader)
  return { dialect: 'v2', version: metaHeader?.version, body, signed, tokens: tokensOf(metaHeader) }
}

/**
 * `neo.fs.v2.session.SessionService/Create`: the releases 2.0 to 2.25 and the development dialect F0 (13–21 August 2020),
 * whose body field 2 is a message where the releases have a number (neofs-v2 §0, §1.1).
 */
export interface CreateCall extends SignedCall {
  /** The 25 bytes, or what stands in their place; undefined if there is no owner id at all. */
  readonly owner: Uint8Array | undefined
  readonly expiration: bigint
  readonly notBefore: bigint
  readonly issuedAt: bigint
}

const LENGTH_DELIMITED = 2
const CREATE = { message: v2.CreateRequest, body: v2.CreateRequestBody }

/** Raises `malformed`, as `readSigned`. */
export function readCreate(bytes: Uint8Array, nesting: number): CreateCall {
  const isF0 = new Scan(bytes).sub(1)?.wireType(2) === LENGTH_DELIMITED
  return isF0 ? readF0(bytes, nesting) : readRelease(bytes, nesting)
}

function readRelease(bytes: Uint8Array, nesting: number): CreateCall {
  const { body, ...call } = readSigned(CREATE, bytes, nesting)
  return {
    ...call,
    owner: body?.ownerId?.value,
    expiration: body?.expiration ?? 0n,
    notBefore: 0n,
    issuedAt: 0n,
  }
}

/** Any request of the releases: what differs between services is the body. */
export function signedRequest(
  body: SignedPart,
  metaHeader: v2.RequestMetaHeader | undefined,
  verifyHeader: v2.RequestVerificationHeader | undefined,
): SignedMessage {
  return {
    body,
    metas: levelsOf(metaHeader).map((meta) => partOf(v2.RequestMetaHeader, meta, withoutTokenV2)),
    hops: hopsOf(v2.RequestVerificationHeader, verifyHeader),
  }
}

function readF0(bytes: Uint8Array, nesting: number): CreateCall {
  const { body, metaHeader, verifyHeader } = decodeRequest(f0.CreateRequest, bytes, nesting)
  return {
    dialect: 'F0',
    version: metaHeader?.version,
    owner: body?.ownerId?.value,
    expiration: body?.lifetime?.exp ?? 0n,
    notBefore: body?.lifetime?.nbf ?? 0n,
    issuedAt: body?.lifetime?.iat ?? 0n,
    tokens: { objects: 0, keys: 0 },
    signed: {
      body: partOf(f0.CreateRequestBody, body),
      metas: levelsOf(metaHeader).map((meta) => partOf(f0service.RequestMetaHeader, meta)),
      hops: hopsOf(f0service.RequestVerificationHeader, verifyHeader),
    },
  }
}

/** The meta header as SDK rc.17 signs it: field 9 left out at every level. Undefined if no level has it (neofs-v2 §3.4). */
function withoutTokenV2(meta: v2.RequestMetaHeader): v2.RequestMetaHeader | undefined {
  if (!levelsOf(meta).some((level) => level.sessionTokenV2 !== undefined)) return undefined
  const strip = (level: v2.RequestMetaHeader): v2.RequestMetaHeader => ({
    ...level,
    sessionTokenV2: undefined,
    origin: level.origin === undefined ? undefined : strip(level.origin),
  })
  return strip(meta)
}

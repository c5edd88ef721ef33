import { NEO3_PREFIX } from '../../crypto/owner-id.js'
import type { RequestExtendedHeader } from '../../generated/v1/c/meta.js'
import * as c from '../../generated/v1/c.js'
import * as d0 from '../../generated/v1/d0.js'
import * as d2 from '../../generated/v1/d2.js'
import * as e1service from '../../generated/v1/e1/service.js'
import * as e1 from '../../generated/v1/e1.js'
import * as e2service from '../../generated/v1/e2/service.js'
import * as e2 from '../../generated/v1/e2.js'
import { Scan } from '../../wire/scan.js'
import { decodeRequest } from '../decode-request.js'
import type { TokenContents } from '../limits.js'
import { hopsOf, levelsOf, partOf, type SignedMessage } from '../three-part.js'
import { bearerData, type ChainedMessage, type ExtendedHeader, headerData, tokenData } from './chained-signatures.js'

/** The unary dialects of `session.Session/Create` and its two aliases, each to one shape (neofs-v1 §2.3–2.5). */
export type UnaryDialect = 'C' | 'Cx' | 'D' | 'E1' | 'E2'

/** The form of the answer: two fields, the same with the meta header of PR-39, or a body with headers. */
export type Reply = 'flat' | 'flat with meta' | 'body'

export interface CreateCall {
  readonly dialect: UnaryDialect
  /** What the bytes tell of the client's version, for statistics. */
  readonly clientVersion: string
  readonly reply: Reply
  /** What stands in the owner's place, of any length; C reads an absent one as 25 zeros. */
  readonly owner: Uint8Array
  /** Both bounds are inclusive. */
  readonly lifetime: { readonly notBefore: bigint; readonly issuedAt: bigint; readonly expiration: bigint }
  /** C and D chain signatures over a fixed payload, E signs three parts. */
  readonly signed: { kind: 'chained'; message: ChainedMessage } | { kind: 'three-part'; message: SignedMessage }
  /** In E2; the tokens of other dialects are absent, name one of each, or are bytes that nobody reads. */
  readonly tokens: TokenContents
  /** The key of the client's own signature. */
  readonly signer: Uint8Array | undefined
}

const VARINT = 0
const META = 98
const VERIFY = 99
const NO_TOKENS: TokenContents = { objects: 0, keys: 0 }
const OWNER_ABSENT: Uint8Array = new Uint8Array(0)

/** Raises `malformed`: what gogo's decoder refused came back as gRPC INTERNAL (neofs-v1 §2). */
export function readCreate(dialect: UnaryDialect, bytes: Uint8Array, nesting: number): CreateCall {
  switch (dialect) {
    case 'C':
    case 'Cx':
      return readC(dialect, bytes, nesting)
    case 'D':
      return isD0(new Scan(bytes)) ? readD0(bytes, nesting) : readD2(bytes, nesting)
    case 'E1':
      return readE1(bytes, nesting)
    case 'E2':
      return readE2(bytes, nesting)
  }
}

function readC(dialect: 'C' | 'Cx', bytes: Uint8Array, nesting: number): CreateCall {
  const { ownerID: owner, lifetime, extended, meta, verify } = decodeRequest(c.CreateRequest, bytes, nesting)
  const headers = [...extendedHeaders(meta?.extendedHeader), ...extendedHeaders(extended)]
  return {
    dialect,
    clientVersion: versionOfC(dialect, owner, meta?.extendedHeader !== undefined),
    reply: 'flat',
    owner,
    lifetime: createdAndValidUntil(lifetime),
    tokens: NO_TOKENS,
    signer: verify?.signatures[0]?.peer,
    signed: {
      kind: 'chained',
      message: {
        owner,
        created: lifetime?.created ?? 0n,
        validUntil: lifetime?.validUntil ?? 0n,
        tokens: verify?.token === undefined ? [] : tokenData(verify.token),
        rest: [bearerData(verify?.bearer), headerData(headers)],
        signatures: (verify?.signatures ?? []).map(({ sign, peer }) => ({ sign, key: peer })),
      },
    },
  }
}

function readD0(bytes: Uint8Array, nesting: number): CreateCall {
  const { ownerID, lifetime, meta, verify } = decodeRequest(d0.CreateRequest, bytes, nesting)
  const signatures = (verify?.signatures ?? []).map(({ sign, peer }) => ({ sign, key: peer }))
  return flatD('D0-D1', ownerID?.value, lifetime, extendedHeaders(meta?.extendedHeader), signatures)
}

function readD2(bytes: Uint8Array, nesting: number): CreateCall {
  const { ownerId, lifetime, metaHeader: meta, verifyHeader } = decodeRequest(d2.CreateRequest, bytes, nesting)
  const pr39 = meta !== undefined && (meta.version !== undefined || meta.epoch !== 0n || meta.origin !== undefined)
  const signatures = (verifyHeader?.signatures ?? []).map(({ sign, key }) => ({ sign, key }))
  return flatD(pr39 ? 'D-PR39' : 'D2-D3', ownerId?.value, lifetime, meta?.xHeaders ?? [], signatures)
}

function flatD(
  clientVersion: 'D0-D1' | 'D2-D3' | 'D-PR39',
  owner = OWNER_ABSENT,
  lifetime: { created: bigint; validUntil: bigint } | undefined,
  headers: readonly ExtendedHeader[],
  signatures: ChainedMessage['signatures'],
): CreateCall {
  const { created = 0n, validUntil = 0n } = lifetime ?? {}
  return {
    dialect: 'D',
    clientVersion,
    reply: clientVersion === 'D-PR39' ? 'flat with meta' : 'flat',
    owner,
    lifetime: createdAndValidUntil(lifetime),
    tokens: NO_TOKENS,
    signer: signatures[0]?.key,
    signed: {
      kind: 'chained',
      message: { owner, created, validUntil, tokens: [], rest: [headerData(headers)], signatures },
    },
  }
}

function extendedHeaders(header: RequestExtendedHeader | undefined): ExtendedHeader[] {
  return (header?.headers ?? []).map(({ k, v }) => ({ key: k, value: v }))
}

function readE1(bytes: Uint8Array, nesting: number): CreateCall {
  const { body, metaHeader, verifyHeader } = decodeRequest(e1.CreateRequest, bytes, nesting)
  return {
    dialect: 'E1',
    clientVersion: announced(metaHeader?.version),
    reply: 'body',
    owner: body?.ownerId?.value ?? OWNER_ABSENT,
    lifetime: createdAndValidUntil(body?.lifetime),
    tokens: NO_TOKENS,
    signer: levelsOf(verifyHeader).at(-1)?.bodySignature?.key,
    signed: {
      kind: 'three-part',
      message: {
        body: partOf(e1.CreateRequestBody, body),
        metas: levelsOf(metaHeader).map((level) => partOf(e1service.RequestMetaHeader, level)),
        hops: hopsOf(e1service.RequestVerificationHeader, verifyHeader),
      },
    },
  }
}

function readE2(bytes: Uint8Array, nesting: number): CreateCall {
  const { body, metaHeader, verifyHeader } = decodeRequest(e2.CreateRequest, bytes, nesting)
  return {
    dialect: 'E2',
    clientVersion: announced(metaHeader?.version),
    reply: 'body',
    owner: body?.ownerId?.value ?? OWNER_ABSENT,
    lifetime: expNbfIat(body?.lifetime),
    tokens: tokensOfE2(metaHeader),
    signer: levelsOf(verifyHeader).at(-1)?.bodySignature?.key,
    signed: {
      kind: 'three-part',
      message: {
        body: partOf(e2.CreateRequestBody, body),
        metas: levelsOf(metaHeader).map((level) => partOf(e2service.RequestMetaHeader, level)),
        hops: hopsOf(e2service.RequestVerificationHeader, verifyHeader),
      },
    },
  }
}

/** Create ignores tokens, but they are read, and signed with the rest. */
function tokensOfE2(top: e2service.RequestMetaHeader | undefined): TokenContents {
  let objects = 0
  let keys = 0
  for (const { token, bearer } of levelsOf(top)) {
    if (token?.token?.objectAddress !== undefined) objects += 1
    for (const { targets } of bearer?.token?.eaclTable?.records ?? []) {
      for (const { keyList } of targets) keys += keyList.length
    }
  }
  return { objects, keys }
}

/** From what changed on the wire (neofs-v1 §7.3): the extended header came with v1.1, Neo3 owners with v1.3. */
function versionOfC(dialect: 'C' | 'Cx', owner: Uint8Array, hasExtendedHeader: boolean): string {
  if (dialect === 'Cx') return 'Cx'
  if (owner[0] === NEO3_PREFIX) return 'v1.3'
  return hasExtendedHeader ? 'v1.1-v1.2' : 'v0.7.4-v1.0'
}

function announced(version: { major: number; minor: number } | undefined): string {
  return version === undefined ? '' : `${version.major}.${version.minor}`
}

function createdAndValidUntil(lifetime: { created: bigint; validUntil: bigint } | undefined): CreateCall['lifetime'] {
  const { created = 0n, validUntil = 0n } = lifetime ?? {}
  return { notBefore: created, issuedAt: created, expiration: validUntil }
}

/**
 * Field 3 was E2's news. Without it the two numbers could be E1's, start before end, or E2's, end before start: a lifetime
 * that makes sense reads the same as the larger and the smaller of the two (neofs-v1 §7.3).
 */
function expNbfIat(lifetime: { exp: bigint; nbf: bigint; iat: bigint } | undefined): CreateCall['lifetime'] {
  const { exp = 0n, nbf = 0n, iat = 0n } = lifetime ?? {}
  if (iat !== 0n) return { notBefore: nbf, issuedAt: iat, expiration: exp }
  const [first, last] = exp < nbf ? [exp, nbf] : [nbf, exp]
  return { notBefore: first, issuedAt: 0n, expiration: last }
}

/** D0 and D1 still have C's headers; from D2 on they have numbers of their own (neofs-v1 §2.4). */
export function isD0(message: Scan): boolean {
  const firstOfSignature = message.at(VERIFY, 1, 1)?.length
  if (firstOfSignature === 65) return true
  if (firstOfSignature === 33) return false
  const meta = message.sub(META)
  return meta !== undefined && (meta.has(5) || meta.wireType(2) === VARINT || meta.wireType(3) === VARINT)
}

import * as c from '../../src/generated/v1/c.js'
import * as d0 from '../../src/generated/v1/d0.js'
import * as d2 from '../../src/generated/v1/d2.js'
import * as e1 from '../../src/generated/v1/e1.js'
import * as e2 from '../../src/generated/v1/e2.js'
import * as a0 from '../../src/generated/v1-legacy/a0.js'
import * as a2 from '../../src/generated/v1-legacy/a2.js'
import * as a3 from '../../src/generated/v1-legacy/a3.js'
import { TokenInfoVerbNames } from '../../src/generated/v1-legacy/b/service.js'
import * as b from '../../src/generated/v1-legacy/b.js'
import * as f0 from '../../src/generated/v2/f0.js'
import { decode, encode, type MessageType, WireError, type WireMessage } from '../../src/wire/index.js'
import { oracleVerdict, type Verdict } from './reading.js'
import { bytesOf, hexOf, type Tree, type V1Vector } from './vectors.js'

/** A message of one dialect: read with our codec, shown by the names of neofs-v1.json, and written again. */
export interface V1Codec {
  read(hex: string): V1Message | WireError
}

export interface V1Message {
  readonly decoded: Tree
  /** Written again with unknown fields kept, as gogo does it. */
  readonly again: string
  /** What protobufjs makes of the same bytes. */
  readonly oracle: Verdict
}

/** The codec of a vector. A vector of no dialect has that of the library that was asked, if any was. */
export function v1CodecOf({ dialect, variant, message, genuineLibrary }: V1Vector): V1Codec | undefined {
  const family = FAMILIES[variant === 'D1' ? 'D0' : dialect] ?? (genuineLibrary === undefined ? undefined : C)
  return family?.[message]
}

interface Family {
  readonly request: V1Codec
  readonly response: V1Codec
}

function codec<T extends WireMessage>(file: string, type: MessageType<T>, show: (message: T) => Tree): V1Codec {
  return {
    read(hex) {
      const message = decode(type, bytesOf(hex))
      if (message instanceof WireError) return message
      const unknown = hexOf(message.$unknown)
      const decoded = { ...show(message), ...(unknown === '' ? {} : { unknownFields: unknown }) }
      return {
        decoded,
        again: hexOf(encode(type, message, { unknown: 'keep' })),
        oracle: oracleVerdict(file, type, message, hex),
      }
    },
  }
}

// ---- A and B: a token in a oneof ------------------------------------------------------------------------------------

interface TokenA {
  readonly header: { readonly publicKey: Uint8Array; readonly keySignature: Uint8Array } | undefined
  readonly ownerID: Uint8Array
  readonly firstEpoch: bigint
  readonly lastEpoch: bigint
  readonly objectID: readonly Uint8Array[]
  readonly signature: Uint8Array
  readonly id: Uint8Array
  readonly publicKeys?: readonly Uint8Array[]
}

const showTokenA = (token: TokenA): Tree => ({
  owner: hexOf(token.ownerID),
  firstEpoch: String(token.firstEpoch),
  lastEpoch: String(token.lastEpoch),
  objectIds: token.objectID.map(hexOf),
  tokenId: hexOf(token.id),
  sessionKey: hexOf(token.header?.publicKey ?? NONE),
  keySignature: hexOf(token.header?.keySignature ?? NONE),
  tokenSignature: hexOf(token.signature),
  ...(token.publicKeys === undefined ? {} : { publicKeys: token.publicKeys.map(hexOf) }),
})

/** A1 has no public keys; its bytes are read with the type of A2. */
const showTokenA1 = ({ publicKeys: _, ...token }: TokenA): Tree => showTokenA(token)

const showTokenB = ({ tokenInfo, signature }: NonNullable<b.CreateRequest['init']>): Tree => ({
  owner: hexOf(tokenInfo?.ownerID ?? NONE),
  created: String(tokenInfo?.created),
  validUntil: String(tokenInfo?.validUntil),
  verb: TokenInfoVerbNames.get(tokenInfo?.verb ?? -1),
  address: { objectId: hexOf(tokenInfo?.address?.objectID ?? NONE), cid: hexOf(tokenInfo?.address?.cid ?? NONE) },
  tokenId: hexOf(tokenInfo?.id ?? NONE),
  sessionKey: hexOf(tokenInfo?.sessionKey ?? NONE),
  tokenSignature: hexOf(signature),
})

/** Which member of the oneof is set; `null` if none. */
function oneof<K>(members: Readonly<Record<string, K | undefined>>, show: (token: K) => Tree): Tree {
  for (const [name, token] of Object.entries(members)) {
    if (token !== undefined) return { oneof: name, ...show(token) }
  }
  return { oneof: null }
}

interface NumberedHeaders {
  readonly meta: { ttl: number; epoch: bigint; version: number; raw?: boolean } | undefined
  readonly verify: { readonly signatures: readonly unknown[] } | undefined
}

const showHeaders = ({ meta, verify }: NumberedHeaders): Tree => ({
  ttl: meta?.ttl ?? 0,
  epoch: String(meta?.epoch ?? 0n),
  version: meta?.version ?? 0,
  ...(meta?.raw === true ? { raw: true } : {}),
  signatureCount: verify?.signatures.length ?? 0,
})

type TokensA = { readonly [member in 'init' | 'signed']: TokenA | undefined }
type AnswersA = { readonly [member in 'unsigned' | 'result']: TokenA | undefined }

const requestA =
  (show: (token: TokenA) => Tree) =>
  (message: NumberedHeaders & TokensA): Tree => ({
    ...oneof({ init: message.init, signed: message.signed }, show),
    ...showHeaders(message),
  })

const responseA =
  (show: (token: TokenA) => Tree) =>
  ({ unsigned, result }: AnswersA): Tree =>
    oneof({ unsigned, result }, show)

// ---- C and D: one message -------------------------------------------------------------------------------------------

interface Lifetime {
  readonly created: bigint
  readonly validUntil: bigint
}

const showLifetime = (lifetime: Lifetime | undefined): Tree => ({
  created: String(lifetime?.created ?? 0n),
  validUntil: String(lifetime?.validUntil ?? 0n),
})

const named = (headers: readonly { key: Uint8Array; value: Uint8Array }[]): Tree =>
  headers.length === 0
    ? {}
    : { extendedHeaders: headers.map(({ key, value }) => ({ key: hexOf(key), value: hexOf(value) })) }

type Verify = { readonly token: unknown; readonly bearer: unknown } | undefined

const requestC = (
  message: NumberedHeaders & {
    readonly lifetime: Lifetime | undefined
    readonly meta: c.CreateRequest['meta']
    readonly extended?: c.CreateRequest['extended']
  } & { readonly verify: Verify },
  owner: Uint8Array,
): Tree => ({
  owner: hexOf(owner),
  ...showLifetime(message.lifetime),
  ...showHeaders(message),
  ...named(
    [...(message.meta?.extendedHeader?.headers ?? []), ...(message.extended?.headers ?? [])].map(({ k, v }) => ({
      key: k,
      value: v,
    })),
  ),
  ...(message.verify?.token === undefined ? {} : { hasToken: true }),
  ...(message.verify?.bearer === undefined ? {} : { hasBearer: true }),
})

interface VersionedMeta {
  readonly ttl: number
  readonly epoch: bigint
  readonly version: { readonly major: number; readonly minor: number } | undefined
  readonly xHeaders: readonly { key: Uint8Array; value: Uint8Array }[]
}

/** A version that is not there is shown as 0. */
const showMeta = (meta: VersionedMeta | undefined): Tree => ({
  ttl: meta?.ttl ?? 0,
  epoch: String(meta?.epoch ?? 0n),
  version: meta?.version === undefined ? 0 : { major: meta.version.major, minor: meta.version.minor },
  ...named(meta?.xHeaders ?? []),
})

const flatAnswer = ({ id, sessionKey }: { id: Uint8Array; sessionKey: Uint8Array }): Tree => ({
  tokenId: hexOf(id),
  sessionKey: hexOf(sessionKey),
})

// ---- E and F0: body and headers -------------------------------------------------------------------------------------

interface Wrapped {
  readonly origin: Wrapped | undefined
}

function hops(verify: Wrapped | undefined): number {
  return verify === undefined ? 0 : 1 + hops(verify.origin)
}

interface RequestE {
  readonly body: { readonly ownerId: { readonly value: Uint8Array } | undefined } | undefined
  readonly metaHeader: ((VersionedMeta | f0.CreateRequest['metaHeader']) & object) | undefined
  readonly verifyHeader: Wrapped | undefined
}

const requestE = (message: RequestE, lifetime: Tree): Tree => ({
  owner: hexOf(message.body?.ownerId?.value ?? NONE),
  ...lifetime,
  ...(message.metaHeader === undefined ? {} : showMeta(utf8Meta(message.metaHeader))),
  hops: hops(message.verifyHeader),
})

const showExp = (lifetime: { exp: bigint; nbf: bigint; iat: bigint } | undefined): Tree => ({
  exp: String(lifetime?.exp ?? 0n),
  nbf: String(lifetime?.nbf ?? 0n),
  iat: String(lifetime?.iat ?? 0n),
})

const answerE = (message: {
  readonly body: { id: Uint8Array; sessionKey: Uint8Array } | undefined
  readonly metaHeader: ((VersionedMeta | f0.CreateResponse['metaHeader']) & object) | undefined
  readonly verifyHeader: Wrapped | undefined | object
}): Tree => ({
  ...flatAnswer(message.body ?? { id: NONE, sessionKey: NONE }),
  ...(message.metaHeader === undefined ? {} : showMeta(utf8Meta(message.metaHeader))),
  hops: message.verifyHeader !== undefined && 'origin' in message.verifyHeader ? hops(message.verifyHeader) : 0,
})

/** F0 has text where the others have bytes. */
function utf8Meta(meta: Omit<VersionedMeta, 'xHeaders'> & { xHeaders: readonly { key: Text; value: Text }[] }) {
  return { ...meta, xHeaders: meta.xHeaders.map(({ key, value }) => ({ key: encoded(key), value: encoded(value) })) }
}

type Text = string | Uint8Array

function encoded(text: Text): Uint8Array {
  return typeof text === 'string' ? new TextEncoder().encode(text) : text
}

const NONE = new Uint8Array(0)

// ---------------------------------------------------------------------------------------------------------------------

const A2: Family = {
  request: codec('v1-legacy/a2', a2.CreateRequest, requestA(showTokenA)),
  response: codec('v1-legacy/a2', a2.CreateResponse, responseA(showTokenA)),
}

const C: Family = {
  request: codec('v1/c', c.CreateRequest, (message) => requestC(message, message.ownerID)),
  response: codec('v1/c', c.CreateResponse, flatAnswer),
}

const FAMILIES: Readonly<Record<string, Family>> = {
  A0: {
    request: codec('v1-legacy/a0', a0.CreateRequest, ({ init, signed }) => oneof({ init, signed }, showTokenA)),
    response: codec('v1-legacy/a0', a0.CreateResponse, responseA(showTokenA)),
  },
  A1: {
    request: codec('v1-legacy/a2', a2.CreateRequest, requestA(showTokenA1)),
    response: codec('v1-legacy/a2', a2.CreateResponse, responseA(showTokenA1)),
  },
  A2,
  'A1/A2/B': A2,
  A3: {
    request: codec('v1-legacy/a3', a3.CreateRequest, requestA(showTokenA)),
    response: codec('v1-legacy/a3', a3.CreateResponse, responseA(showTokenA)),
  },
  B: {
    request: codec('v1-legacy/b', b.CreateRequest, (message) => ({
      ...oneof({ init: message.init, signed: message.signed }, showTokenB),
      ...showHeaders(message),
    })),
    response: codec('v1-legacy/b', b.CreateResponse, ({ unsigned, result }) => oneof({ unsigned, result }, showTokenB)),
  },
  C,
  Cx: C,
  'C/D': C,
  D0: {
    request: codec('v1/d0', d0.CreateRequest, (message) => requestC(message, message.ownerID?.value ?? NONE)),
    response: codec('v1/d0', d0.CreateResponse, flatAnswer),
  },
  'D2/D3': {
    request: codec('v1/d2', d2.CreateRequest, (message) => ({
      owner: hexOf(message.ownerId?.value ?? NONE),
      ...showLifetime(message.lifetime),
      ...showMeta(message.metaHeader),
      signatureCount: message.verifyHeader?.signatures.length ?? 0,
    })),
    response: codec('v1/d2', d2.CreateResponse, (message) => ({
      ...flatAnswer(message),
      ...(message.metaHeader === undefined ? {} : showMeta(message.metaHeader)),
    })),
  },
  E1: {
    request: codec('v1/e1', e1.CreateRequest, (message) => requestE(message, showLifetime(message.body?.lifetime))),
    response: codec('v1/e1', e1.CreateResponse, answerE),
  },
  E2: {
    request: codec('v1/e2', e2.CreateRequest, (message) => requestE(message, showExp(message.body?.lifetime))),
    response: codec('v1/e2', e2.CreateResponse, answerE),
  },
  F0: {
    request: codec('v2/f0', f0.CreateRequest, (message) => requestE(message, showExp(message.body?.lifetime))),
    response: codec('v2/f0', f0.CreateResponse, answerE),
  },
}

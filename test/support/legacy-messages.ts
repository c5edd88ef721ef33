import type { LegacyDialect } from '../../src/adapters/v1-legacy/policy.js'
import type { KeyPair } from '../../src/crypto/private-key.js'
import { SCHEME_ECDSA_SHA512, signWith } from '../../src/crypto/schemes.js'
import { systemRandom } from '../../src/crypto/system-random.js'
import type * as a from '../../src/generated/v1-legacy/a/token.js'
import { VerificationHeader } from '../../src/generated/v1-legacy/a/verification.js'
import * as a0 from '../../src/generated/v1-legacy/a0.js'
import * as hops2 from '../../src/generated/v1-legacy/a2/service.js'
import * as a2 from '../../src/generated/v1-legacy/a2.js'
import * as hops3 from '../../src/generated/v1-legacy/a3/service.js'
import * as a3 from '../../src/generated/v1-legacy/a3.js'
import * as hopsB from '../../src/generated/v1-legacy/b/service.js'
import * as b from '../../src/generated/v1-legacy/b.js'
import { RequestMetaHeader } from '../../src/generated/v1-legacy/meta.js'
import { Address } from '../../src/generated/v1-legacy/refs.js'
import { decode, encode, type MessageType, WireError, type WireMessage } from '../../src/wire/index.js'

/** Messages of the streaming dialects as their clients write and read them (neofs-v1 §2.1, §2.2, §4.3). */

type Bytes = Uint8Array
const NONE = new Uint8Array(0)
const KEEP = { unknown: 'keep' } as const

/** What a token of any dialect says. A0 to A3 have no verb and no address, B has no objects and one signature. */
export interface Draft {
  owner: Bytes
  firstEpoch: bigint
  lastEpoch: bigint
  objects: readonly Bytes[]
  publicKeys: readonly Bytes[]
  verb: number
  objectId: Bytes
  cid: Bytes
  id: Bytes
  sessionKey: Bytes
  keySignature: Bytes
  signature: Bytes
  /** Unknown fields of the token, with their tags. */
  unknown: Bytes
}

const EMPTY: Readonly<Draft> = {
  owner: new Uint8Array(25),
  firstEpoch: 0n,
  lastEpoch: 0n,
  objects: [],
  publicKeys: [],
  verb: 0,
  objectId: new Uint8Array(16),
  cid: new Uint8Array(32),
  id: new Uint8Array(16),
  sessionKey: NONE,
  keySignature: NONE,
  signature: NONE,
  unknown: NONE,
}

/** A signature of the request header; with `user`, made by a node on that user's behalf (A1, A2). */
export interface HeaderSigner {
  readonly key: KeyPair
  readonly user?: KeyPair
}

export type Step = 'init' | 'signed'

export function sign(key: KeyPair, data: Bytes): Bytes {
  return signWith(key.scalar, SCHEME_ECDSA_SHA512, data, systemRandom)
}

/** A CreateRequest whose header each signer signs in turn; TTL 2, as the clients send it. */
export function request(
  dialect: LegacyDialect,
  step: Step,
  token: Draft,
  signers: readonly HeaderSigner[] = [],
): Bytes {
  switch (dialect) {
    case 'A0':
      return encode(a0.CreateRequest, a0.CreateRequest.create({ [step]: tokenA0(token) }), KEEP)
    case 'A1':
    case 'A2': {
      const verify = hops2.RequestVerificationHeader.create()
      const message = a2.CreateRequest.create({ [step]: tokenA(token), verify })
      const pair = hops2.RequestVerificationHeaderSign
      for (const { key, user } of signers) {
        const hop = hops2.RequestVerificationHeaderSignature.create({
          sign: pair.create({ sign: sign(key, encode(a2.CreateRequest, message, KEEP)), peer: key.publicKey }),
          origin: user && pair.create({ sign: sign(user, key.publicKey), peer: user.publicKey }),
        })
        verify.signatures.push(hop)
      }
      message.meta = hops2.RequestMetaHeader.create({ ttl: 2 })
      return encode(a2.CreateRequest, message, KEEP)
    }
    case 'A3': {
      const verify = hops3.RequestVerificationHeader.create()
      return flat(a3.CreateRequest, a3.CreateRequest.create({ [step]: tokenA(token), verify }), signers, (hop) =>
        verify.signatures.push(hops3.RequestVerificationHeaderSignature.create(hop)),
      )
    }
    case 'B': {
      const verify = hopsB.RequestVerificationHeader.create()
      return flat(b.CreateRequest, b.CreateRequest.create({ [step]: tokenB(token), verify }), signers, (hop) =>
        verify.signatures.push(hopsB.RequestVerificationHeaderSignature.create(hop)),
      )
    }
  }
}

function flat<M extends WireMessage & { meta: RequestMetaHeader | undefined }>(
  type: MessageType<M>,
  message: M,
  signers: readonly HeaderSigner[],
  add: (hop: { sign: Bytes; peer: Bytes }) => void,
): Bytes {
  for (const { key } of signers) add({ sign: sign(key, encode(type, message, KEEP)), peer: key.publicKey })
  message.meta = RequestMetaHeader.create({ ttl: 2, raw: true })
  return encode(type, message, KEEP)
}

/** What a CreateResponse of the dialect holds. */
export function response(dialect: LegacyDialect, bytes: Bytes): { unsigned?: Draft; result?: Draft } {
  switch (dialect) {
    case 'A0':
      return drafts(read(a0.CreateResponse, bytes), draftOfA)
    case 'A1':
    case 'A2':
      return drafts(read(a2.CreateResponse, bytes), draftOfA)
    case 'A3':
      return drafts(read(a3.CreateResponse, bytes), draftOfA)
    case 'B':
      return drafts(read(b.CreateResponse, bytes), draftOfB)
  }
}

/** What a CreateRequest of the dialect holds. */
export function readRequest(dialect: LegacyDialect, bytes: Bytes): { init?: Draft; signed?: Draft } {
  const steps = (message: { init: Draft | undefined; signed: Draft | undefined }) => ({
    ...(message.init && { init: message.init }),
    ...(message.signed && { signed: message.signed }),
  })
  const ofA = ({ init, signed }: { init: TokenA | undefined; signed: TokenA | undefined }) =>
    steps({ init: init && draftOfA(init), signed: signed && draftOfA(signed) })
  switch (dialect) {
    case 'A0':
      return ofA(read(a0.CreateRequest, bytes))
    case 'A1':
    case 'A2':
      return ofA(read(a2.CreateRequest, bytes))
    case 'A3':
      return ofA(read(a3.CreateRequest, bytes))
    case 'B': {
      const { init, signed } = read(b.CreateRequest, bytes)
      return steps({ init: init && draftOfB(init), signed: signed && draftOfB(signed) })
    }
  }
}

function drafts<T>(
  { unsigned, result }: { unsigned: T | undefined; result: T | undefined },
  draftOf: (token: T) => Draft,
): { unsigned?: Draft; result?: Draft } {
  return { ...(unsigned && { unsigned: draftOf(unsigned) }), ...(result && { result: draftOf(result) }) }
}

function read<M extends WireMessage>(type: MessageType<M>, bytes: Bytes): M {
  const message = decode(type, bytes)
  if (message instanceof WireError) throw message
  return message
}

function tokenA0(token: Draft): a0.Token {
  return Object.assign(
    a0.Token.create({
      header: VerificationHeader.create({ publicKey: token.sessionKey, keySignature: token.keySignature }),
      ownerID: token.owner,
      firstEpoch: token.firstEpoch,
      lastEpoch: token.lastEpoch,
      objectID: [...token.objects],
      signature: token.signature,
      id: token.id,
    }),
    { $unknown: token.unknown },
  )
}

function tokenA(token: Draft): a.Token {
  return { ...tokenA0(token), publicKeys: [...token.publicKeys] }
}

function tokenB(token: Draft): hopsB.Token {
  const tokenInfo = hopsB.TokenInfo.create({
    id: token.id,
    ownerID: token.owner,
    verb: token.verb,
    address: Address.create({ objectID: token.objectId, cid: token.cid }),
    created: token.firstEpoch,
    validUntil: token.lastEpoch,
    sessionKey: token.sessionKey,
  })
  return Object.assign(hopsB.Token.create({ tokenInfo, signature: token.signature }), { $unknown: token.unknown })
}

type TokenA = a0.Token & { publicKeys?: Bytes[] }

function draftOfA(token: TokenA): Draft {
  return {
    ...EMPTY,
    owner: token.ownerID,
    firstEpoch: token.firstEpoch,
    lastEpoch: token.lastEpoch,
    objects: token.objectID,
    publicKeys: token.publicKeys ?? [],
    id: token.id,
    sessionKey: token.header?.publicKey ?? NONE,
    keySignature: token.header?.keySignature ?? NONE,
    signature: token.signature,
    unknown: token.$unknown,
  }
}

function draftOfB({ tokenInfo, signature, $unknown }: hopsB.Token): Draft {
  const info = tokenInfo ?? hopsB.TokenInfo.create()
  return {
    ...EMPTY,
    owner: info.ownerID,
    firstEpoch: info.created,
    lastEpoch: info.validUntil,
    verb: info.verb,
    objectId: info.address?.objectID ?? EMPTY.objectId,
    cid: info.address?.cid ?? EMPTY.cid,
    id: info.id,
    sessionKey: info.sessionKey,
    signature,
    unknown: $unknown,
  }
}

import { tokenData } from '../../src/adapters/v1/chained-signatures.js'
import type { Scheme } from '../../src/core/keys.js'
import { accountOf, ownerIdsOf } from '../../src/crypto/owner-id.js'
import { signWith } from '../../src/crypto/schemes.js'
import { TokenLifetime as EpochsC } from '../../src/generated/v1/c/lifetime.js'
import { Token, TokenInfo } from '../../src/generated/v1/c/verify.js'
import { Address } from '../../src/generated/v1-legacy/refs.js'
import { ContainerID, ObjectID, OwnerID, Signature } from '../../src/generated/v2/refs.js'
import {
  ObjectSessionContext,
  ObjectSessionContextTarget,
  SessionContextV2,
  SessionToken,
  SessionTokenBody,
  SessionTokenBodyTokenLifetime,
  SessionTokenV2,
  SessionTokenV2Body,
  Target,
  TokenLifetime,
} from '../../src/generated/v2/token.js'
import { encode } from '../../src/wire/index.js'
import { SeededRandom } from './seeded-random.js'
import { bytesOf, v2File } from './vectors.js'

/** Session tokens of every kind, made and signed here: right ones, changed where a test says so. */

export interface Person {
  readonly private: Uint8Array
  readonly public: Uint8Array
  /** Account of the key. */
  readonly owner: Uint8Array
}

const people = v2File().keys.map((key): Person => {
  const publicKey = bytesOf(key.public)
  return { private: bytesOf(key.private), public: publicKey, owner: accountOf(publicKey) }
})

function person(index: number): Person {
  const found = people[index]
  if (found === undefined) throw new Error(`the vectors have no key ${index}`)
  return found
}

export const ALICE = person(0)
export const BOB = person(1)
export const CAROL = person(2)
/** Whose key is that of the session. */
export const SESSION = person(3)

function ownerOf2020({ public: key }: Person): Uint8Array {
  const found = ownerIdsOf(key).find(({ derivation }) => derivation === 'neo2')
  if (found === undefined) throw new Error('a key has an owner id of 2020')
  return found.owner
}

const random = new SeededRandom(61)

export const ID = bytesOf('0188d5a49c1e4a718f3e0123456789ab')
export const CONTAINER = new Uint8Array(32).fill(0xc1)
export const OTHER_CONTAINER = new Uint8Array(32).fill(0xc2)
export const OBJECT = new Uint8Array(32).fill(0x0b)
export const OTHER_OBJECT = new Uint8Array(32).fill(0x0c)

export function containerId(value: Uint8Array): ContainerID {
  return ContainerID.create({ value })
}

function signature(signer: Person, body: Uint8Array, scheme: Scheme): Signature {
  return Signature.create({ key: signer.public, sign: signWith(signer.private, scheme, body, random), scheme })
}

export function objectContext(verb: number, container?: Uint8Array, objects: readonly Uint8Array[] = []) {
  const target = ObjectSessionContextTarget.create({
    container: container === undefined ? undefined : containerId(container),
    objects: objects.map((value) => ObjectID.create({ value })),
  })
  return ObjectSessionContext.create({ verb, target })
}

/** Of Alice, for PUT to one container, in epochs 10 to 20. */
export function sessionToken(changes: Partial<SessionTokenBody> = {}, signer: Person = ALICE, scheme: Scheme = 1) {
  const body = SessionTokenBody.create({
    id: ID,
    ownerId: OwnerID.create({ value: ALICE.owner }),
    lifetime: SessionTokenBodyTokenLifetime.create({ exp: 20n, nbf: 10n, iat: 10n }),
    sessionKey: SESSION.public,
    object: objectContext(1, CONTAINER),
    ...changes,
  })
  return encode(
    SessionToken,
    SessionToken.create({ body, signature: signature(signer, encode(SessionTokenBody, body), scheme) }),
  )
}

export function user(owner: Uint8Array): Target {
  return Target.create({ ownerId: OwnerID.create({ value: owner }) })
}

export function verbsIn(container: Uint8Array | undefined, ...verbs: number[]): SessionContextV2 {
  return SessionContextV2.create({ container: container === undefined ? undefined : containerId(container), verbs })
}

/** Of Alice to the session's key, for OBJECT_PUT and OBJECT_GET in one container, in seconds 1000 to 2000. */
export function tokenV2(
  changes: Partial<SessionTokenV2Body> = {},
  { signer = ALICE, origin }: { signer?: Person; origin?: SessionTokenV2 } = {},
): SessionTokenV2 {
  const body = SessionTokenV2Body.create({
    issuer: OwnerID.create({ value: signer.owner }),
    subjects: [user(SESSION.owner)],
    lifetime: TokenLifetime.create({ exp: 2000n, nbf: 1000n, iat: 1000n }),
    contexts: [verbsIn(CONTAINER, 1, 2)],
    ...changes,
  })
  return SessionTokenV2.create({ body, signature: signature(signer, encode(SessionTokenV2Body, body), 1), origin })
}

export function bytesOfV2(token: SessionTokenV2): Uint8Array {
  return encode(SessionTokenV2, token)
}

/** Each delegates to the next; the last to the session's key. */
export function chainOf(length: number): SessionTokenV2 {
  let token: SessionTokenV2 | undefined
  for (let level = 0; level < length; level++) {
    const [signer, next] = level % 2 === 0 ? [ALICE, BOB] : [BOB, ALICE]
    const subjects = [user(level === length - 1 ? SESSION.owner : next.owner)]
    token = tokenV2({ subjects }, { signer, ...(token === undefined ? {} : { origin: token }) })
  }
  if (token === undefined) throw new Error('a chain has at least one token')
  return token
}

/** Alice's in 2020. */
export const ALICE_NEO2 = ownerOf2020(ALICE)
export const UUID_OBJECT = bytesOf('00112233445546778899aabbccddeeff')

/** Of Alice, for Put of one object, in epochs 10 to 20. */
export function serviceToken(changes: Partial<TokenInfo> = {}, signer: Person = ALICE): Uint8Array {
  const tokenInfo = TokenInfo.create({
    id: ID,
    ownerID: ALICE.owner,
    verb: 0,
    address: Address.create({ cid: CONTAINER, objectID: UUID_OBJECT }),
    lifetime: EpochsC.create({ created: 10n, validUntil: 20n }),
    sessionKey: SESSION.public,
    ownerKey: ALICE.public,
    ...changes,
  })
  const token = Token.create({ tokenInfo })
  const [data = new Uint8Array(0)] = tokenData(token)
  return encode(Token, Token.create({ tokenInfo, signature: signWith(signer.private, 0, data, random) }))
}

import { bigEndian64 } from '../../core/bytes.js'
import { VerificationHeader } from '../../generated/v1-legacy/a/verification.js'
import type { WireMessage } from '../../wire/index.js'
import type { Identity } from '../identity.js'
import type { ProbeSetup } from '../setup.js'
import type { TokenView } from './handshake.js'

/** session.Token: A0 has it without PublicKeys (neofs-v1 §2.1). */
export interface TokenA extends WireMessage {
  header: VerificationHeader | undefined
  ownerID: Uint8Array
  firstEpoch: bigint
  lastEpoch: bigint
  objectID: Uint8Array[]
  signature: Uint8Array
  id: Uint8Array
  publicKeys?: Uint8Array[]
}

const NOTHING = new Uint8Array(0)

/** The object that the token is for, a UUID of version 4: cli names exactly one. */
export const OBJECT = new Uint8Array(Buffer.from('00112233445546778899aabbccddeeff', 'hex'))

/** What the client of step 1 fills in. */
export function initFields({ identity, lifetime }: ProbeSetup) {
  return {
    header: VerificationHeader.create(),
    ownerID: identity.owner('neo2'),
    firstEpoch: lifetime.notBefore,
    lastEpoch: lifetime.expiration,
    objectID: [OBJECT],
    id: new Uint8Array(16),
  }
}

export function viewA(token: TokenA): TokenView {
  const { header, ownerID, firstEpoch, lastEpoch, objectID, signature, id, publicKeys = [], $unknown } = token
  return {
    terms: [
      { name: 'first epoch', value: firstEpoch },
      { name: 'last epoch', value: lastEpoch },
      { name: 'owner', value: ownerID },
      { name: 'object ids', value: objectID },
      { name: 'public keys', value: publicKeys },
    ],
    id,
    sessionKey: header?.publicKey ?? NOTHING,
    signatures: [
      { name: 'KeySignature', bytes: header?.keySignature ?? NOTHING },
      { name: 'Signature', bytes: signature },
    ],
    unknown: $unknown,
    missing: header === undefined ? 'received nil public key: the token has no Header' : undefined,
  }
}

/** §3.1.1: one over the session key, one over epochs and objects. */
export function signTokenA<T extends TokenA>(token: T, identity: Identity): T {
  const publicKey = token.header?.publicKey ?? NOTHING
  return {
    ...token,
    header: VerificationHeader.create({ publicKey, keySignature: identity.sign(publicKey) }),
    signature: identity.sign(tokenData(token)),
  }
}

function tokenData({ firstEpoch, lastEpoch, objectID }: TokenA): Uint8Array {
  return Buffer.concat([bigEndian64(firstEpoch, lastEpoch), ...objectID])
}

import type { LegacyDialect } from '../../src/adapters/v1-legacy/policy.js'
import { multiSigOwnerId, ownerIdsOf } from '../../src/crypto/owner-id.js'
import { generateKeyPair, type KeyPair } from '../../src/crypto/private-key.js'
import { type Draft, type HeaderSigner, request, response, sign } from './legacy-messages.js'

type Bytes = Uint8Array

/** How a Signed differs from what it should be. */
export interface Mutation {
  /** Changes the token before the owner signs it. */
  readonly before?: Partial<Draft>
  /** Changes the token after that. The header is signed over the result. */
  readonly after?: Partial<Draft>
  /** Signs the token instead of the owner. */
  readonly key?: KeyPair
  /** Sign the header instead of the owner. */
  readonly signers?: readonly HeaderSigner[]
}

/** A client of a streaming dialect that does what the genuine ones did (neofs-v1 §3.1, §3.2), and otherwise what it is told. */
export class LegacyClient {
  readonly dialect: LegacyDialect
  readonly key: KeyPair
  /** As in Init. */
  readonly wish: Draft

  constructor(dialect: LegacyDialect, wish: Partial<Draft> = {}, key: KeyPair = generateKeyPair()) {
    this.dialect = dialect
    this.key = key
    this.wish = {
      owner: ownerOf(key),
      firstEpoch: 0n,
      lastEpoch: 2n ** 64n - 1n,
      objects: dialect === 'B' ? [] : [new Uint8Array(16).fill(0x22)],
      publicKeys: dialect === 'A2' || dialect === 'A3' ? [key.publicKey] : [],
      verb: 0,
      objectId: new Uint8Array(16).fill(dialect === 'B' ? 0x33 : 0),
      cid: new Uint8Array(32).fill(dialect === 'B' ? 0x44 : 0),
      id: new Uint8Array(16),
      sessionKey: new Uint8Array(0),
      keySignature: new Uint8Array(0),
      signature: new Uint8Array(0),
      unknown: new Uint8Array(0),
      ...wish,
    }
  }

  init(signers: readonly HeaderSigner[] = [{ key: this.key }]): Bytes {
    return request(this.dialect, 'init', this.wish, signers)
  }

  /** The Unsigned in the server's answer, or an error. */
  unsigned(answer: Bytes | undefined): Draft {
    const { unsigned } = response(this.dialect, answer ?? new Uint8Array(0))
    if (unsigned === undefined) throw new Error('the answer is no Unsigned')
    return unsigned
  }

  /** Signed, as the answer to an Unsigned. */
  signed(answer: Bytes | undefined, mutation: Mutation = {}): Bytes {
    const token = { ...this.unsigned(answer), ...mutation.before }
    const signed = { ...token, ...tokenSignatures(this.dialect, token, mutation.key ?? this.key), ...mutation.after }
    return request(this.dialect, 'signed', signed, mutation.signers ?? [{ key: this.key }])
  }
}

/** The owner id of one key, or the 1-of-n of several, as all these clients derived it. */
export function ownerOf(...keys: readonly KeyPair[]): Bytes {
  const publicKeys = keys.map(({ publicKey }) => publicKey)
  if (publicKeys.length > 1) return multiSigOwnerId(publicKeys)
  const derived = publicKeys.flatMap(ownerIdsOf).find(({ derivation }) => derivation === 'neo2')
  if (derived === undefined) throw new Error('an owner has a key')
  return derived.owner
}

/** What B's one signature covers: from 5 May 2020 on, and in the week before (neofs-v1 §3.2). */
export function layoutsOfB(token: Draft): readonly [Bytes, Bytes] {
  const { id, owner, cid, objectId, sessionKey } = token
  const verb = Buffer.alloc(4)
  verb.writeInt32BE(token.verb)
  const epochs = epochBytes(token)
  return [
    Buffer.concat([id, owner, verb, cid, objectId, epochs, sessionKey]),
    Buffer.concat([verb, epochs, id, owner, cid, objectId, sessionKey]),
  ]
}

function tokenSignatures(dialect: LegacyDialect, token: Draft, key: KeyPair): Partial<Draft> {
  if (dialect === 'B') return { signature: sign(key, layoutsOfB(token)[0]) }
  const data = Buffer.concat([epochBytes(token), ...token.objects])
  return { keySignature: sign(key, token.sessionKey), signature: sign(key, data) }
}

function epochBytes({ firstEpoch, lastEpoch }: Draft): Bytes {
  const bytes = Buffer.alloc(16)
  bytes.writeBigUInt64BE(firstEpoch, 0)
  bytes.writeBigUInt64BE(lastEpoch, 8)
  return bytes
}

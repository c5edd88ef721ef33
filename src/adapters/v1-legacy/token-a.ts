import { bigEndian64 } from '../../core/bytes.js'
import type { Scope } from '../../core/session.js'
import { VerificationHeader } from '../../generated/v1-legacy/a/verification.js'
import { encode, type MessageType, type WireMessage } from '../../wire/index.js'
import { type OwnerSignature, type Term, type Token, uuidText } from './token.js'

/** session.Token: A0 has it without PublicKeys (neofs-v1 §2.1). */
export interface TokenAFields extends WireMessage {
  header: VerificationHeader | undefined
  ownerID: Uint8Array
  firstEpoch: bigint
  lastEpoch: bigint
  objectID: Uint8Array[]
  signature: Uint8Array
  id: Uint8Array
  publicKeys?: Uint8Array[]
}

export interface TokenAResponse<F extends TokenAFields> extends WireMessage {
  unsigned: F | undefined
  result: F | undefined
}

/** Object ids that are kept with the session, for people; genuine clients send one. */
const OBJECTS_SHOWN = 64

const NOTHING = new Uint8Array(0)

export class TokenA<F extends TokenAFields> implements Token {
  readonly #fields: F
  readonly #response: MessageType<TokenAResponse<F>>

  constructor(fields: F, response: MessageType<TokenAResponse<F>>) {
    this.#fields = fields
    this.#response = response
  }

  get owner(): Uint8Array {
    return this.#fields.ownerID
  }

  get firstEpoch(): bigint {
    return this.#fields.firstEpoch
  }

  get lastEpoch(): bigint {
    return this.#fields.lastEpoch
  }

  get issuedAt(): bigint {
    return 0n
  }

  get publicKeys(): readonly Uint8Array[] {
    return this.#fields.publicKeys ?? []
  }

  get objectCount(): number {
    return this.#fields.objectID.length
  }

  get scope(): Scope {
    const { objectID } = this.#fields
    const objects = objectID.slice(0, OBJECTS_SHOWN).map(uuidText)
    return objectID.length === objects.length ? { objects } : { objects, objectCount: String(objectID.length) }
  }

  get id(): Uint8Array {
    return this.#fields.id
  }

  get sessionKey(): Uint8Array {
    return this.#fields.header?.publicKey ?? NOTHING
  }

  get terms(): readonly Term[] {
    const { firstEpoch, lastEpoch, ownerID, objectID } = this.#fields
    return [
      { fault: 'wrong first epoch', value: firstEpoch },
      { fault: 'wrong last epoch', value: lastEpoch },
      { fault: 'wrong owner', value: ownerID },
      { fault: 'wrong objects count', value: BigInt(objectID.length) },
      { fault: 'wrong objects', value: objectID },
      { fault: 'wrong public keys', value: this.publicKeys },
    ]
  }

  /** §3.1.1. Neither of the two covers id or owner, so both are compared instead. */
  get ownerSignatures(): readonly OwnerSignature[] {
    const { header, signature, firstEpoch, lastEpoch, objectID } = this.#fields
    return [
      { signature: header?.keySignature ?? NOTHING, layouts: [this.sessionKey] },
      { signature, layouts: [Buffer.concat([bigEndian64(firstEpoch, lastEpoch), ...objectID])] },
    ]
  }

  issue(id: Uint8Array, publicKey: Uint8Array): TokenA<F> {
    return this.#with({ id, signature: NOTHING, header: { publicKey, keySignature: NOTHING } })
  }

  encodeUnsigned(): Uint8Array {
    return encode(this.#response, this.#response.create({ unsigned: this.#fields }), { unknown: 'keep' })
  }

  encodeResult(signed: Token): Uint8Array {
    const [key, token] = signed.ownerSignatures
    const result = this.#with({
      signature: token?.signature ?? NOTHING,
      header: { keySignature: key?.signature ?? NOTHING },
    })
    return encode(this.#response, this.#response.create({ result: result.#fields }), { unknown: 'keep' })
  }

  #with(changes: Partial<Pick<F, 'id' | 'signature'>> & { header: Partial<VerificationHeader> }): TokenA<F> {
    const header = { ...(this.#fields.header ?? VerificationHeader.create()), ...changes.header }
    return new TokenA({ ...this.#fields, ...changes, header }, this.#response)
  }
}

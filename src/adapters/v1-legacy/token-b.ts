import { bigEndian64 } from '../../core/bytes.js'
import type { Scope } from '../../core/session.js'
import { base58 } from '../../crypto/base58.js'
import { type Token as TokenFields, TokenInfo, TokenInfoVerbNames } from '../../generated/v1-legacy/b/service.js'
import type { CreateResponse } from '../../generated/v1-legacy/b.js'
import { Address } from '../../generated/v1-legacy/refs.js'
import { encode, type MessageType } from '../../wire/index.js'
import { type OwnerSignature, type Term, type Token, uuidText } from './token.js'

const NOTHING = new Uint8Array(0)

/** service.Token as dialect B has it (neofs-v1 §2.2). */
export class TokenB implements Token {
  readonly #fields: TokenFields
  readonly #info: TokenInfo
  readonly #address: Address
  readonly #response: MessageType<CreateResponse>

  constructor(fields: TokenFields, response: MessageType<CreateResponse>) {
    this.#fields = fields
    // Both are always there for the genuine code; absent ones read as if every field had its default.
    this.#info = fields.tokenInfo ?? TokenInfo.create()
    this.#address = this.#info.address ?? Address.create()
    this.#response = response
  }

  get owner(): Uint8Array {
    return this.#info.ownerID
  }

  get firstEpoch(): bigint {
    return this.#info.created
  }

  get lastEpoch(): bigint {
    return this.#info.validUntil
  }

  get issuedAt(): bigint {
    return this.#info.created
  }

  get publicKeys(): readonly Uint8Array[] {
    return []
  }

  get objectCount(): number {
    return 1
  }

  get scope(): Scope {
    const { verb } = this.#info
    const { cid, objectID } = this.#address
    return { verb: TokenInfoVerbNames.get(verb) ?? String(verb), address: `${base58(cid)}/${uuidText(objectID)}` }
  }

  get id(): Uint8Array {
    return this.#info.id
  }

  get sessionKey(): Uint8Array {
    return this.#info.sessionKey
  }

  get terms(): readonly Term[] {
    const { created, validUntil, ownerID, verb } = this.#info
    return [
      { fault: 'wrong first epoch', value: created },
      { fault: 'wrong last epoch', value: validUntil },
      { fault: 'wrong owner', value: ownerID },
      { fault: 'wrong verb', value: BigInt(verb) },
      { fault: 'wrong address', value: [this.#address.objectID, this.#address.cid] },
    ]
  }

  /** One signature in one of two layouts (§3.2), the later and more common one first. */
  get ownerSignatures(): readonly OwnerSignature[] {
    const { id, ownerID, created, validUntil, sessionKey } = this.#info
    const { objectID, cid } = this.#address
    const verb = new Uint8Array(4)
    new DataView(verb.buffer).setInt32(0, this.#info.verb)
    const epochs = bigEndian64(created, validUntil)
    return [
      {
        signature: this.#fields.signature,
        layouts: [
          Buffer.concat([id, ownerID, verb, cid, objectID, epochs, sessionKey]),
          Buffer.concat([verb, epochs, id, ownerID, cid, objectID, sessionKey]),
        ],
      },
    ]
  }

  issue(id: Uint8Array, sessionKey: Uint8Array): TokenB {
    const tokenInfo = { ...this.#info, id, sessionKey }
    return new TokenB({ ...this.#fields, tokenInfo, signature: NOTHING }, this.#response)
  }

  encodeUnsigned(): Uint8Array {
    return encode(this.#response, this.#response.create({ unsigned: this.#fields }), { unknown: 'keep' })
  }

  encodeResult(signed: Token): Uint8Array {
    const signature = signed.ownerSignatures[0]?.signature ?? NOTHING
    const result = { ...this.#fields, signature }
    return encode(this.#response, this.#response.create({ result }), { unknown: 'keep' })
  }
}

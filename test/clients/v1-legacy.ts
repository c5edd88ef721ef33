import type { GrpcClient } from '../support/grpc-client.js'
import { bigEndian64, type ClientKey, ownerOf, signature } from './keys.js'
import { check, hex, type Opened, type Outcome, openedWith, PATIENCE_MS, refused, same } from './outcome.js'
import { bytes, bytesList, type Fields, message, sub, uint32, uint64 } from './protos.js'

/**
 * The streaming clients of November 2019 to May 2020, as cli v0.1.17 to v0.7.1 and the library of B did it (neofs-v1 §3.1,
 * §3.2): Init, Unsigned, Signed, Result, and never a half-close.
 */

const PATH = '/session.Session/Create'

export const LEGACY_DIALECTS = ['A0', 'A1', 'A2', 'A3', 'B'] as const
export type LegacyDialect = (typeof LEGACY_DIALECTS)[number]

const FILES: Readonly<Record<LegacyDialect, string>> = {
  A0: 'v1-legacy/a0.proto',
  A1: 'v1-legacy/a2.proto',
  A2: 'v1-legacy/a2.proto',
  A3: 'v1-legacy/a3.proto',
  B: 'v1-legacy/b.proto',
}

export interface LegacyWish {
  readonly dialect: LegacyDialect
  readonly key: ClientKey
  /** The key's Neo 2 owner id if not given. */
  readonly owner?: Uint8Array
  /** 0 and 2^64-1 if not given, as cli sends them. */
  readonly firstEpoch?: bigint
  readonly lastEpoch?: bigint
  /** 16 bytes each. One if not given, as cli; B names one object in its address. */
  readonly objects?: readonly Uint8Array[]
  /** A2 and A3: the key's own if not given. */
  readonly publicKeys?: readonly Uint8Array[]
  /** B: 0 to 6. */
  readonly verb?: number
  /** B: the order of the signed fields in the first week, or since. */
  readonly layout?: 'early' | 'late'
  /** Whose signatures the header gets, one after the other; the client's own if not given, none for A0. */
  readonly signers?: readonly ClientKey[]
  /** A1, A2: the first signer is a node with a session key, which signed for this user. */
  readonly origin?: ClientKey
  readonly tampering?: Tampering
}

/** What a client that is not genuine does to its tokens: before the owner signs it, and after. */
export interface Tampering {
  readonly init?: (token: Fields) => Fields
  readonly signedBefore?: (token: Fields) => Fields
  readonly signedAfter?: (token: Fields) => Fields
  /** Signs the token instead of the owner. */
  readonly tokenKey?: ClientKey
  /** Done to the whole request, when its header has been signed. */
  readonly request?: (request: Fields) => Fields
}

export class LegacyClient {
  readonly wish: LegacyWish
  readonly owner: Uint8Array
  readonly #request
  readonly #response

  constructor(wish: LegacyWish) {
    this.wish = wish
    this.owner = wish.owner ?? ownerOf(wish.key, 'neo2')
    this.#request = message(FILES[wish.dialect], 'session.CreateRequest')
    this.#response = message(FILES[wish.dialect], 'session.CreateResponse')
  }

  /** All four steps. A refusal at any of them is an outcome; an answer that the client cannot take is thrown. */
  async open(grpc: GrpcClient): Promise<Outcome> {
    const call = grpc.stream(PATH, { timeout_ms: PATIENCE_MS })
    call.send(this.init())
    const first = await call.next()
    if (first === undefined) return refusal(await call.status)
    const unsigned = this.unsigned(first)
    const signed = this.signedToken(unsigned)
    call.send(this.signed(signed))
    const second = await call.next()
    if (second === undefined) return refusal(await call.status)
    const opened = this.result(second, signed)
    // The client sends nothing more and waits: the server ends the call by itself.
    const { code, message } = await call.status
    check(code === 0, `the call ended with ${code} after Result: ${message}`)
    check((await call.rest()).length === 0, 'messages came after Result')
    return opened
  }

  init(): Uint8Array {
    const token = this.#initToken()
    return this.#signedRequest('Init', this.wish.tampering?.init?.(token) ?? token)
  }

  /** Step 2 as the Go client takes it, and what the others and later users of the token need. */
  unsigned(answer: Uint8Array): Fields {
    const token = sub(this.#response.decode(answer), 'Unsigned')
    check(token !== undefined, 'expected unsigned token')
    this.#checkEcho(token)
    check(this.#parts(token).signature.length === 0, 'Unsigned is signed')
    openedWith(this.#parts(token).id, this.#parts(token).sessionKey)
    return token
  }

  /** Step 3: the token with the owner's signatures. */
  signedToken(unsigned: Fields): Fields {
    const { tampering = {}, key } = this.wish
    const token = tampering.signedBefore?.(unsigned) ?? unsigned
    const signed = this.#signToken(token, tampering.tokenKey ?? key)
    return tampering.signedAfter?.(signed) ?? signed
  }

  signed(token: Fields): Uint8Array {
    return this.#signedRequest('Signed', token)
  }

  /** Step 4: Result is what was sent as Signed, byte for byte. */
  result(answer: Uint8Array, signed: Fields): Opened {
    const result = sub(this.#response.decode(answer), 'Result')
    check(result !== undefined, 'expected result token')
    const encoded = (token: Fields) => this.#response.encode({ Result: token })
    check(same(answer, encoded(signed)), `Result ${hex(answer)} is not Signed ${hex(encoded(signed))}`)
    const { id, sessionKey } = this.#parts(result)
    return openedWith(id, sessionKey)
  }

  #initToken(): Fields {
    const { dialect, firstEpoch = 0n, lastEpoch = 2n ** 64n - 1n, objects = [OBJECT], verb = 0, key } = this.wish
    if (dialect === 'B') {
      return {
        TokenInfo: {
          ID: new Uint8Array(16),
          OwnerID: this.owner,
          verb,
          Address: { ObjectID: objects[0] ?? new Uint8Array(16), CID: new Uint8Array(32).fill(0xc1) },
          Created: firstEpoch,
          ValidUntil: lastEpoch,
        },
      }
    }
    const { publicKeys = dialect === 'A2' || dialect === 'A3' ? [key.publicKey] : [] } = this.wish
    return {
      Header: {},
      OwnerID: this.owner,
      FirstEpoch: firstEpoch,
      LastEpoch: lastEpoch,
      ObjectID: objects,
      ID: new Uint8Array(16),
      ...(publicKeys.length === 0 ? {} : { PublicKeys: publicKeys }),
    }
  }

  #checkEcho(token: Fields): void {
    const wished = this.#initToken()
    if (this.wish.dialect === 'B') {
      const [now, then] = [sub(token, 'TokenInfo'), sub(wished, 'TokenInfo')]
      check(uint64(now, 'Created') === uint64(then, 'Created'), 'received token differ: Created')
      check(uint64(now, 'ValidUntil') === uint64(then, 'ValidUntil'), 'received token differ: ValidUntil')
      check(same(bytes(now, 'OwnerID'), bytes(then, 'OwnerID')), 'received token differ: OwnerID')
      check(uint32(now, 'verb') === uint32(then, 'verb'), 'received token differ: verb')
      for (const name of ['ObjectID', 'CID']) {
        const address = (info: Fields | undefined) => bytes(sub(info, 'Address'), name)
        check(same(address(now), address(then)), `received token differ: ${name}`)
      }
      return
    }
    check(uint64(token, 'FirstEpoch') === uint64(wished, 'FirstEpoch'), 'received token differ: FirstEpoch')
    check(uint64(token, 'LastEpoch') === uint64(wished, 'LastEpoch'), 'received token differ: LastEpoch')
    check(same(bytes(token, 'OwnerID'), bytes(wished, 'OwnerID')), 'received token differ: OwnerID')
    check(sameList(bytesList(token, 'ObjectID'), bytesList(wished, 'ObjectID')), 'received token differ: ObjectID')
    check(sub(token, 'Header') !== undefined, 'received nil public key')
    // The C# client wants its keys back; a client that has no such field must not be given one.
    check(sameList(bytesList(token, 'PublicKeys'), bytesList(wished, 'PublicKeys')), 'PublicKeys are not echoed')
  }

  #parts(token: Fields): { id: Uint8Array; sessionKey: Uint8Array; signature: Uint8Array } {
    const info = this.wish.dialect === 'B' ? sub(token, 'TokenInfo') : undefined
    return {
      id: bytes(info ?? token, 'ID'),
      sessionKey: info === undefined ? bytes(sub(token, 'Header'), 'PublicKey') : bytes(info, 'SessionKey'),
      signature: Buffer.concat([bytes(token, 'Signature'), bytes(sub(token, 'Header'), 'KeySignature')]),
    }
  }

  #signToken(token: Fields, key: ClientKey): Fields {
    if (this.wish.dialect === 'B') return { ...token, Signature: signature(key, this.#signedDataOfB(token)) }
    const PublicKey = bytes(sub(token, 'Header'), 'PublicKey')
    const epochs = bigEndian64(uint64(token, 'FirstEpoch'), uint64(token, 'LastEpoch'))
    return {
      ...token,
      Header: { PublicKey, KeySignature: signature(key, PublicKey) },
      Signature: signature(key, Buffer.concat([epochs, ...bytesList(token, 'ObjectID')])),
    }
  }

  /** 142 bytes in one of two orders (§3.2). */
  #signedDataOfB(token: Fields): Uint8Array {
    const info = sub(token, 'TokenInfo')
    const address = sub(info, 'Address')
    const verb = Uint8Array.of(0, 0, 0, uint32(info, 'verb'))
    const epochs = bigEndian64(uint64(info, 'Created'), uint64(info, 'ValidUntil'))
    const ids = [bytes(info, 'ID'), bytes(info, 'OwnerID')]
    const place = [bytes(address, 'CID'), bytes(address, 'ObjectID')]
    const key = bytes(info, 'SessionKey')
    return this.wish.layout === 'early'
      ? Buffer.concat([verb, epochs, ...ids, ...place, key])
      : Buffer.concat([...ids, verb, ...place, epochs, key])
  }

  /**
   * The request with its header: signature i covers the request with an empty Meta and the signatures before it (§4.3), both
   * headers written even when empty.
   */
  #signedRequest(step: 'Init' | 'Signed', token: Fields): Uint8Array {
    const { dialect, key, signers = [key], origin, tampering } = this.wish
    let request: Fields = { [step]: token }
    if (dialect !== 'A0') {
      const Signatures: Fields[] = []
      for (const [index, signer] of signers.entries()) {
        const data = this.#request.encode({ [step]: token, Meta: {}, Verify: { Signatures } })
        const own = { Sign: signature(signer, data), Peer: signer.publicKey }
        const user = index === 0 ? origin : undefined
        Signatures.push(dialect === 'A3' || dialect === 'B' ? own : { Sign: own, ...originOf(user, signer) })
      }
      request = { [step]: token, Meta: { TTL: 2 }, Verify: { Signatures } }
    }
    return this.#request.encode(tampering?.request?.(request) ?? request)
  }
}

const OBJECT = new Uint8Array(Buffer.from('00112233445546778899aabbccddeeff', 'hex'))

function originOf(user: ClientKey | undefined, signer: ClientKey): Fields {
  if (user === undefined) return {}
  return { Origin: { Sign: signature(user, signer.publicKey), Peer: user.publicKey } }
}

function refusal({ code, message }: { code: number; message: string }): Outcome {
  check(code !== 0, 'the call ended well before it was answered')
  return refused(code, message)
}

function sameList(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((item, index) => same(item, b[index] ?? new Uint8Array(0)))
}

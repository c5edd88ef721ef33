import type { GrpcClient } from '../support/grpc-client.js'
import { bigEndian64, type ClientKey, ownerOf, signature, verifies } from './keys.js'
import { check, type Opened, type Outcome, openedWith, PATIENCE_MS, refused } from './outcome.js'
import { bytes, type Fields, message, sub, uint32 } from './protos.js'

/**
 * The unary clients of May to August 2020 (neofs-v1 §2.3–2.5, §3.3, §4.4, §4.6): C as api-go v0.7.4 to v1.3.0 sent it, D and
 * E as their protos have it, E with the three signatures of its only relative.
 */

export const UNARY_VARIANTS = [
  'C v0.7.4',
  'C v1.0.0',
  'C v1.1.0',
  'C v1.2.0',
  'C v1.3.0',
  'Cx',
  'D0',
  'D2',
  'D3',
  'D-PR39',
  'E1',
  'E2',
  'P2',
  'P3',
] as const
export type UnaryVariant = (typeof UNARY_VARIANTS)[number]

export interface UnaryWish {
  readonly variant: UnaryVariant
  readonly key: ClientKey
  /** The owner id that a client of that time makes of its key if not given. */
  readonly owner?: Uint8Array
  /** 0 and 2^64-1 if not given, as cli and s3 send them. E has a third number. */
  readonly created?: bigint
  readonly validUntil?: bigint
  readonly issuedAt?: bigint
  /** The client first, then the nodes on the way; nobody signs if empty. The client alone if not given. */
  readonly signers?: readonly ClientKey[]
  /** C v1.1.0 and later, Cx: extended headers, which are signed. D and E: x-headers. */
  readonly headers?: readonly (readonly [string, string])[]
  /** C: a service.Token in the verification header, whose data is signed along; of v0.7.5 with the owner's key. */
  readonly token?: 'plain' | 'with owner key'
  /** C v1.1.0 and later: a bearer token, signed along. */
  readonly bearer?: boolean
  /** Done to the request when it has been signed, by whoever is not genuine. */
  readonly tampering?: (request: Fields) => Fields
}

interface Shape {
  readonly path: string
  readonly file: string
  /** How a client of that time made an owner id. */
  readonly era: 'neo2' | 'preview2'
  readonly family: 'C' | 'D' | 'E'
}

const P1 = '/session.Session/Create'
const C: Shape = { path: P1, file: 'v1/c.proto', era: 'neo2', family: 'C' }
const D2: Shape = { path: P1, file: 'v1/d2.proto', era: 'preview2', family: 'D' }
const E2: Shape = { path: P1, file: 'v1/e2.proto', era: 'preview2', family: 'E' }

const SHAPES: Readonly<Record<UnaryVariant, Shape>> = {
  'C v0.7.4': C,
  'C v1.0.0': C,
  'C v1.1.0': C,
  'C v1.2.0': C,
  'C v1.3.0': { ...C, era: 'preview2' },
  Cx: C,
  D0: { ...D2, file: 'v1/d0.proto' },
  D2,
  D3: D2,
  'D-PR39': D2,
  E1: { ...E2, file: 'v1/e1.proto' },
  E2,
  P2: { ...E2, path: '/session.v2.Session/Create' },
  P3: { ...E2, path: '/neo.fs.v2.session.Session/Create' },
}

/** From v1.2.0 on a signature also covers the keys of those before it (§4.4). */
const CHAINS_KEYS: readonly UnaryVariant[] = ['C v1.2.0', 'C v1.3.0', 'D0', 'D2', 'D3', 'D-PR39']
/** Variants whose meta header always has an extended header in it. */
const HAS_EXTENDED: readonly UnaryVariant[] = ['C v1.1.0', 'C v1.2.0', 'C v1.3.0', 'D0']

export class UnaryClient {
  readonly wish: UnaryWish
  readonly owner: Uint8Array
  readonly path: string
  readonly #shape: Shape

  constructor(wish: UnaryWish) {
    this.wish = wish
    this.#shape = SHAPES[wish.variant]
    this.path = this.#shape.path
    this.owner = wish.owner ?? ownerOf(wish.key, this.#shape.era)
  }

  async open(grpc: GrpcClient): Promise<Outcome> {
    const { code, message, response } = await grpc.unary(this.path, this.request(), { timeout_ms: PATIENCE_MS })
    return response === undefined ? refused(code, message) : this.response(response)
  }

  request(): Uint8Array {
    const request = this.#shape.family === 'E' ? this.#requestE() : this.#flatRequest()
    return message(this.#shape.file, 'session.CreateRequest').encode(this.wish.tampering?.(request) ?? request)
  }

  response(answer: Uint8Array): Opened {
    const fields = message(this.#shape.file, 'session.CreateResponse').decode(answer)
    switch (this.#shape.family) {
      case 'C':
        return openedWith(bytes(fields, 'ID'), bytes(fields, 'SessionKey'))
      case 'D': {
        const [id, key] = this.wish.variant === 'D0' ? ['ID', 'SessionKey'] : ['id', 'session_key']
        const meta = sub(fields, 'meta_header')
        const pr39 = this.wish.variant === 'D-PR39'
        check((meta !== undefined) === pr39, `the reply of ${this.wish.variant} has ${meta ? 'a' : 'no'} meta header`)
        if (pr39) check(uint32(sub(meta, 'version'), 'major') === 2, 'the meta header has no version')
        return openedWith(bytes(fields, id ?? ''), bytes(fields, key ?? ''))
      }
      case 'E':
        return this.#responseE(fields)
    }
  }

  #lifetime(): { created: bigint; validUntil: bigint } {
    const { created = 0n, validUntil = 2n ** 64n - 1n } = this.wish
    return { created, validUntil }
  }

  // ---- C, D: a list of signatures over a fixed payload --------------------------------------------------------------

  #flatRequest(): Fields {
    const { variant, headers = [] } = this.wish
    const { created, validUntil } = this.#lifetime()
    const pairs = headers.map(([K, V]) => ({ K, V }))
    const extended = HAS_EXTENDED.includes(variant) ? { ExtendedHeader: { Headers: pairs } } : {}
    const signed = this.#signatures()
    switch (variant) {
      case 'C v0.7.4':
      case 'C v1.0.0':
      case 'C v1.1.0':
      case 'C v1.2.0':
      case 'C v1.3.0':
      case 'Cx':
        return {
          OwnerID: this.owner,
          Lifetime: { Created: created, ValidUntil: validUntil },
          ...(variant === 'Cx' ? { Extended: { Headers: pairs } } : {}),
          Meta: extended,
          Verify: {
            Signatures: signed.map(({ sign, key }) => ({ Sign: sign, Peer: key })),
            ...this.#tokens(),
          },
        }
      case 'D0':
        return {
          OwnerID: { value: this.owner },
          Lifetime: { Created: created, ValidUntil: validUntil },
          Meta: { TTL: 2, ...extended },
          Verify: { Signatures: signed.map(({ sign, key }) => ({ Sign: sign, Peer: key })) },
        }
      default: {
        const pr39 = variant === 'D-PR39' ? { version: { major: 2 }, epoch: 9n } : {}
        const x_headers = headers.map(([key, value]) => ({ key, value }))
        return {
          owner_id: { value: this.owner },
          lifetime: { created, valid_until: validUntil },
          meta_header: { ttl: 2, x_headers, ...pr39 },
          verify_header: { signatures: signed.map(({ sign, key }) => ({ key, sign })) },
        }
      }
    }
  }

  #signatures(): { sign: Uint8Array; key: Uint8Array }[] {
    const { variant, key, signers = [key] } = this.wish
    let data = this.#payload()
    return signers.map((signer) => {
      const sign = signature(signer, data)
      if (CHAINS_KEYS.includes(variant)) data = Buffer.concat([data, signer.publicKey])
      return { sign, key: signer.publicKey }
    })
  }

  #payload(): Uint8Array {
    const { variant, token, bearer = false, headers = [] } = this.wish
    const { created, validUntil } = this.#lifetime()
    const withHeaders = HAS_EXTENDED.includes(variant) || variant === 'Cx'
    return Buffer.concat([
      this.owner,
      bigEndian64(created, validUntil),
      token === undefined ? NOTHING : this.#tokenData(token === 'with owner key'),
      bearer ? Buffer.concat([ACL_RULES, this.owner, bigEndian64(validUntil)]) : NOTHING,
      ...(withHeaders ? headers.flat().map((text) => Buffer.from(text)) : []),
    ])
  }

  #tokens(): Fields {
    const { token, bearer = false, key } = this.wish
    const { created, validUntil } = this.#lifetime()
    const OwnerKey = token === 'with owner key' ? key.publicKey : NOTHING
    const TokenInfo = {
      ID: TOKEN_ID,
      OwnerID: this.owner,
      Address: { ObjectID: TOKEN_ID, CID },
      Lifetime: { Created: created, ValidUntil: validUntil },
      SessionKey: key.publicKey,
      OwnerKey,
    }
    const Signature = token === undefined ? NOTHING : signature(key, this.#tokenData(token === 'with owner key'))
    return {
      ...(token === undefined ? {} : { Token: { TokenInfo, Signature } }),
      ...(bearer
        ? { Bearer: { TokenInfo: { ACLRules: ACL_RULES, OwnerID: this.owner, ValidUntil: validUntil } } }
        : {}),
    }
  }

  /** 142 bytes, or 175 with the owner's key (§3.3). */
  #tokenData(withOwnerKey: boolean): Uint8Array {
    const { key } = this.wish
    const { created, validUntil } = this.#lifetime()
    const verb = new Uint8Array(4)
    const epochs = bigEndian64(created, validUntil)
    const ownerKey = withOwnerKey ? key.publicKey : NOTHING
    return Buffer.concat([TOKEN_ID, this.owner, verb, CID, TOKEN_ID, epochs, key.publicKey, ownerKey])
  }

  // ---- E: three signatures per hop ------------------------------------------------------------------------------------

  #requestE(): Fields {
    const { variant, key, signers = [key], issuedAt = 0n, headers = [] } = this.wish
    const { created, validUntil } = this.#lifetime()
    const isE1 = variant === 'E1'
    const { file } = this.#shape
    const body = {
      owner_id: { value: this.owner },
      lifetime: isE1 ? { created, valid_until: validUntil } : { exp: validUntil, nbf: created, iat: issuedAt },
    }
    const bodyBytes = message(file, 'session.CreateRequest.Body').encode(body)
    const x_headers = headers.map(([name, value]) => ({ key: name, value }))
    let meta: Fields = { version: { major: 2 }, epoch: 9n, ttl: 2, x_headers }
    let verify: Fields | undefined
    for (const signer of signers) {
      if (verify !== undefined) meta = { version: { major: 2 }, ttl: 1, origin: meta }
      const sign = (data: Uint8Array) => ({ key: signer.publicKey, sign: signature(signer, data) })
      const before = verify === undefined ? NOTHING : message(file, `service.${VERIFICATION_HEADER}`).encode(verify)
      const hop: Fields = {
        ...(verify === undefined ? { body_signature: sign(bodyBytes) } : { origin: verify }),
        meta_signature: sign(message(file, 'service.RequestMetaHeader').encode(meta)),
        ...(isE1 ? {} : { origin_signature: sign(before) }),
      }
      verify = hop
    }
    return { body, meta_header: meta, ...(verify === undefined ? {} : { verify_header: verify }) }
  }

  /** A client of the three-signature library that signs also verifies. */
  #responseE(fields: Fields): Opened {
    const { variant, signers } = this.wish
    const { file } = this.#shape
    const body = sub(fields, 'body')
    check(body !== undefined, 'the response has no body')
    if (signers === undefined || signers.length > 0) {
      const verify = sub(fields, 'verify_header')
      const part = (name: string, data: Uint8Array) => {
        const given = sub(verify, name)
        check(verifies(bytes(given, 'key'), bytes(given, 'sign'), data), `could not verify ${name}`)
      }
      part('body_signature', message(file, 'session.CreateResponse.Body').encode(body))
      const meta = sub(fields, 'meta_header')
      part('meta_signature', message(file, 'service.ResponseMetaHeader').encode(meta ?? {}))
      if (variant !== 'E1') part('origin_signature', NOTHING)
    }
    return openedWith(bytes(body, 'id'), bytes(body, 'session_key'))
  }
}

const NOTHING = new Uint8Array(0)
const VERIFICATION_HEADER = 'RequestVerificationHeader'
const TOKEN_ID = new Uint8Array(Buffer.from('0f0e0d0c0b0a49088706050403020100', 'hex'))
const CID = new Uint8Array(32).fill(0xc1)
const ACL_RULES = Buffer.from('rules')

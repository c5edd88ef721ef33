import type { GrpcClient } from '../support/grpc-client.js'
import { type ClientKey, type Era, ownerOf, type SchemeNumber, signature, uncompressed, verifies } from './keys.js'
import { check, type Outcome, openedWith, PATIENCE_MS, refused } from './outcome.js'
import { bytes, type Fields, message, sub, text, uint32 } from './protos.js'

/**
 * Clients of `neo.fs.v2.session.SessionService/Create`: api-go, sdk-go and their relatives by the version that they announce,
 * and the development dialect F0 (neofs-v2 §1–§5). Each verifies its answer as that version did.
 */

const PATH = '/neo.fs.v2.session.SessionService/Create'

export interface Version {
  readonly major: number
  readonly minor: number
}

/** A node on the way, which wraps the headers in its own. */
export interface Hop {
  readonly key: ClientKey
  readonly scheme?: SchemeNumber
  /** The client's own if not given. */
  readonly version?: Version
}

export interface V2Wish {
  readonly dialect: 'F0' | 'v2'
  /** Announced; undefined leaves it out. */
  readonly version: Version | undefined
  readonly key: ClientKey
  /** 0 if not given. */
  readonly scheme?: SchemeNumber
  /** The owner id that a client of that time makes of its key if not given. */
  readonly owner?: Uint8Array
  readonly expiration: bigint
  /** F0. */
  readonly notBefore?: bigint
  readonly issuedAt?: bigint
  readonly route?: readonly Hop[]
  readonly headers?: readonly (readonly [string, string])[]
  /** A v2 session token in the meta header; SDK rc.17 sends it and leaves it out of what it signs. */
  readonly tokenV2?: 'signed' | 'rc.17'
  /** Older tokens of version 2.7 and later, which Create ignores. */
  readonly sessionToken?: boolean
  readonly bearerToken?: boolean
  /** 65 bytes instead of 33 in each signature. */
  readonly uncompressedKeys?: boolean
  readonly tampering?: (request: Fields) => Fields
}

/** What a client of some version does with an answer (§3.5). */
interface Habits {
  /** Demands three valid signatures, of these schemes. */
  readonly verifies: readonly SchemeNumber[] | undefined
  readonly knowsStatus: boolean
  /** Writes and demands the origin signature. */
  readonly originSignature: boolean
}

function habitsOf({ dialect, version }: Pick<V2Wish, 'dialect' | 'version'>): Habits {
  const at = dialect === 'F0' ? 0 : minorOf(version)
  return {
    verifies: at >= 22 ? undefined : at >= 13 ? [0, 1, 2] : at === 12 ? [0, 1] : [0],
    knowsStatus: at >= 11,
    originSignature: at < 25,
  }
}

/** Comparable: 2.x as x, older and absent as 0, newer majors as more than any. */
function minorOf(version: Version | undefined): number {
  if (version === undefined || version.major < 2) return 0
  return version.major === 2 ? version.minor : Number.POSITIVE_INFINITY
}

export class V2Client {
  readonly wish: V2Wish
  readonly owner: Uint8Array
  readonly #habits: Habits
  readonly #file: string
  /** Where headers live: F0 still had them in `service`. */
  readonly #headers: string

  constructor(wish: V2Wish) {
    this.wish = wish
    this.#habits = habitsOf(wish)
    const isF0 = wish.dialect === 'F0'
    this.#file = isF0 ? 'v2/f0.proto' : 'v2/session.proto'
    this.#headers = isF0 ? 'neo.fs.v2.service' : 'neo.fs.v2.session'
    this.owner = wish.owner ?? ownerOf(wish.key, eraOf(wish))
  }

  async open(grpc: GrpcClient): Promise<Outcome> {
    const { code, message, response } = await grpc.unary(PATH, this.request(), { timeout_ms: PATIENCE_MS })
    return response === undefined ? refused(code, message) : this.response(response)
  }

  request(): Uint8Array {
    const {
      dialect,
      expiration,
      notBefore = 0n,
      issuedAt = 0n,
      route = [],
      version,
      key,
      scheme,
      tampering,
    } = this.wish
    const body: Fields =
      dialect === 'F0'
        ? { owner_id: { value: this.owner }, lifetime: { exp: expiration, nbf: notBefore, iat: issuedAt } }
        : { owner_id: { value: this.owner }, expiration }
    const bodyBytes = this.#message('neo.fs.v2.session.CreateRequest.Body').encode(body)
    let meta: Fields = this.#ownMeta()
    let verify = this.#hop({ key, scheme: scheme ?? 0 }, meta, bodyBytes, undefined, version)
    for (const hop of route) {
      const announced = hop.version ?? version
      meta = { ...versionOf(announced), ttl: 1, origin: meta }
      verify = this.#hop({ key: hop.key, scheme: hop.scheme ?? 0 }, meta, bodyBytes, verify, announced)
    }
    const request = { body, meta_header: meta, verify_header: verify }
    return this.#message('neo.fs.v2.session.CreateRequest').encode(tampering?.(request) ?? request)
  }

  response(answer: Uint8Array): Outcome {
    const { verifies: schemes, knowsStatus } = this.#habits
    const response = this.#message('neo.fs.v2.session.CreateResponse').decode(answer)
    const body = sub(response, 'body')
    const received = sub(response, 'meta_header')
    // What the client's own version has no field for is gone once it has decoded.
    const { status, ...older } = received ?? {}
    const meta = knowsStatus ? received : received && older
    if (schemes !== undefined) {
      const verify = sub(response, 'verify_header')
      check(verify !== undefined, 'missing verification header')
      const bodyBytes =
        body === undefined ? NOTHING : this.#message('neo.fs.v2.session.CreateResponse.Body').encode(body)
      const metaBytes = meta === undefined ? NOTHING : this.#message(`${this.#headers}.ResponseMetaHeader`).encode(meta)
      this.#checkSignature(verify, 'body_signature', bodyBytes, schemes)
      this.#checkSignature(verify, 'meta_signature', metaBytes, schemes)
      this.#checkSignature(verify, 'origin_signature', NOTHING, schemes)
      check(sub(verify, 'origin') === undefined, 'a response has one hop')
    }
    this.#checkVersion(meta)
    const code = uint32(sub(meta, 'status'), 'code')
    if (code !== 0) {
      check(code !== 1, 'status 1 is a failure for every SDK, whatever the body says')
      check(body === undefined, `status ${code} with a body`)
      return refused(0, text(sub(meta, 'status'), 'message'), code)
    }
    check(knowsStatus || status === undefined, 'a client before 2.11 was sent a status')
    check(body !== undefined, 'malformed response body')
    return openedWith(bytes(body, 'id'), bytes(body, 'session_key'))
  }

  #message(name: string) {
    return message(this.#file, name)
  }

  #ownMeta(): Fields {
    const { version, headers = [], tokenV2, sessionToken = false, bearerToken = false } = this.wish
    const x_headers = headers.map(([key, value]) => ({ key, value }))
    return {
      ...versionOf(version),
      ttl: 2,
      ...(x_headers.length === 0 ? {} : { x_headers }),
      ...(sessionToken ? { session_token: this.#sessionToken() } : {}),
      ...(bearerToken ? { bearer_token: this.#bearerToken() } : {}),
      ...(tokenV2 === undefined ? {} : { session_token_v2: this.#tokenV2() }),
    }
  }

  /** One verification header: the signatures of whoever sends it on. */
  #hop(
    { key, scheme }: Required<Pick<Hop, 'key' | 'scheme'>>,
    meta: Fields,
    body: Uint8Array,
    previous: Fields | undefined,
    version: Version | undefined,
  ): Fields {
    const sign = (data: Uint8Array): Fields => ({
      key: this.wish.uncompressedKeys ? uncompressed(key) : key.publicKey,
      sign: signature(key, data, scheme),
      scheme,
    })
    const signsOrigin = habitsOf({ dialect: this.wish.dialect, version }).originSignature
    const header = `${this.#headers}.RequestVerificationHeader`
    const before = previous === undefined ? NOTHING : this.#message(header).encode(previous)
    return {
      ...(previous === undefined || !signsOrigin ? { body_signature: sign(body) } : {}),
      meta_signature: sign(this.#metaBytes(meta)),
      ...(signsOrigin ? { origin_signature: sign(before) } : {}),
      ...(previous === undefined ? {} : { origin: previous }),
    }
  }

  #metaBytes(meta: Fields): Uint8Array {
    const { session_token_v2: token, ...rest } = meta
    const signed = this.wish.tokenV2 === 'rc.17' && token !== undefined ? rest : meta
    return this.#message(`${this.#headers}.RequestMetaHeader`).encode(signed)
  }

  #checkSignature(verify: Fields, name: string, data: Uint8Array, schemes: readonly SchemeNumber[]): void {
    const part = sub(verify, name)
    check(part !== undefined, `missing ${name}`)
    const number = uint32(part, 'scheme')
    const scheme = schemes.find((known) => known === number)
    check(scheme !== undefined, `${name}: unsupported scheme ${number}`)
    check(verifies(bytes(part, 'key'), bytes(part, 'sign'), data, scheme), `could not verify ${name}`)
  }

  /** No genuine client looks; but the client's own version or an older one is what it can surely encode again. */
  #checkVersion(meta: Fields | undefined): void {
    const { version } = this.wish
    const announced = sub(meta, 'version')
    const minor = uint32(announced, 'minor')
    const known = Math.min(version === undefined ? 0 : minorOf(version), 25)
    check(
      uint32(announced, 'major') <= 2 && minor <= known,
      `the answer announces 2.${minor} to a client of 2.${known}`,
    )
  }

  #sessionToken(): Fields {
    const { key } = this.wish
    const object = { verb: 1, target: { container: { value: new Uint8Array(32).fill(7) } } }
    const lifetime = { exp: 100n, nbf: 1n, iat: 1n }
    const body: Fields = {
      id: new Uint8Array(16).fill(9),
      owner_id: { value: this.owner },
      lifetime,
      session_key: key.publicKey,
      object,
    }
    const sign = signature(key, this.#message('neo.fs.v2.session.SessionToken.Body').encode(body))
    return { body, signature: { key: key.publicKey, sign } }
  }

  #bearerToken(): Fields {
    const { key } = this.wish
    const body: Fields = {
      eacl_table: { version: { major: 2, minor: 10 }, records: [{ operation: 1, action: 1, targets: [{ role: 3 }] }] },
      owner_id: { value: this.owner },
      lifetime: { exp: 100n },
    }
    const sign = signature(key, this.#message('neo.fs.v2.acl.BearerToken.Body').encode(body))
    return { body, signature: { key: key.publicKey, sign } }
  }

  #tokenV2(): Fields {
    const { key } = this.wish
    const body: Fields = {
      issuer: { value: this.owner },
      subjects: [{ owner_id: { value: this.owner } }, { nns_name: 'node.neofs' }],
      lifetime: { exp: 1_900_000_000n, nbf: 1_700_000_000n, iat: 1_700_000_000n },
      contexts: [{ container: { value: new Uint8Array(32).fill(7) }, verbs: [1, 2, 5] }],
    }
    const sign = signature(key, this.#message('neo.fs.v2.session.SessionTokenV2.Body').encode(body), 1)
    return { body, signature: { key: key.publicKey, sign, scheme: 1 } }
  }
}

const NOTHING = new Uint8Array(0)

function versionOf(version: Version | undefined): Fields {
  return version === undefined ? {} : { version: { ...version } }
}

/** The owner ids of the time: preview 2 for F0, then three scripts one after the other (§6). */
function eraOf({ dialect, version }: V2Wish): Era {
  if (dialect === 'F0') return 'preview2'
  return minorOf(version) >= 6 ? 'eraC' : minorOf(version) >= 4 ? 'eraB' : 'eraA'
}

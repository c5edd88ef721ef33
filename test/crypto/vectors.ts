import { readFileSync } from 'node:fs'

/** One signature as the vector files list it. */
export interface SignatureEntry {
  readonly where: string
  readonly scheme: number
  readonly publicKey: Uint8Array
  readonly signature: Uint8Array
  readonly data: Uint8Array
  readonly valid: boolean
  readonly why: string | undefined
}

export interface OwnerIdEntry {
  readonly public: string
  readonly era: string
  readonly owner: string
  readonly text: string
  readonly validInV2: boolean
}

export interface OwnerIdCheck {
  readonly name: string
  readonly owner: string
  readonly text: string
  readonly valid: boolean
  readonly reason: string
}

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }

export function bytes(hex: string): Uint8Array {
  const data = new Uint8Array(Buffer.from(hex, 'hex'))
  if (data.length * 2 !== hex.length) throw new Error(`no hex: ${hex.slice(0, 40)}`)
  return data
}

export function hex(data: Uint8Array): string {
  return Buffer.from(data).toString('hex')
}

/** A vector file; tests run from the repository root. */
export function vectorFile(name: string): Json {
  const parsed: Json = JSON.parse(readFileSync(`test/vectors/${name}.json`, 'utf8'))
  return parsed
}

/** The member of that name, or undefined where there is none. */
export function member(json: Json | undefined, name: string): Json | undefined {
  if (json === undefined || json === null || typeof json !== 'object' || Array.isArray(json)) return undefined
  return json[name]
}

export function text(json: Json | undefined, name: string): string {
  const value = member(json, name)
  if (typeof value !== 'string') throw new Error(`vector has no text ${name}`)
  return value
}

export function list(json: Json | undefined, name: string): Json[] {
  const value = member(json, name)
  if (!Array.isArray(value)) throw new Error(`vector has no list ${name}`)
  return value
}

const ORIGIN_TAG = 0x22

/**
 * The signed bytes. Of very deep chains the file leaves them out and gives their number: there they are the `origin` of the
 * message's verification header, as received.
 */
function signedBytes(signed: string, message: string): Uint8Array {
  const omitted = /^\(omitted: (\d+) bytes\)$/.exec(signed)
  if (omitted === null) return bytes(signed)
  const size = Number(omitted[1])
  const before = [ORIGIN_TAG]
  let rest = size
  for (; rest > 0x7f; rest >>= 7) before.push((rest & 0x7f) | 0x80)
  before.push(rest)
  const at = Buffer.from(message, 'hex').indexOf(Buffer.from(before))
  if (at < 0) throw new Error(`no origin of ${size} bytes in the message`)
  return bytes(message).subarray(at + before.length, at + before.length + size)
}

/** What a vector file says of one signature: an object that names signer, signature and the bytes below it. */
function signatureEntry(json: Json, where: string, message: string): SignatureEntry | undefined {
  const signer = member(json, 'signer')
  const valid = member(json, 'valid')
  const signatureValid = member(json, 'signatureValid')
  const why = member(json, 'why')
  if (typeof signer !== 'string' || typeof valid !== 'boolean') return undefined
  return {
    where,
    scheme: Number(member(json, 'scheme') ?? 0),
    publicKey: bytes(signer),
    signature: bytes(text(json, 'signature')),
    data: signedBytes(text(json, 'signed'), message),
    // Of a token, `valid` says that all of its rules hold.
    valid: typeof signatureValid === 'boolean' ? signatureValid : valid,
    why: typeof why === 'string' ? why : undefined,
  }
}

/** Ways in which a public key does not decode, in the words of the vectors and in those of the SDK, which are ours. */
const KEY_FAULTS: readonly (readonly [name: string, words: RegExp])[] = [
  ['key prefix', /^decode public key(?: from binary)?: invalid prefix(?: \d+)?$/],
  ['key length', /^decode public key(?:: bad length| from binary: (?:unexpected EOF|extra data))$/],
  [
    'key off the curve',
    /^decode public key(?:: Invalid EC key\.| from binary: encoded point is not on the P256 curve)$/,
  ],
]

/** A reason by which texts of the vectors and ours can be compared: of a key, the class of what is wrong with it. */
export function reasonClass(reason: string | undefined): string | undefined {
  return KEY_FAULTS.find(([, words]) => words.test(reason ?? ''))?.[0] ?? reason
}

/** Every signature entry anywhere in a file. */
export function signatureEntries(json: Json, where = '', message = ''): SignatureEntry[] {
  if (Array.isArray(json)) return json.flatMap((each) => signatureEntries(each, where, message))
  if (json === null || typeof json !== 'object') return []
  const name = member(json, 'name') ?? member(json, 'kind') ?? member(json, 'part')
  const own = member(json, 'hex')
  const here = typeof name === 'string' ? `${where} ${name}`.trim() : where
  const within = typeof own === 'string' ? own : message
  const entry = signatureEntry(json, here, within)
  const nested = Object.values(json).flatMap((each) => signatureEntries(each, here, within))
  return entry === undefined ? nested : [entry, ...nested]
}

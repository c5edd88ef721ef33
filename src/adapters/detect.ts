import { hasOwnerChecksum } from '../crypto/owner-id.js'
import { Scan } from '../wire/scan.js'

/**
 * Nine dialects share `/session.Session/Create`; the first message tells which one it is (neofs-v1 §7). Each dialect puts
 * the 25 bytes of the owner id at another field path, so the path at which they are found decides.
 */
export type Dialect = 'A0' | 'A1' | 'A2' | 'A3' | 'B' | 'C' | 'Cx' | 'D' | 'E1' | 'E2'

/** The two generations that share the path. */
type Generation = 'v1-legacy' | 'v1'

export interface Detected {
  readonly dialect: Dialect
  readonly generation: Generation
  /** Why, for people. */
  readonly reason: string
  /** The message is the third step of a handshake, so it cannot come first. */
  readonly signedFirst: boolean
}

export interface Undetected {
  readonly dialect: undefined
  readonly reason: string
  /** `malformed`: no dialect can read the bytes. `invalid`: they are readable and belong to none. */
  readonly fault: 'malformed' | 'invalid'
}

export type Detection = Detected | Undetected

type Family = 'A' | 'B' | 'C' | 'D' | 'E'

const OWNER_SIZE = 25
const META = 98
const VERIFY = 99
const EXTENDED = 97

/** Where each family keeps the owner. The two Signed paths come last: they only say what is wrong. */
const OWNER_PATHS: readonly { path: readonly number[]; family: Family; signed?: true }[] = [
  { path: [1], family: 'C' },
  { path: [1, 1], family: 'D' },
  { path: [1, 1, 1], family: 'E' },
  { path: [1, 2], family: 'A' },
  { path: [1, 1, 2], family: 'B' },
  { path: [2, 2], family: 'A', signed: true },
  { path: [2, 1, 2], family: 'B', signed: true },
]

/** The order for owners without a valid checksum: E comes before A, since E's lifetime can be 25 bytes long (§7.2). */
const OWNER_PATHS_BY_LENGTH = [[1], [1, 1, 1], [1, 1, 2], [1, 1], [1, 2], [2, 2], [2, 1, 2]].flatMap((path) =>
  OWNER_PATHS.filter((entry) => entry.path.join() === path.join()),
)

export function detect(first: Uint8Array): Detection {
  const message = new Scan(first)
  if (message.broken) return malformed('the message is cut off or no protobuf')

  for (const { path, family, signed } of OWNER_PATHS) {
    const owner = message.at(...path)
    if (owner?.length === OWNER_SIZE && hasOwnerChecksum(owner)) {
      return refine(family, message, `owner id at field ${path.join('.')}`, signed)
    }
  }
  return detectWithoutOwner(message)
}

/** Malformed clients, zero owners, foreign addresses (§7.2); every step is weaker evidence than the one before. */
function detectWithoutOwner(message: Scan): Detection {
  if (message.bytes.length === 0) return invalid('the message is empty')
  if (isEmptyHandshake(message)) return invalid('the message has headers, but neither init nor signed')
  if (looksLikeE(message)) return refine('E', message, 'headers at fields 2 and 3')

  for (const { path, family, signed } of OWNER_PATHS_BY_LENGTH) {
    const owner = message.at(...path)
    if (owner?.length !== OWNER_SIZE) continue
    if (family === 'C' && owner[0] === 0x0a && owner[1] === 0x17) continue // a D owner id that holds 23 bytes
    return refine(family, message, `25 bytes at field ${path.join('.')}, not a valid owner id`, signed)
  }

  const body = message.sub(1)
  if (body?.at(1, 1)?.length === 16) return refine('B', message, 'token id at field 1.1.1')
  if (body !== undefined && looksLikeToken(body)) return refine('A', message, 'token fields in field 1')
  if (message.wireType(1) !== 2 && (message.has(2) || message.has(META) || message.has(VERIFY))) {
    return refine('C', message, 'lifetime or headers, but no owner id at field 1')
  }
  // An owner id is a message with one field in D: of whatever length, so that its adapter says what is wrong with it.
  if (body?.broken === false && body.size === 1 && body.at(1) !== undefined) {
    return refine('D', message, 'one field in field 1')
  }
  return body?.broken === true || hasHeaders(message)
    ? malformed('no dialect can read the message; field 1 holds no owner id')
    : invalid('no owner id where any dialect has it')
}

function refine(family: Family, message: Scan, evidence: string, signed?: true): Detected {
  const [dialect, generation, why] = REFINERS[family](message)
  return { dialect, generation, reason: why === '' ? evidence : `${evidence}; ${why}`, signedFirst: signed === true }
}

const REFINERS: Record<Family, (message: Scan) => readonly [Dialect, Generation, string]> = {
  A(message) {
    if (!hasHeaders(message)) return ['A0', 'v1-legacy', 'no headers']
    const signature = message.at(VERIFY, 1, 1)
    if (signature?.length === 65 && signature[0] === 0x04) return ['A3', 'v1-legacy', 'flat signature']
    const token = message.sub(1) ?? message.sub(2)
    return token?.has(8) === true ? ['A2', 'v1-legacy', 'public keys'] : ['A1', 'v1-legacy', 'headers, no public keys']
  },
  B: () => ['B', 'v1-legacy', ''],
  C: (message) => (message.has(EXTENDED) ? ['Cx', 'v1', 'extended header at field 97'] : ['C', 'v1', '']),
  D: () => ['D', 'v1', ''],
  E(message) {
    const verify = message.sub(3)
    if (message.sub(1)?.sub(2)?.has(3) === true) return ['E2', 'v1', 'lifetime has three fields']
    if (verify?.at(3, 1)?.length === 33 && verify.at(3, 2)?.length === 65)
      return ['E2', 'v1', 'origin signature at 3.3']
    if (message.sub(2)?.has(META) === true) return ['E1', 'v1', 'origin of the meta header at field 98']
    if (verify?.has(5) === true) return ['E1', 'v1', 'origin of the verification header at field 5']
    return ['E2', 'v1', 'nothing tells E1 from E2']
  },
}

function invalid(reason: string): Undetected {
  return { dialect: undefined, fault: 'invalid', reason }
}

function malformed(reason: string): Undetected {
  return { dialect: undefined, fault: 'malformed', reason }
}

function hasHeaders(message: Scan): boolean {
  return message.has(META) || message.has(VERIFY)
}

/** A1, A2 or B with no oneof set: what their libraries write for an empty request. */
function isEmptyHandshake(message: Scan): boolean {
  const headers = [META, VERIFY]
  return message.size === 2 && headers.every((number) => message.at(number)?.length === 0)
}

/** Only E has headers at 2 and 3; 97, 98 and 99 belong to everybody else. */
function looksLikeE(message: Scan): boolean {
  if (message.has(EXTENDED) || hasHeaders(message)) return false
  if (message.has(3)) return true
  const meta = message.sub(2)
  if (meta === undefined || meta.broken || meta.size === 0) return false
  const expected = new Map([
    [1, 2],
    [2, 0],
    [3, 0],
    [4, 2],
    [5, 2],
    [6, 2],
    [7, 2],
  ])
  for (const number of meta.numbers()) if (meta.wireType(number) !== expected.get(number)) return false
  return meta.has(1) || meta.has(3) // an epoch alone could be the lifetime of C or D
}

/** Epochs of a session.Token, or its object ids, token id or public keys. */
function looksLikeToken(body: Scan): boolean {
  return [3, 4].some((n) => body.wireType(n) === 0) || [5, 7, 8].some((n) => body.wireType(n) === 2)
}

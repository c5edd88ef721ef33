import t from 'tap'
import { SignatureVerifier } from '../../src/crypto/schemes.js'
import { explain, type MessageExplanation } from '../../src/decode/index.js'
import { kindsOf, only, valuesListed, valuesShown } from '../support/explained.js'
import { atomixFile, bytesOf, type V1Vector, type V2Vector, v1File, v2File } from '../support/vectors.js'

/** What every vector is taken for, and that nothing of what it says is lost. */

const v1 = v1File().vectors
const { vectors: v2, tokens } = v2File()
const atomix = atomixFile().vectors
const verifier = new SignatureVerifier()

function explained(hex: string, path?: string): MessageExplanation {
  return only(explain(bytesOf(hex), { verifier, ...(path === undefined ? {} : { path }) }))
}

/** The first byte of a gRPC frame, which no message can have. */
const LOOKS_FRAMED = ['neg-field-zero']

// ---- v1 -------------------------------------------------------------------------------------------------------------

/** The names under which the tables have the dialects of a vector. */
const DIALECTS: Readonly<Record<string, readonly string[]>> = {
  A1: ['A1', 'A2'],
  A2: ['A2', 'A1'],
  'C or D': ['C', 'D0', 'D2'],
  D: ['D0', 'D2'],
  'D2/D3': ['D2'],
  'A1/A2/B': ['A2', 'B'],
  Cx: ['Cx', 'C'],
}

/** What the vector calls it: detection's word counts, where it has one. */
function dialectsOf({ dialect, expect, message }: V1Vector): readonly string[] {
  const name = expect?.detectedDialect ?? dialect
  // Without public keys and headers, the answers of the A dialects are the same bytes.
  if (message === 'response' && /^A[012]$/.test(name)) return ['A0', 'A1', 'A2']
  return DIALECTS[name] ?? [name]
}

/** Does not decode either. */
const IN_NO_WORDS = ['neg-end-group']

/** These belong to no dialect, or are cut off before they show one. */
const OF_NO_DIALECT = ['any', 'none']

t.test('v1, by its path', async (t) => {
  for (const vector of v1.filter(({ name }) => !LOOKS_FRAMED.includes(name))) {
    const { name, hex, path, message, decodeError, dialect, expect } = vector
    const found = explained(hex, path)
    if (decodeError !== undefined || IN_NO_WORDS.includes(name)) {
      t.notOk(found.decoded, `${name}: does not decode`)
      t.ok(found.error !== undefined || found.kind === undefined, `${name}: the bad byte, if it is anything at all`)
      continue
    }
    if (OF_NO_DIALECT.includes(dialect)) {
      t.ok(
        kindsOf(found).every(({ direction }) => direction === 'response'),
        `${name}: no request`,
      )
      continue
    }
    const wanted = dialectsOf(vector)
    const fits = kindsOf(found).filter((kind) => wanted.includes(kind.dialect) && kind.direction === message)
    t.not(fits.length, 0, `${name}: ${JSON.stringify(found.kind)}, ${found.reason}`)
    if (typeof expect?.detectedDialect === 'string') t.equal(fits[0], found.kind, `${name}: as detected`)
    t.equal(fits[0]?.generation, dialect === 'F0' ? 'v2' : /^[AB]/.test(dialect) ? 'v1-legacy' : 'v1', name)
    t.ok(found.decoded, `${name}: decodes`)
  }
})

t.test('v1, without a path', async (t) => {
  const same = v1.filter(({ decoded, hex }) => decoded !== null && hex !== '')
  for (const vector of same) {
    const { name, hex, message } = vector
    const found = explained(hex)
    const wanted = dialectsOf(vector)
    const fits = kindsOf(found).some((kind) => wanted.includes(kind.dialect) && kind.direction === message)
    t.equal(fits, !NOT_TOLD_APART.includes(name), `${name}: ${JSON.stringify(found.kind)}, ${found.reason}`)
  }
})

/** Nothing is in these but zeros, or nothing at all. */
const NOT_TOLD_APART = ['section8-22', 'neg-empty-headers-only']

// ---- v2 -------------------------------------------------------------------------------------------------------------

/** The gateway has no type for the object service. */
function typeOf({ type, message }: V2Vector): string {
  return type === 'DeleteRequest' ? `neo.fs.v2 ${message}` : type
}

t.test('v2, by its path', async (t) => {
  for (const vector of v2) {
    const { name, hex, path, message, decoded } = vector
    const found = explained(hex, path)
    const fits = kindsOf(found).filter(
      (kind) => kind.type.endsWith(typeOf(vector)) && kind.direction === message && kind.generation === 'v2',
    )
    if (decoded === null || REFUSED.includes(name)) {
      t.notOk(found.decoded, `${name}: does not decode`)
      t.ok(found.error, `${name}: the bad byte`)
      continue
    }
    t.ok(found.decoded, `${name}: decodes`)
    t.not(fits.length, 0, `${name}: ${JSON.stringify(found.kind)}, ${found.reason}`)
    t.equal(found.kind?.dialect, isF0(vector) ? 'F0' : 'v2', `${name}: dialect`)
  }
})

/** Left to the reader by the vectors; the gateway refuses them. */
const REFUSED = ['create/malformed/invalid-utf8-x-header', 'create/wrong-wire-type-expiration-fixed64']

function isF0({ decoded }: V2Vector): boolean {
  return JSON.stringify(decoded).includes('"bodyForm":"message"')
}

t.test('v2, without a path', async (t) => {
  for (const vector of v2.filter(
    ({ decoded, hex, name }) => decoded !== null && hex !== '' && !REFUSED.includes(name),
  )) {
    const { name, hex, message } = vector
    const found = explained(hex)
    const fits = kindsOf(found).some(
      (kind) =>
        kind.type.endsWith(isF0(vector) ? 'session.CreateRequest' : typeOf(vector)) && kind.direction === message,
    )
    t.ok(fits, `${name}: ${JSON.stringify(found.kind)}, ${found.reason}`)
  }
})

t.test('tokens alone', async (t) => {
  for (const { name, kind, hex, decoded } of tokens) {
    const found = explained(hex)
    const type = kind === 'v2' ? 'neo.fs.v2.session.SessionTokenV2' : 'neo.fs.v2.session.SessionToken'
    t.match(found, { decoded: true, kind: { type, direction: 'token', generation: 'v2', paths: [] } }, name)
    t.same(missing(decoded, found), [], `${name}: values`)
  }
})

// ---- atomix ---------------------------------------------------------------------------------------------------------

t.test('atomix, by its path', async (t) => {
  for (const { name, path, message, hex, decoded } of atomix) {
    if (hex.startsWith('00')) continue
    const found = explained(hex, path)
    const fits = kindsOf(found).some(({ direction, paths }) => direction === message && paths.includes(path))
    if (decoded !== null) t.ok(found.decoded && fits, `${name}: ${found.reason}`)
    // What is no message of its direction may be one of the other; then it is told why it is not.
    else t.ok(!found.decoded || found.reason.includes(`no ${message} (atomix), as `), `${name}: ${found.reason}`)
  }
})

t.test('atomix, without a path', async (t) => {
  let known = 0
  for (const { name, path, message, hex, decoded } of atomix) {
    if (decoded === null || hex === '' || hex === '0a00') continue
    const found = explained(hex)
    const fits = kindsOf(found).some(({ direction, paths }) => direction === message && paths.includes(path))
    t.equal(fits, !HAS_UNKNOWN_FIELDS.includes(name), `${name}: ${JSON.stringify(found.kind)}, ${found.reason}`)
    known++
  }
  t.ok(known > 150, `${known} of them`)
})

/** Little is in them, and much of that is unknown. */
const HAS_UNKNOWN_FIELDS = ['raw-unknown-fields', 'raw-unknown-group', 'raw-unknown-fixed-fields']

// ---- values ---------------------------------------------------------------------------------------------------------

/** Members of `decoded` that count or conclude, and a body of which only the bytes are known. */
const CONCLUSIONS = new Set(['signatureCount', 'hops', 'depth', 'effectiveExpiration', 'bodyForm', 'note', 'unknown'])

function missing(decoded: unknown, { fields }: MessageExplanation, leftOut: readonly string[] = []): string[] {
  const shown = valuesShown(fields)
  return [...valuesListed(decoded, new Set([...CONCLUSIONS, ...leftOut]))].filter((value) => !shown.has(value))
}

t.test('every number and id is shown, to the last digit', async (t) => {
  for (const { name, hex, path, decoded, decodeError } of v1) {
    if (decodeError !== undefined || decoded === null) continue
    t.same(missing(decoded, explained(hex, path), ['unknownFields', 'extendedHeaders']), [], name)
  }
  for (const { name, hex, path, decoded, type } of v2) {
    if (decoded === null || REFUSED.includes(name)) continue
    t.same(missing(decoded, explained(hex, path), type === 'DeleteRequest' ? ['body'] : []), [], name)
  }
  for (const { name, hex, path, decoded } of atomix) {
    if (decoded !== null) t.same(missing(decoded, explained(hex, path)), [], name)
  }
})

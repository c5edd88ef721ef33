import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Type, { type Static, type TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { projectRoot } from './fixtures.js'

/**
 * The golden vectors of `test/vectors`, with the members that the tests use checked when they are loaded. Each file's
 * `about` says what a member means.
 */

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/** Throws for anything but whole bytes of hex digits: a vector with a typing error must not pass as a shorter one. */
export function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(hex, 'hex'))
  if (bytes.length * 2 !== hex.length) throw new Error(`no hex: ${hex.slice(0, 40)}`)
  return bytes
}

const Hex = Type.String({ pattern: '^[0-9a-f]*$' })
const Decimal = Type.String({ pattern: '^[0-9]+$' })
const OrNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Tree = Type.Record(Type.String(), Type.Unknown())

/** What a message says, by names of the vector file. */
export type Tree = Readonly<Record<string, unknown>>

// ---- neofs-v1 -------------------------------------------------------------------------------------------------------

const V1Signature = Type.Object({ kind: Type.String(), signer: Type.String(), signed: Hex, valid: Type.Boolean() })

const V1Library = Type.Object({
  version: Type.String(),
  decode: Type.String(),
  canonical: Type.Optional(Hex),
})

const V1Expect = Type.Object({
  detectedDialect: Type.Optional(OrNull(Type.String())),
  outcome: Type.Union([Type.Literal('accepted'), Type.Literal('rejected'), Type.Literal('policy')]),
  atEpoch: Decimal,
  grpcCode: Type.Optional(OrNull(Type.Number())),
  codeIs: Type.Optional(Type.Literal('policy')),
  grpcMessage: Type.Optional(Type.String()),
  answer: Type.Optional(Type.String()),
  precededBy: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
})

const V1Vector = Type.Object({
  name: Type.String(),
  dialect: Type.String(),
  variant: Type.Optional(Type.String()),
  path: Type.String(),
  message: Type.Union([Type.Literal('request'), Type.Literal('response')]),
  step: Type.String(),
  source: Type.String(),
  hex: Hex,
  decoded: OrNull(Tree),
  decodeError: Type.Optional(Type.String()),
  signatures: Type.Array(V1Signature),
  genuineLibrary: Type.Optional(V1Library),
  expect: Type.Optional(V1Expect),
})
export type V1Vector = Static<typeof V1Vector>
export type V1Expect = Static<typeof V1Expect>

const V1Server = Type.Object({ tokenId: Hex, sessionScalar: Hex, sessionKey: Hex })

const V1Step = Type.Object({
  from: Type.Union([Type.Literal('client'), Type.Literal('server')]),
  step: Type.String(),
  hex: Type.Optional(Hex),
})
export type V1Step = Static<typeof V1Step>

/** A whole conversation; of a transcript the outcome is always `accepted`. */
const V1Conversation = Type.Object({
  name: Type.String(),
  dialect: Type.String(),
  path: Type.String(),
  server: V1Server,
  steps: Type.Array(V1Step),
  expect: Type.Object({
    outcome: V1Expect.properties.outcome,
    atEpoch: Type.Optional(Decimal),
    session: Type.Optional(Type.Object({ id: Hex, key: Hex })),
  }),
})
export type V1Conversation = Static<typeof V1Conversation>

const V1File = Type.Object({
  keys: Type.Record(
    Type.String(),
    Type.Object({
      ownerNeo2: Type.Optional(Hex),
      publicKeys: Type.Optional(Type.Array(Hex)),
      publicKey: Type.Optional(Hex),
      d: Type.Optional(Hex),
    }),
  ),
  vectors: Type.Array(V1Vector),
  transcripts: Type.Array(V1Conversation),
  sequences: Type.Array(V1Conversation),
})

// ---- neofs-v2 -------------------------------------------------------------------------------------------------------

const V2Signature = Type.Object({
  part: Type.Union([Type.Literal('body'), Type.Literal('meta'), Type.Literal('origin')]),
  depth: Decimal,
  /** Very long ones are only counted: `(omitted: N bytes)`. */
  signed: Type.String({ pattern: '^([0-9a-f]*|\\(omitted: [0-9]+ bytes\\))$' }),
  valid: Type.Boolean(),
  form: Type.Optional(Type.String()),
  why: Type.Optional(Type.String()),
})

const V2Vector = Type.Object({
  name: Type.String(),
  path: Type.String(),
  pathOnWire: Type.Optional(Type.String()),
  message: Type.Union([Type.Literal('request'), Type.Literal('response')]),
  type: Type.String(),
  hex: Hex,
  clientVersion: OrNull(Type.String()),
  decoded: OrNull(Tree),
  signatures: Type.Array(V2Signature),
  expect: Type.Object({
    outcome: V1Expect.properties.outcome,
    status: OrNull(Type.Number()),
    grpcCode: OrNull(Type.Number()),
    responseSigned: OrNull(Type.Boolean()),
    responseHasStatus: OrNull(Type.Boolean()),
    atEpoch: Decimal,
    reason: Type.String(),
    allowed: Type.Optional(Type.Array(Type.String())),
  }),
})
export type V2Vector = Static<typeof V2Vector>

const V2Token = Type.Object({
  name: Type.String(),
  kind: Type.String(),
  hex: Hex,
  decoded: OrNull(Tree),
  signed: Hex,
  signatureValid: Type.Boolean(),
  issuerMatchesSigner: Type.Optional(Type.Boolean()),
  /** Apart from time. */
  valid: Type.Boolean(),
  reason: Type.String(),
  checks: Type.Array(
    Type.Union([
      Type.Object({
        epoch: Decimal,
        sessionKey: Hex,
        keyMatches: Type.Boolean(),
        lifetimeValid: Type.Boolean(),
        valid: Type.Boolean(),
        storedKeyUsable: Type.Boolean(),
      }),
      Type.Object({ time: Decimal, validAt: Type.Boolean() }),
    ]),
  ),
  sdk: Type.Object({
    decodeError: OrNull(Type.String()),
    /** Of SessionTokenV2. */
    validate: Type.Optional(Type.String()),
    nodeAuthenticate: OrNull(Type.String()),
    assertContainer: Type.Optional(OrNull(Type.Boolean())),
    assertAuthority: Type.Optional(Type.Record(Type.String(), Type.Boolean())),
    assertVerbOnContainer: Type.Optional(
      Type.Object({ container: Hex, verbs: Type.Record(Type.String(), Type.Boolean()) }),
    ),
  }),
})
export type V2Token = Static<typeof V2Token>

const V2File = Type.Object({
  keys: Type.Array(Type.Object({ private: Hex, public: Hex, owner: Hex })),
  vectors: Type.Array(V2Vector),
  tokens: Type.Array(V2Token),
})

// ---- atomix ---------------------------------------------------------------------------------------------------------

const AtomixCall = Type.Object({ path: Type.String(), hex: Hex })

const AtomixGenuine = Type.Object({
  crash: Type.Optional(Type.Boolean()),
  code: Type.Optional(Type.String()),
  hex: Type.Optional(Hex),
  message: Type.Optional(Type.String()),
})
export type AtomixGenuine = Static<typeof AtomixGenuine>

const AtomixSafe = Type.Object({
  grpc: Type.String(),
  status: Type.Optional(Decimal),
  message: Type.Optional(Type.Literal('not empty')),
  session_id: Type.Optional(
    Type.Union([Type.Literal('N >= 1, new on this partition'), Type.Literal('as in the request')]),
  ),
  index: Type.Optional(Type.Literal('= session_id')),
})
export type AtomixSafe = Static<typeof AtomixSafe>

const AtomixVector = Type.Object({
  name: Type.String(),
  path: Type.String(),
  message: Type.Union([Type.Literal('request'), Type.Literal('response')]),
  hex: Hex,
  decoded: OrNull(Tree),
  expect: Type.Object({
    outcome: Type.String(),
    setup: Type.Optional(Type.Array(AtomixCall)),
    genuine: Type.Optional(Type.Object({ 'framework v0.1.1': AtomixGenuine, 'framework v0.5.1': AtomixGenuine })),
    safe: Type.Optional(Type.Intersect([AtomixSafe, Type.Object({ or: Type.Optional(AtomixSafe) })])),
  }),
})
export type AtomixVector = Static<typeof AtomixVector>

const AtomixExchange = Type.Object({
  name: Type.String(),
  serverVersion: Type.String(),
  needsLazyExpiry: Type.Optional(Type.Boolean()),
  steps: Type.Array(
    Type.Object({
      path: Type.String(),
      send: Hex,
      at_ms: Type.Number(),
      receive: Type.Optional(Hex),
      code: Type.Optional(Type.String()),
      message: Type.Optional(Type.String()),
    }),
  ),
})
export type AtomixExchange = Static<typeof AtomixExchange>

const AtomixFile = Type.Object({ vectors: Type.Array(AtomixVector), exchanges: Type.Array(AtomixExchange) })

// ---------------------------------------------------------------------------------------------------------------------

export const v1File = (): Static<typeof V1File> => load('neofs-v1', V1File)
export const v2File = (): Static<typeof V2File> => load('neofs-v2', V2File)
export const atomixFile = (): Static<typeof AtomixFile> => load('atomix', AtomixFile)

/** A checked JSON file of `test/vectors`. */
export function load<T extends TSchema>(name: string, schema: T): Static<T> {
  const parsed: unknown = JSON.parse(readFileSync(join(projectRoot(), 'test', 'vectors', `${name}.json`), 'utf8'))
  if (Value.Check(schema, parsed)) return parsed
  const [first] = Value.Errors(schema, parsed)
  throw new Error(`test/vectors/${name}.json ${first?.instancePath}: ${first?.message}`)
}

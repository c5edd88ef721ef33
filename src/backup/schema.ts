import Type from 'typebox'
import { Compile } from 'typebox/compile'

/**
 * The lines of an export. Names and forms are those of the admin API: 64-bit numbers are decimal texts, bytes hex, times RFC 3339.
 * What a leaf takes stands in its description, in the words of an error. What can't be said here `session-line.ts` checks.
 */

export const FORMAT = 'session-gateway export'
/** Raised by a change that an older version could not read. */
export const FORMAT_VERSION = 1

const Time = () =>
  Type.String({
    pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$',
    description: 'a time such as 2026-01-31T12:00:00.000Z',
  })

const Hex = (bytes: number) =>
  Type.String({ pattern: `^[0-9a-f]{${2 * bytes}}$`, description: `${2 * bytes} hex digits in lower case` })

const AnyHex = () => Type.String({ pattern: '^(?:[0-9a-f]{2})+$', description: 'bytes as hex digits in lower case' })

const Uint64 = () =>
  Type.String({
    pattern: '^(?:0|[1-9][0-9]{0,19})$',
    description: 'a text with a number from 0 to 18446744073709551615',
  })

const Int64 = () =>
  Type.String({
    pattern: '^(?:0|-?[1-9][0-9]{0,18})$',
    description: 'a text with a number from -9223372036854775808 to 9223372036854775807',
  })

const Count = () => Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'a whole number from 0' })

const Partition = () =>
  Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1, description: 'a whole number from 0 to 4294967295' })

const Text = () => Type.String({ description: 'a text' })

const OneOf = <Words extends string[]>(...words: readonly [...Words]) =>
  Type.Enum([...words], { description: `one of ${words.join(', ')}` })

const Only = <Word extends string>(word: Word) => Type.Literal(word, { description: `'${word}'` })

const strict = { additionalProperties: false } as const

const HeaderSchema = Type.Object(
  {
    kind: Only('header'),
    format: Only(FORMAT),
    version: Type.Literal(FORMAT_VERSION, { description: String(FORMAT_VERSION) }),
    /** That wrote it. */
    gateway: Text(),
    storeFormat: Count(),
    /** When the store was made: epoch 1 of `clock:store,…` began then. */
    madeAt: Time(),
    exportedAt: Time(),
    privateKeys: OneOf('sealed', 'plain', 'none'),
    /** Data keys, wrapped with the wrapping key of the store: with sealed private keys. */
    keyring: Type.Optional(AnyHex()),
    /** By the count of the store itself. */
    counts: Type.Optional(Type.Object({ open: Count(), ended: Count(), partitions: Count() }, strict)),
    /** Of a damaged store: something may be missing. */
    salvaged: Type.Optional(Type.Literal(true, { description: 'true' })),
  },
  strict,
)

const PartitionSchema = Type.Object({ kind: Only('partition'), partition: Partition(), last: Uint64() }, strict)

const OtherPartitionsSchema = Type.Object({ kind: Only('otherPartitions'), last: Uint64() }, strict)

const Edge = () => OneOf('inclusive', 'exclusive')

const EpochLifetimeSchema = Type.Object(
  { kind: Only('epochs'), edge: Edge(), notBefore: Uint64(), issuedAt: Uint64(), expiration: Uint64() },
  strict,
)

const TimeoutLifetimeSchema = Type.Object(
  {
    kind: Only('timeout'),
    edge: Edge(),
    timeout_ns: Int64(),
    expiry: OneOf('eager', 'lazy'),
    /** The last renewal, the opening if there was none. Missing if nobody can tell. */
    renewedAt: Type.Optional(Time()),
    /** Until the deadline, when it was exported: of an open session in use. For people: an import gives a full timeout. */
    remaining_ms: Type.Optional(Int64()),
  },
  strict,
)

const SessionFields = {
  kind: Only('session'),
  id: Type.String({
    pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
    description: 'a UUID in lower case',
  }),
  generation: Text(),
  dialect: Text(),
  clientVersion: Text(),
  partition: Partition(),
  number: Type.Optional(Uint64()),
  owner: Type.Optional(Hex(25)),
  publicKey: Type.Optional(
    Type.String({ pattern: '^0[23][0-9a-f]{64}$', description: 'a compressed P-256 key in hex' }),
  ),
  account: Type.Optional(Hex(25)),
  /** As it lies in the store. */
  sealedKey: Type.Optional(AnyHex()),
  /** In clear. */
  privateKey: Type.Optional(Hex(32)),
  scope: Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String())]), {
    description: 'an object of names to a text or a list of texts',
  }),
  createdAt: Time(),
  end: Type.Optional(
    Type.Object({ reason: OneOf('closed', 'expired'), by: Text(), at: Time() }, { ...strict, description: 'an end' }),
  ),
}

/** One schema per kind of lifetime, so that an error speaks of the kind that is meant. */
const EpochSessionSchema = Type.Object({ ...SessionFields, lifetime: EpochLifetimeSchema }, strict)
const TimeoutSessionSchema = Type.Object({ ...SessionFields, lifetime: TimeoutLifetimeSchema }, strict)

const FooterSchema = Type.Object(
  {
    kind: Only('footer'),
    /** Before this one. */
    lines: Count(),
    /** Of all bytes before this line. */
    sha256: Hex(32),
  },
  strict,
)

export type HeaderLine = Type.Static<typeof HeaderSchema>
export type PartitionLine = Type.Static<typeof PartitionSchema>
export type OtherPartitionsLine = Type.Static<typeof OtherPartitionsSchema>
export type SessionLine = Type.Static<typeof EpochSessionSchema> | Type.Static<typeof TimeoutSessionSchema>
export type FooterLine = Type.Static<typeof FooterSchema>
export type Line = HeaderLine | PartitionLine | OtherPartitionsLine | SessionLine | FooterLine

/** Compiled: a million lines are checked in seconds. */
export const schemas = {
  header: Compile(HeaderSchema),
  partition: Compile(PartitionSchema),
  otherPartitions: Compile(OtherPartitionsSchema),
  epochSession: Compile(EpochSessionSchema),
  timeoutSession: Compile(TimeoutSessionSchema),
  footer: Compile(FooterSchema),
} as const

import Type from 'typebox'
import { RULE_NAMES, TOKEN_KINDS, TOKEN_LIMITS, type TokenReportJson } from '../tokens/index.js'

export type { TokenReportJson }

const Text = Type.String({ maxLength: 256 })
/** As base64 or hex, with white space here and there. */
const TOKEN_TEXT = { maxLength: 4 * TOKEN_LIMITS.bytes }
/** As many as a token of the largest size names. */
const OBJECTS = { maxItems: 2_000 }

export const TokenQuestionSchema = Type.Object(
  {
    token: Type.String({ ...TOKEN_TEXT, description: 'hex, base64 or base64url' }),
    epoch: Type.Optional(Type.String({ maxLength: 256, description: "the gateway's own if not given" })),
    time: Type.Optional(Type.String({ maxLength: 256, description: 'RFC 3339, or now' })),
    verb: Type.Optional(Text),
    container: Type.Optional(Text),
    objects: Type.Optional(Type.Array(Text, OBJECTS)),
    owner: Type.Optional(Text),
    key: Type.Optional(Text),
    strict: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

export type TokenQuestionJson = Type.Static<typeof TokenQuestionSchema>

const GenuineSchema = Type.Object({
  server: Type.String(),
  status: Type.Optional(Type.Integer()),
  grpcCode: Type.Optional(Type.Integer()),
  message: Type.Optional(Type.String()),
})

export const TokenReportSchema = Type.Unsafe<TokenReportJson>(
  Type.Object({
    kind: Type.Optional(Type.Enum([...TOKEN_KINDS])),
    valid: Type.Boolean(),
    token: Type.Optional(
      Type.Object({
        id: Type.Optional(Type.String()),
        issuer: Type.Optional(Type.String()),
        issuerText: Type.Optional(Type.String()),
        signer: Type.Optional(Type.String()),
        sessionKey: Type.Optional(Type.String()),
        lifetime: Type.Optional(
          Type.Object({
            unit: Type.Enum(['epochs', 'seconds']),
            notBefore: Type.Optional(Type.String()),
            issuedAt: Type.String(),
            expiration: Type.String(),
          }),
        ),
        origins: Type.Integer(),
      }),
    ),
    failed: Type.Array(Type.Enum([...RULE_NAMES])),
    rules: Type.Array(
      Type.Object({
        rule: Type.Enum([...RULE_NAMES]),
        outcome: Type.Enum(['passed', 'failed', 'not_applicable']),
        why: Type.Optional(Type.String()),
        at: Type.Optional(Type.String()),
        genuine: Type.Optional(Type.Array(GenuineSchema)),
      }),
    ),
  }),
)

import Type from 'typebox'

export type {
  BadByte,
  Explanation as DecodedJson,
  FieldNode,
  KeyExplanation,
  MessageExplanation,
  MessageKind,
  SignatureExplanation,
} from '../decode/index.js'

export const DecodeQuestionSchema = Type.Object(
  {
    bytes: Type.String({ description: 'hex, base64 or base64url; with or without gRPC frames' }),
    path: Type.Optional(Type.String({ maxLength: 256, description: 'gRPC path of the call that they come from' })),
  },
  { additionalProperties: false },
)
export type DecodeQuestionJson = Type.Static<typeof DecodeQuestionSchema>

/** As `session-gateway decode --json` prints it; docs/decode.md describes it. Made in another thread, as text. */
export const DecodedTextSchema = Type.Unsafe<string>(
  Type.Object({ decoded: Type.Boolean() }, { additionalProperties: true }),
)

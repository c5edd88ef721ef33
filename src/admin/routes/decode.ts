import Type from 'typebox'
import type { AdminParts } from '../parts.js'
import { Problem } from '../problem.js'
import type { AdminApp } from '../typed-app.js'

const BodySchema = Type.Object(
  {
    bytes: Type.String({ description: 'hex, base64 or base64url; with or without gRPC frames' }),
    path: Type.Optional(Type.String({ maxLength: 256, description: 'gRPC path of the call that they come from' })),
  },
  { additionalProperties: false },
)

/** As `session-gateway decode --json` prints it; docs/decode.md describes it. */
const ExplanationSchema = Type.Unsafe<string>(Type.Object({ decoded: Type.Boolean() }, { additionalProperties: true }))

/** Explains bytes. It changes nothing, and is a POST because bytes are too long for an address. */
export function decodeRoutes(app: AdminApp, { decoder }: AdminParts): void {
  app.post(
    '/api/v1/decode',
    {
      config: { need: 'read' },
      schema: { summary: 'Explain the bytes of a message', body: BodySchema, response: { 200: ExplanationSchema } },
    },
    async ({ body }, reply) => {
      const answer = await decoder.ask(body)
      if ('refused' in answer) throw new Problem('invalid_body', `body ${answer.member}: ${answer.refused}`)
      return reply.type('application/json').serializer(String).send(answer.json)
    },
  )
}

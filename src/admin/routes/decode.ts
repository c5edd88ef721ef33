import { DecodedTextSchema, DecodeQuestionSchema } from '../decode-json.js'
import type { AdminParts } from '../parts.js'
import { Problem } from '../problem.js'
import type { AdminApp } from '../typed-app.js'

/** Explains bytes. It changes nothing, and is a POST because bytes are too long for an address. */
export function decodeRoutes(app: AdminApp, { decoder }: AdminParts): void {
  app.post(
    '/api/v1/decode',
    {
      config: { need: 'read' },
      schema: {
        summary: 'Explain the bytes of a message',
        body: DecodeQuestionSchema,
        response: { 200: DecodedTextSchema },
      },
    },
    async ({ body }, reply) => {
      const answer = await decoder.ask(body)
      if ('refused' in answer) throw new Problem('invalid_body', `body ${answer.member}: ${answer.refused}`)
      return reply.type('application/json').serializer(String).send(answer.json)
    },
  )
}

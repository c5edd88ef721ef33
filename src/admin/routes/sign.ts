import Type from 'typebox'
import { hex } from '../../core/bytes.js'
import type { AdminParts } from '../parts.js'
import { Problem } from '../problem.js'
import { ownerIdOf, SessionNameSchema, sessionRefOf } from '../session-ref.js'
import type { AdminApp } from '../typed-app.js'

const BodySchema = Type.Object(
  {
    data: Type.String({ pattern: '^([0-9a-fA-F]{2})*$', description: 'what is to be signed, as hex' }),
    scheme: Type.Union([Type.Literal(0), Type.Literal(1), Type.Literal(2)], {
      description: '0 ECDSA with SHA-512, 1 RFC 6979 with SHA-256, 2 WalletConnect',
    }),
    owner: Type.Optional(
      Type.String({ maxLength: 128, description: 'the session has to be of this owner: base58 text or hex' }),
    ),
  },
  { additionalProperties: false },
)

const SignatureSchema = Type.Object({
  scheme: Type.Integer(),
  signature: Type.String({ description: 'hex: 65, 64 or 80 bytes, as the scheme has it' }),
  publicKey: Type.String({ description: 'hex, a compressed point of P-256' }),
})

/** Lets a backend sign as the session that a client opened here; the key itself is never told. */
export function signRoutes(app: AdminApp, { signing, audit }: AdminParts): void {
  app.post(
    '/api/v1/sessions/:id/sign',
    {
      config: { need: 'sign', action: 'sign' },
      schema: {
        summary: 'Sign with the key of a session',
        params: SessionNameSchema,
        body: BodySchema,
        response: { 200: SignatureSchema },
      },
    },
    async (request) => {
      const { params, body, caller } = request
      signing.take(caller?.name ?? '')
      const named = sessionRefOf(params.id)
      const owner = body.owner === undefined ? undefined : ownerIdOf('owner', body.owner, 'body')
      if (owner !== undefined && named.by !== 'id') throw new Problem('not_found', 'sessions by number have no owner')
      const ref = owner !== undefined && named.by === 'id' ? { ...named, owner } : named
      const { signature, publicKey } = await signing.sign(ref, Buffer.from(body.data, 'hex'), body.scheme)
      audit.done(request)
      return { scheme: body.scheme, signature: hex(signature), publicKey: hex(publicKey) }
    },
  )
}

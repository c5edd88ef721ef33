import Type from 'typebox'
import type { SessionRef } from '../../core/session.js'
import { bytesOfText, InputError } from '../../decode/index.js'
import {
  checkToken,
  type FoundSession,
  RULE_NAMES,
  readQuestion,
  type SessionLookup,
  TOKEN_KINDS,
  TOKEN_LIMITS,
  type TokenReportJson,
  toJson,
} from '../../tokens/index.js'
import type { AdminParts } from '../parts.js'
import { Problem } from '../problem.js'
import type { AdminApp } from '../typed-app.js'

const Text = Type.String({ maxLength: 256 })
/** As base64 or hex, with white space here and there. */
const TOKEN_TEXT = { maxLength: 4 * TOKEN_LIMITS.bytes }
/** As many as a token of the largest size names. */
const OBJECTS = { maxItems: 2_000 }

const BodySchema = Type.Object(
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

const GenuineSchema = Type.Object({
  server: Type.String(),
  status: Type.Optional(Type.Integer()),
  grpcCode: Type.Optional(Type.Integer()),
  message: Type.Optional(Type.String()),
})

const ReportSchema = Type.Unsafe<TokenReportJson>(
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

/** Checks a session token, also against the sessions that are here. It changes nothing. */
export function tokenRoutes(app: AdminApp, parts: AdminParts): void {
  const { epochs, clock } = parts
  const sessions: SessionLookup = { name: 'this gateway', find: (ref) => lookUp(parts, ref) }

  app.post(
    '/api/v1/tokens/check',
    {
      config: { need: 'read' },
      schema: { summary: 'Check a session token, rule by rule', body: BodySchema, response: { 200: ReportSchema } },
    },
    async ({ body: { token, strict = false, ...texts } }) => {
      const question = readQuestion({ epoch: String(epochs.current()), ...texts }, clock.wallTime())
      if ('member' in question) {
        throw new Problem('invalid_body', `body ${question.member} has to be ${question.takes}`)
      }
      return toJson(await checkToken(bytesOf(token), { ...question, strict, sessions }))
    },
  )
}

function bytesOf(token: string): Uint8Array {
  try {
    return bytesOfText(token).bytes
  } catch (error) {
    if (error instanceof InputError) throw new Problem('invalid_body', `body token: ${error.message}`)
    throw error
  }
}

async function lookUp({ sessions }: AdminParts, ref: SessionRef): Promise<FoundSession | undefined> {
  const known = await sessions.known(ref)
  if (known === undefined) return undefined
  const { session, end } = known
  const { id, owner, key, lifetime } = session
  return { id, owner, publicKey: key?.publicKey, lifetime, end }
}

import type { SessionRef } from '../../core/session.js'
import { bytesOfText, InputError } from '../../decode/index.js'
import { checkToken, type FoundSession, readQuestion, type SessionLookup, toJson } from '../../tokens/index.js'
import type { AdminParts } from '../parts.js'
import { Problem } from '../problem.js'
import { TokenQuestionSchema, TokenReportSchema } from '../token-json.js'
import type { AdminApp } from '../typed-app.js'

/** Checks a session token, also against the sessions that are here. It changes nothing. */
export function tokenRoutes(app: AdminApp, parts: AdminParts): void {
  const { epochs, clock } = parts
  const sessions: SessionLookup = { name: 'this gateway', find: (ref) => lookUp(parts, ref) }

  app.post(
    '/api/v1/tokens/check',
    {
      config: { need: 'read' },
      schema: {
        summary: 'Check a session token, rule by rule',
        body: TokenQuestionSchema,
        response: { 200: TokenReportSchema },
      },
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

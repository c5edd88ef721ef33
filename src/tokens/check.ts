import { SignatureVerifier } from '../crypto/schemes.js'
import type { TokenContext } from './context.js'
import { TOKEN_LIMITS } from './limits.js'
import { readToken } from './read.js'
import { reportOf, type TokenKind, type TokenReport } from './report.js'
import { applyRules, failed, notApplicable, passed, type Rule, type RuleResult } from './rule.js'
import { SERVICE_TOKEN_RULES } from './service-token/rules.js'
import { serviceTokenFacts, serviceTokenSubject } from './service-token/subject.js'
import { SESSION_TOKEN_RULES } from './session-token/rules.js'
import { sessionTokenFacts, sessionTokenSubject } from './session-token/subject.js'
import { SESSION_TOKEN_V2_RULES } from './session-token-v2/rules.js'
import { sessionTokenV2Facts, sessionTokenV2Subject } from './session-token-v2/subject.js'

const RULES: Readonly<Record<TokenKind, readonly Pick<Rule<never>, 'name'>[]>> = {
  'service.Token': SERVICE_TOKEN_RULES,
  SessionToken: SESSION_TOKEN_RULES,
  SessionTokenV2: SESSION_TOKEN_V2_RULES,
}

/**
 * Checks a session token of any era. Always answers, whatever the bytes are; rejects only with what the look-up of sessions
 * rejects with.
 */
export async function checkToken(bytes: Uint8Array, context: TokenContext = {}): Promise<TokenReport> {
  const limits = { ...TOKEN_LIMITS, ...context.limits }
  if (bytes.length > limits.bytes) {
    const why = `the token has ${bytes.length} bytes, takes at most ${limits.bytes}`
    return reportOf(undefined, undefined, [{ rule: 'size', ...failed(why) }])
  }
  const read = readToken(bytes)
  if ('why' in read) return unreadable(read.kind, read.why)
  const verifier = context.verifier ?? new SignatureVerifier({ publicKeys: 0, verified: 0 })
  switch (read.kind) {
    case 'service.Token': {
      const subject = await serviceTokenSubject(read.token, context, verifier)
      return decoded(read.kind, serviceTokenFacts(subject), applyRules(SERVICE_TOKEN_RULES, subject))
    }
    case 'SessionToken': {
      const subject = await sessionTokenSubject(read.token, context, verifier)
      return decoded(read.kind, sessionTokenFacts(subject), applyRules(SESSION_TOKEN_RULES, subject))
    }
    case 'SessionTokenV2': {
      const subject = await sessionTokenV2Subject(read.token, context, verifier, limits.levels)
      return decoded(read.kind, sessionTokenV2Facts(subject), applyRules(SESSION_TOKEN_V2_RULES, subject))
    }
  }
}

function decoded(kind: TokenKind, facts: TokenReport['facts'], rules: readonly RuleResult[]): TokenReport {
  return reportOf(kind, facts, [{ rule: 'size', ...passed() }, { rule: 'form', ...passed() }, ...rules])
}

function unreadable(kind: TokenKind | undefined, why: string): TokenReport {
  const rest = kind === undefined ? [] : RULES[kind]
  return reportOf(kind, undefined, [
    { rule: 'size', ...passed() },
    { rule: 'form', ...failed(why) },
    ...rest.map(({ name }): RuleResult => ({ rule: name, ...notApplicable('the token does not decode') })),
  ])
}

import type { GenuineAnswer } from './explanation.js'
import type { Moment, SessionFacts } from './facts.js'
import { atomixAnswers } from './genuine-atomix.js'
import { cAnswers, deAnswers, legacyAnswers } from './genuine-v1.js'
import { f0Answers, v2Answers } from './genuine-v2.js'

/**
 * How genuine servers of the session's own generation would answer now, had they opened it: facts about their releases, each
 * where its protocol page says so. They are no statement about this gateway.
 */
export function genuineAnswers(facts: SessionFacts, now: Moment): readonly GenuineAnswer[] {
  const { lifetime, origin } = facts
  if (lifetime.kind === 'timeout') return atomixAnswers(facts, lifetime, now)
  switch (origin.generation) {
    case 'v1-legacy':
      return legacyAnswers(lifetime, now)
    case 'v1':
      return origin.dialect.startsWith('C') ? cAnswers(lifetime, now) : deAnswers(lifetime, now)
    case 'v2':
      return origin.dialect === 'F0' ? f0Answers() : v2Answers(lifetime, now)
    default:
      return []
  }
}

import { failed, type GenuineAnswer, type Outcome, passed } from '../rule.js'
import type { Level, SessionTokenV2Subject } from './subject.js'

/** The first that fails, and where; else that of the token itself. */
export function eachLevel(levels: readonly Level[], check: (level: Level) => Outcome): Outcome {
  let first: Outcome | undefined
  for (const level of levels) {
    const outcome = check(level)
    if (outcome.outcome === 'failed') return level.at === '' ? outcome : { ...outcome, at: level.at }
    first ??= outcome
  }
  return first ?? passed()
}

/** Why a level breaks a rule, and what the SDK says of it. */
export interface Fault {
  readonly why: string
  readonly sdk: string
}

/** The SDK's check of fields, the first of them that is wrong in a level. */
export function fieldOutcome(check: (level: Level) => Fault | undefined): (subject: SessionTokenV2Subject) => Outcome {
  return ({ levels }) =>
    eachLevel(levels, (level) => {
      const fault = check(level)
      return fault === undefined
        ? passed()
        : failed(fault.why, sdk(`depth ${level.depth}: invalid fields: ${fault.sdk}`))
    })
}

export function sdk(message: string): GenuineAnswer[] {
  return [{ server: 'neofs-sdk-go v1.0.0-rc.21, Validate', message }]
}

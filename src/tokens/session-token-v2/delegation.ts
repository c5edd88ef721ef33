import { sameBytes } from '../../core/bytes.js'
import { base58 } from '../../crypto/base58.js'
import { type SessionTokenV2Body, VerbNames } from '../../generated/v2/token.js'
import { failed, notApplicable, type Outcome, passed, type Rule } from '../rule.js'
import { accountText, listed, unlessNamed, verbText } from '../text.js'
import { momentText } from '../time.js'
import { boundedContexts, containerOf, isWildcard } from './fields.js'
import { sdk } from './levels.js'
import type { Level, SessionTokenV2Subject } from './subject.js'

/** A token and the one that it was delegated from. */
interface Link {
  readonly level: Level
  readonly body: SessionTokenV2Body
  readonly origin: SessionTokenV2Body
}

interface Fault {
  readonly why: string
  /** In the SDK's words, without the depth. */
  readonly sdk: string
}

/** What a token may hand on (neofs-v2 §8). The SDK compares each with its origin, from the token itself on. */
export const DELEGATION_RULES: readonly Rule<SessionTokenV2Subject>[] = [
  { name: 'delegation_final', check: finalOutcome },
  { name: 'delegation_verbs', check: linkOutcome(verbsFault) },
  { name: 'delegation_issuer', check: linkOutcome(issuerFault) },
  { name: 'delegation_lifetime', check: linkOutcome(lifetimeFault) },
]

function linkOutcome(check: (link: Link) => Fault | undefined): (subject: SessionTokenV2Subject) => Outcome {
  return ({ levels }) => {
    if (levels.length < 2) return notApplicable(NO_ORIGIN)
    for (const [depth, level] of levels.entries()) {
      const origin = levels[depth + 1]
      const fault = origin === undefined ? undefined : check({ level, body: level.body, origin: origin.body })
      if (fault === undefined) continue
      return failed(fault.why, sdk(`depth ${depth}: ${fault.sdk}`), level.at === '' ? {} : { at: level.at })
    }
    return passed()
  }
}

const NO_ORIGIN = 'the token has no origin'

function finalOutcome({ levels }: SessionTokenV2Subject): Outcome {
  if (levels.length < 2) return notApplicable(NO_ORIGIN)
  const final = levels.find(({ depth, body }) => depth > 0 && body.final)
  if (final === undefined) return passed()
  return failed(
    'final: got true, and a final token may not be delegated',
    sdk(`depth ${final.depth}: final token cannot be used as origin (further delegated)`),
    { at: final.at },
  )
}

/** An entry of the origin for that very container counts alone, its wildcard only where there is none. */
function verbsFault({ body, origin }: Link): Fault | undefined {
  const origins = boundedContexts(origin)
  for (const [index, context] of boundedContexts(body).entries()) {
    const container = containerOf(context)
    const name = isWildcard(context) ? 'every container' : `container ${shownContainer(container)}`
    const granting =
      origins.find((candidate) => sameBytes(containerOf(candidate), container)) ?? origins.find(isWildcard)
    if (granting === undefined) {
      return {
        why: `contexts[${index}]: got ${name}, for which the origin allows nothing`,
        sdk: `invalid origin chain: container ${shownContainer(container)} at context ${index} not found in origin`,
      }
    }
    const other = context.verbs.find((verb) => !granting.verbs.includes(verb))
    if (other === undefined) continue
    const allows = listed(granting.verbs.map((verb) => verbText(VerbNames, verb)))
    return {
      why: `contexts[${index}]: got ${verbText(VerbNames, other)} in ${name}, where the origin allows ${allows}`,
      sdk: `invalid origin chain: container ${shownContainer(container)}, context ${index}: verb ${verbText(VerbNames, other)} not authorized by origin`,
    }
  }
  return undefined
}

/** Longer ones are no ids, and base58 takes time that grows with the square. */
function shownContainer(container: Uint8Array): string {
  return container.length === 32 ? base58(container) : `of ${container.length} bytes`
}

function issuerFault({ body, origin }: Link): Fault | undefined {
  const issuer = body.issuer?.value
  if (issuer === undefined) return undefined
  if (origin.subjects.some(({ ownerId }) => sameBytes(ownerId?.value, issuer))) return undefined
  return {
    why: `issuer: got ${accountText(issuer)}, which is none of the origin's subjects${unlessNamed(origin.subjects)}`,
    sdk: "token issuer is not in this origin token's subjects",
  }
}

function lifetimeFault({ body, origin }: Link): Fault | undefined {
  const { lifetime } = body
  const outer = origin.lifetime
  if (lifetime === undefined || outer === undefined) return undefined
  if (lifetime.nbf >= outer.nbf && lifetime.exp <= outer.exp) return undefined
  const [from, to, first, last] = [lifetime.nbf, lifetime.exp, outer.nbf, outer.exp].map((at) =>
    momentText(at, 'second'),
  )
  return {
    why: `lifetime: got ${from} to ${to}, and the origin's is ${first} to ${last}`,
    sdk: "origin token lifetime is outside this token's lifetime",
  }
}

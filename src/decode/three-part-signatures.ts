import { ABSENT_PART, type SignedMessage, type ThreePartRule, verifyThreePart } from '../adapters/three-part.js'
import type { SignatureChecker } from './checker.js'
import type { Verdict } from './explanation.js'

const SILENT = { signatureCheck() {} }

/**
 * The three signatures of each hop of E, F0 and v2 (neofs-v2 §3.1). `rule` says what a verifier of the announced version
 * looks at; the others are explained too. No verdict on a chain of which only a part is looked at.
 */
export function explainThreePart(
  signed: SignedMessage,
  rule: ThreePartRule,
  checker: SignatureChecker,
): Verdict | undefined {
  const { body, metas, hops } = signed
  for (const [depth, hop] of hops.entries()) {
    const above = '.origin'.repeat(depth)
    const level = `verify_header${above}`
    const looksHere = rule.chain === 'all hops' || depth === 0
    if (hop.meta !== undefined) {
      const covers = `meta_header${above}`
      const at = { kind: 'meta', place: `${level}.meta_signature`, index: depth, covers, checked: looksHere } as const
      checker.part(at, hop.meta, metas[depth] ?? ABSENT_PART)
    }
    if (hop.origin !== undefined) {
      const covers = depth + 1 < hops.length ? `${level}.origin` : 'nothing, as there is no earlier hop'
      const checked = looksHere && rule.originSignatures
      const at = { kind: 'origin', place: `${level}.origin_signature`, index: depth, covers, checked } as const
      checker.part(at, hop.origin, hop.previous)
    }
    if (hop.body !== undefined) {
      const at = {
        kind: 'body',
        place: `${level}.body_signature`,
        index: depth,
        covers: 'body',
        checked: looksHere,
      } as const
      checker.part(at, hop.body, body)
    }
  }
  if (checker.leftOut > 0) return undefined
  const reason = verifyThreePart(signed, rule, checker.verifier, SILENT)
  return { rule: ruleText(rule), valid: reason === undefined, ...(reason === undefined ? {} : { reason }) }
}

function ruleText({ chain, originSignatures }: ThreePartRule): string {
  const parts = originSignatures ? 'body, meta and origin signatures' : 'body and meta signatures'
  return chain === 'all hops' ? `${parts} of every hop` : `${parts} of the top level alone`
}

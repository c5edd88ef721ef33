import { base58 } from '../../crypto/base58.js'
import { ownerIdFault } from '../../crypto/owner-id.js'
import { type SessionContextV2, type SessionTokenV2Body, type Target, VerbNames } from '../../generated/v2/token.js'
import { isZero } from '../fields.js'
import { failed, notApplicable, type Outcome, passed, type Rule } from '../rule.js'
import { accountText, verbText } from '../text.js'
import { orderFault } from '../time.js'
import { eachLevel, type Fault, fieldOutcome, sdk } from './levels.js'
import type { Level, SessionTokenV2Subject } from './subject.js'

/** What the SDK allows (neofs-v2 §8). */
export const DELEGATIONS_MAX = 4
const VERSION = 0
const APP_DATA_BYTES_MAX = 1024
const SUBJECTS_MAX = 8
const CONTEXTS_MAX = 16
const VERBS_MAX = 12
const CONTAINER_BYTES = 32

/** What each token of a chain has to be for itself, in the SDK's order. */
export const V2_FIELD_RULES: readonly Rule<SessionTokenV2Subject>[] = [
  { name: 'chain_depth', check: chainDepth },
  { name: 'version', check: fieldOutcome(versionFault) },
  { name: 'app_data', check: fieldOutcome(appDataFault) },
  { name: 'issuer_id', check: fieldOutcome(issuerFault) },
  { name: 'subjects', check: fieldOutcome(subjectsFault) },
  { name: 'lifetime', check: fieldOutcome(lifetimeFault) },
  { name: 'lifetime_order', check: fieldOutcome(lifetimeOrderFault) },
  { name: 'context', check: fieldOutcome(contextsFault) },
  { name: 'verbs', check: fieldOutcome(verbsFault) },
  {
    name: 'verb_known',
    check: ({ levels, context }) => eachLevel(levels, (level) => verbKnown(level, context.strict)),
  },
  {
    name: 'signed',
    check: fieldOutcome(({ isSigned }) =>
      isSigned ? undefined : { why: 'signature: got none, takes that of the issuer', sdk: 'token is not signed' },
    ),
  },
]

/** True for the context of every container: its id is absent or zero. */
export function isWildcard({ container }: SessionContextV2): boolean {
  return container === undefined || isZero(container.value)
}

/** A chain of which not all is looked at fails in any case: nothing is known of the rest. */
function chainDepth({ count, isTooLong }: SessionTokenV2Subject): Outcome {
  const delegations = count - 1
  const stops = isTooLong ? ({ stops: true } as const) : {}
  if (delegations > DELEGATIONS_MAX) {
    const why = `the token was delegated ${delegations} times, takes at most ${DELEGATIONS_MAX}`
    return failed(why, sdk(`delegation chain exceeds maximum depth of ${DELEGATIONS_MAX}`), stops)
  }
  return isTooLong
    ? failed(`the token was delegated ${delegations} times, more than are looked at`, [], stops)
    : passed()
}

function versionFault({ body: { version } }: Level): Fault | undefined {
  if (version === VERSION) return undefined
  return {
    why: `version: got ${version}, takes ${VERSION}`,
    sdk: `invalid token version: expected ${VERSION}, got ${version}`,
  }
}

function appDataFault({ body: { appdata } }: Level): Fault | undefined {
  if (appdata.length <= APP_DATA_BYTES_MAX) return undefined
  return {
    why: `appdata: got ${appdata.length} bytes, takes at most ${APP_DATA_BYTES_MAX}`,
    sdk: `app data size exceeds maximum of ${APP_DATA_BYTES_MAX} bytes`,
  }
}

function issuerFault({ body: { issuer } }: Level): Fault | undefined {
  if (issuer === undefined) return { why: 'issuer: got none, takes the account that signs', sdk: 'issuer is not set' }
  const fault = ownerIdFault(issuer.value)
  return fault === undefined
    ? undefined
    : { why: `issuer: got ${accountText(issuer.value)}: ${fault}`, sdk: `invalid issuer: ${fault}` }
}

function subjectsFault({ body: { subjects } }: Level): Fault | undefined {
  const takes = `takes 1 to ${SUBJECTS_MAX}`
  if (subjects.length === 0) return { why: `subjects: got none, ${takes}`, sdk: 'no subjects specified' }
  if (subjects.length > SUBJECTS_MAX) {
    return {
      why: `subjects: got ${subjects.length}, ${takes}`,
      sdk: `too many subjects: expected max ${SUBJECTS_MAX}, got ${subjects.length}`,
    }
  }
  for (const [index, subject] of subjects.entries()) {
    const fault = subjectFault(subject, index)
    if (fault !== undefined) return fault
  }
  return undefined
}

function subjectFault({ ownerId, nnsName }: Target, index: number): Fault | undefined {
  const takes = 'takes an account or a name'
  if (ownerId === undefined) {
    if (nnsName !== undefined && nnsName !== '') return undefined
    return { why: `subjects[${index}]: got nothing, ${takes}`, sdk: `subject at index ${index} is empty` }
  }
  const fault = ownerIdFault(ownerId.value)
  if (fault === undefined) return undefined
  return {
    why: `subjects[${index}]: got ${accountText(ownerId.value)}: ${fault}`,
    sdk: `invalid subject at index ${index}: ${fault}`,
  }
}

/** The SDK misses the first of the three times. */
function lifetimeFault({ body: { lifetime } }: Level): Fault | undefined {
  if (lifetime !== undefined) return undefined
  return { why: 'lifetime: got none, takes exp, nbf and iat', sdk: 'issued at (iat) is not set' }
}

const ORDER_TEXTS = {
  nbf: 'not before (nbf) is after expiration (exp)',
  iat: 'issued at (iat) is after expiration (exp)',
} as const

function lifetimeOrderFault({ body: { lifetime } }: Level): Fault | undefined {
  const fault = lifetime === undefined ? undefined : orderFault(lifetime, 'second')
  return fault === undefined ? undefined : { why: fault.why, sdk: ORDER_TEXTS[fault.field] }
}

/** No more than a token may have, each with no more verbs: comparing more of them could take long, and they fail in any case. */
export function boundedContexts({ contexts }: SessionTokenV2Body): SessionContextV2[] {
  return contexts.slice(0, CONTEXTS_MAX).map((context) => ({ ...context, verbs: context.verbs.slice(0, VERBS_MAX) }))
}

const WILDCARD = new Uint8Array(CONTAINER_BYTES)

/** 32 bytes, zero for the wildcard. */
export function containerOf({ container }: SessionContextV2): Uint8Array {
  return container?.value ?? WILDCARD
}

function contextsFault({ body: { contexts } }: Level): Fault | undefined {
  const takes = `takes 1 to ${CONTEXTS_MAX}`
  if (contexts.length === 0) return { why: `contexts: got none, ${takes}`, sdk: 'no contexts specified' }
  if (contexts.length > CONTEXTS_MAX) {
    return {
      why: `contexts: got ${contexts.length}, ${takes}`,
      sdk: `too many contexts: expected max ${CONTEXTS_MAX}, got ${contexts.length}`,
    }
  }
  let before: Uint8Array | undefined
  for (const [index, context] of contexts.entries()) {
    const container = containerOf(context)
    if (container.length !== CONTAINER_BYTES) {
      return {
        why: `contexts[${index}].container: got ${container.length} bytes, takes ${CONTAINER_BYTES}`,
        sdk: `invalid context at index ${index}: invalid container: invalid length ${container.length}`,
      }
    }
    const order = before === undefined ? -1 : Buffer.compare(before, container)
    if (order === 0) return duplicate(index, container)
    if (order > 0) return unsorted(index, container, before ?? WILDCARD)
    before = container
  }
  return undefined
}

function duplicate(index: number, container: Uint8Array): Fault {
  return {
    why: `contexts[${index}]: got container ${base58(container)} again, takes each once`,
    sdk: `duplicate container at index ${index}: ${base58(container)}`,
  }
}

function unsorted(index: number, container: Uint8Array, before: Uint8Array): Fault {
  const [one, other] = [base58(container), base58(before)]
  return {
    why: `contexts[${index}]: got container ${one} after ${other}, takes them in ascending order of their bytes`,
    sdk: `contexts must be sorted by container ID: index ${index} (${one}) < previous index ${index - 1} (${other})`,
  }
}

function verbsFault({ body: { contexts } }: Level): Fault | undefined {
  const [first] = contexts
  const wildcard = first !== undefined && isWildcard(first) ? first.verbs : undefined
  for (const [index, { verbs }] of contexts.entries()) {
    const fault = verbListFault(verbs, index)
    if (fault !== undefined) return fault
    if (index > 0 && wildcard !== undefined && verbs.join() === wildcard.join()) {
      return {
        why: `contexts[${index}]: got the verbs of the wildcard, takes others, or no context of its own`,
        sdk: `context at index ${index}: explicit container cannot have the same verbs as wildcard`,
      }
    }
  }
  return undefined
}

function verbListFault(verbs: readonly number[], index: number): Fault | undefined {
  const place = `contexts[${index}].verbs`
  const takes = `takes 1 to ${VERBS_MAX}`
  if (verbs.length === 0) return { why: `${place}: got none, ${takes}`, sdk: `context at index ${index} has no verbs` }
  if (verbs.length > VERBS_MAX) {
    return {
      why: `${place}: got ${verbs.length}, ${takes}`,
      sdk: `context at index ${index} has too many verbs: expected max ${VERBS_MAX}, got ${verbs.length}`,
    }
  }
  const at = verbs.findIndex((verb, each) => each > 0 && verb <= (verbs[each - 1] ?? verb))
  if (at < 0) return undefined
  const [verb, before] = [verbs[at], verbs[at - 1]]
  return {
    why: `${place}[${at}]: got ${verb} after ${before}, takes each once in ascending order`,
    sdk: `context at index ${index}: verbs must be sorted in ascending order (verb ${verb} at index ${at} <= verb ${before} at index ${at - 1})`,
  }
}

function verbKnown({ body: { contexts } }: Level, strict: boolean | undefined): Outcome {
  const unknown = contexts.flatMap(({ verbs }) => verbs).find((verb) => verb === 0 || !VerbNames.has(verb))
  if (unknown === undefined) return passed()
  const why = `verbs: got ${verbText(VerbNames, unknown)}, takes 1 to ${VerbNames.size - 1}`
  return strict === true ? failed(why) : notApplicable(`no node looks, but ${why}`)
}

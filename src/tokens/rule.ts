/** The stable names of all rules; `docs/tokens.md` explains them. Each kind of token has its own order. */
export const RULE_NAMES = [
  'size',
  'form',
  'chain_depth',
  'version',
  'app_data',
  'id',
  'issuer_id',
  'owner_key',
  'subjects',
  'lifetime',
  'lifetime_order',
  'session_key',
  'context',
  'verbs',
  'verb_known',
  'signed',
  'delegation_final',
  'delegation_verbs',
  'delegation_issuer',
  'delegation_lifetime',
  'expiration',
  'not_before',
  'issued_at',
  'signature',
  'issuer',
  'verb',
  'container',
  'object',
  'requester',
  'object_signer',
  'stored_session',
  'stored_state',
  'stored_lifetime',
  'stored_owner',
  'stored_key',
] as const

export type RuleName = (typeof RULE_NAMES)[number]

/** What a genuine server answers where a rule does not hold. Members that nobody knows are left out. */
export interface GenuineAnswer {
  /** Which one, with its versions. */
  readonly server: string
  /** NeoFS status in the response's meta header. */
  readonly status?: number
  readonly grpcCode?: number
  /** Its words. */
  readonly message?: string
}

export interface Passed {
  readonly outcome: 'passed'
}

export interface NotApplicable {
  readonly outcome: 'not_applicable'
  readonly why: string
}

export interface Failed {
  readonly outcome: 'failed'
  /** For people: what it has, and what would be right. */
  readonly why: string
  /** Which token of a chain: `origin`, `origin.origin`, …; left out for the token itself. */
  readonly at?: string
  readonly genuine: readonly GenuineAnswer[]
  /** True where nothing after it can be looked at. */
  readonly stops?: true
}

export type Outcome = Passed | NotApplicable | Failed

export type RuleResult = Outcome & { readonly rule: RuleName }

/** One rule about a token of one kind, with all that is known of it. */
export interface Rule<Subject> {
  readonly name: RuleName
  check(subject: Subject): Outcome
}

const PASSED: Passed = { outcome: 'passed' }

export function passed(): Passed {
  return PASSED
}

export function notApplicable(why: string): NotApplicable {
  return { outcome: 'not_applicable', why }
}

export function failed(
  why: string,
  genuine: readonly GenuineAnswer[] = [],
  more: Pick<Failed, 'at' | 'stops'> = {},
): Failed {
  return { outcome: 'failed', why, genuine, ...more }
}

/** Every rule in its order; those after one that stops the work are not applicable. */
export function applyRules<Subject>(rules: readonly Rule<Subject>[], subject: Subject): RuleResult[] {
  let stop: RuleName | undefined
  return rules.map(({ name, check }) => {
    if (stop !== undefined) return { rule: name, ...notApplicable(`nothing is looked at once ${stop} has failed`) }
    const outcome = check(subject)
    if (outcome.outcome === 'failed' && outcome.stops === true) stop = name
    return { rule: name, ...outcome }
  })
}

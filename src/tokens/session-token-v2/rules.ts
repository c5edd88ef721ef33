import { sameBytes } from '../../core/bytes.js'
import { accountOf, ownerIdFault } from '../../crypto/owner-id.js'
import { compress } from '../../crypto/p256.js'
import { type SessionTokenV2Body, VerbNames } from '../../generated/v2/token.js'
import type { TokenContext } from '../context.js'
import { verbOf } from '../operations.js'
import { failed, type GenuineAnswer, notApplicable, type Outcome, passed, type Rule } from '../rule.js'
import { issuerOutcome, signatureOutcome } from '../signatures.js'
import { type StoredAnswers, storedRules } from '../stored.js'
import { accountText, bytesText, listed, unlessNamed, verbText } from '../text.js'
import { hasBegun, notExpired } from '../time.js'
import { DELEGATION_RULES } from './delegation.js'
import { boundedContexts, isWildcard, V2_FIELD_RULES } from './fields.js'
import { eachLevel } from './levels.js'
import type { SessionTokenV2Subject } from './subject.js'

const NODE = 'storage node v0.55.0'
const EXPIRED: readonly GenuineAnswer[] = [{ server: NODE, status: 4097 }]
const NOT_ALLOWED: readonly GenuineAnswer[] = [{ server: NODE, status: 2048 }]
const NO_AUTHORITY: readonly GenuineAnswer[] = [
  { server: `${NODE}, for a put or a read`, message: 'session v2 token authority assertion failed' },
]
const NO_KEY: readonly GenuineAnswer[] = [...NO_AUTHORITY, { server: `${NODE}, for a delete`, status: 4096 }]
/** The node then tries its own key, which helps where its own account is a subject. */
const STORED: StoredAnswers = {
  missing: NO_KEY,
  over: [...NO_AUTHORITY, { server: `${NODE}, for a delete`, status: 4097 }],
  otherOwner: [],
}

function unauthentic(message: string): GenuineAnswer[] {
  return [{ server: NODE, message }]
}

/** First what the SDK validates, then what nodes look at. */
export const SESSION_TOKEN_V2_RULES: readonly Rule<SessionTokenV2Subject>[] = [
  ...V2_FIELD_RULES,
  ...DELEGATION_RULES,
  { name: 'expiration', check: ({ body, context }) => notExpired(body.lifetime?.exp, clockOf(context), EXPIRED) },
  { name: 'not_before', check: ({ body, context }) => hasBegun(body.lifetime?.nbf, clockOf(context), 'valid', []) },
  { name: 'issued_at', check: ({ body, context }) => hasBegun(body.lifetime?.iat, clockOf(context), 'issued', []) },
  {
    name: 'signature',
    check: ({ levels }) => eachLevel(levels, ({ signature }) => signatureOutcome(signature, unauthentic)),
  },
  {
    name: 'issuer',
    check: ({ levels }) =>
      eachLevel(levels, ({ body: { issuer }, signature }) =>
        issuer === undefined || ownerIdFault(issuer.value) !== undefined
          ? notApplicable('the issuer is no account')
          : issuerOutcome(signature, issuer.value, unauthentic('issuer mismatches signature')),
      ),
  },
  { name: 'verb', check: verbOutcome },
  { name: 'container', check: containerOutcome },
  { name: 'requester', check: ({ body, context }) => isSubject(body, context.owner, 'owner', []) },
  { name: 'object_signer', check: objectSignerOutcome },
  ...storedRules<SessionTokenV2Subject>(STORED),
]

function clockOf({ time_s }: TokenContext) {
  return { now: time_s, unit: 'second' } as const
}

/** Of a wildcard and of the container itself, either may grant it. */
function verbOutcome({ body, context: { operation, container } }: SessionTokenV2Subject): Outcome {
  if (operation === undefined) return notApplicable('no operation was given')
  const granted = grantedIn(body, container)
  if (granted.has(verbOf(operation))) return passed()
  const place = container === undefined ? 'any container' : `container ${bytesText(container)}`
  const has = granted.size === 0 ? 'nothing' : listed([...granted].map((verb) => verbText(VerbNames, verb)))
  return failed(`the token does not allow ${operation} in ${place}: it allows ${has}`, NOT_ALLOWED)
}

function grantedIn(body: SessionTokenV2Body, container: Uint8Array | undefined): Set<number> {
  const granting = boundedContexts(body).filter(
    (context) => container === undefined || isWildcard(context) || sameBytes(context.container?.value, container),
  )
  return new Set(granting.flatMap(({ verbs }) => verbs))
}

function containerOutcome({ body, context: { container } }: SessionTokenV2Subject): Outcome {
  if (container === undefined) return notApplicable('no container was given')
  if (grantedIn(body, container).size > 0) return passed()
  return failed(`the token allows nothing in container ${bytesText(container)}`, NOT_ALLOWED)
}

function objectSignerOutcome({ body, context: { key } }: SessionTokenV2Subject): Outcome {
  if (key === undefined) return notApplicable('no key was given')
  if (compress(key) === undefined) return failed(`${bytesText(key)} is no public key`)
  return isSubject(body, accountOf(key), 'key', NO_AUTHORITY)
}

function isSubject(
  { subjects }: SessionTokenV2Body,
  account: Uint8Array | undefined,
  what: string,
  genuine: readonly GenuineAnswer[],
): Outcome {
  if (account === undefined) return notApplicable(`no ${what} was given`)
  if (subjects.some(({ ownerId }) => sameBytes(ownerId?.value, account))) return passed()
  return failed(`${accountText(account)} is none of the subjects${unlessNamed(subjects)}`, genuine)
}

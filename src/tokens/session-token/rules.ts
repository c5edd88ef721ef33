import type { TokenContext } from '../context.js'
import { idFault, signsObjects } from '../fields.js'
import { failed, notApplicable, passed, type Rule } from '../rule.js'
import { signatureOutcome } from '../signatures.js'
import { namedSessionRules, storedRules } from '../stored.js'
import { hasBegun, notExpired } from '../time.js'
import { EXPIRED, early, NODE, STORED, unauthentic, undecodable } from './answers.js'
import {
  contextOutcome,
  issuerFault,
  issuerIsSigner,
  lifetimeOrder,
  sessionKeyOutcome,
  verbKnown,
  wellFormed,
} from './form.js'
import type { SessionTokenSubject } from './subject.js'
import { containerOutcome, objectOutcome, verbOutcome } from './use.js'

/** In the order of the node (neofs-v2 §4.4). */
export const SESSION_TOKEN_RULES: readonly Rule<SessionTokenSubject>[] = [
  { name: 'id', check: ({ body }) => wellFormed(idFault(body.id)) },
  { name: 'issuer_id', check: ({ body }) => wellFormed(issuerFault(body)) },
  {
    name: 'lifetime',
    check: ({ body }) =>
      body.lifetime === undefined
        ? failed('lifetime: got none, takes exp, nbf and iat', undecodable('missing token lifetime'))
        : passed(),
  },
  { name: 'lifetime_order', check: lifetimeOrder },
  { name: 'session_key', check: sessionKeyOutcome },
  { name: 'context', check: contextOutcome },
  { name: 'verb_known', check: verbKnown },
  {
    name: 'signed',
    check: ({ isSigned }) =>
      isSigned
        ? passed()
        : failed('signature: got none, takes that of the issuer', undecodable('missing body signature')),
  },
  {
    name: 'expiration',
    check: ({ body, context }) => notExpired(body.lifetime?.exp, clockOf(context), EXPIRED),
  },
  {
    name: 'not_before',
    check: ({ body, context }) => hasBegun(body.lifetime?.nbf, clockOf(context), 'valid', early(context)),
  },
  {
    name: 'issued_at',
    check: ({ body, context }) => hasBegun(body.lifetime?.iat, clockOf(context), 'issued', early(context)),
  },
  {
    name: 'signature',
    check: ({ signature }) => signatureOutcome(signature, (reason) => unauthentic(reason, 'signature')),
  },
  { name: 'issuer', check: issuerIsSigner },
  { name: 'verb', check: verbOutcome },
  { name: 'container', check: containerOutcome },
  { name: 'object', check: objectOutcome },
  {
    name: 'requester',
    check: ({ context }) =>
      notApplicable(
        context.owner === undefined
          ? 'no owner was given'
          : 'nodes take the issuer for the author, whoever sends the request',
      ),
  },
  {
    name: 'object_signer',
    check: ({ body, context }) =>
      signsObjects(body.sessionKey, context.key, [
        { server: NODE, message: "session token is not for object's signer" },
      ]),
  },
  ...storedRules<SessionTokenSubject>(STORED),
  ...namedSessionRules<SessionTokenSubject>(STORED, ({ body }) => ({
    owner: body.ownerId?.value ?? new Uint8Array(0),
    key: body.sessionKey,
  })),
]

function clockOf({ epoch }: TokenContext) {
  return { now: epoch, unit: 'epoch' } as const
}

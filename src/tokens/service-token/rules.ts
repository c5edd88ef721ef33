import { sameBytes } from '../../core/bytes.js'
import { hasOwnerChecksum, ownsOwnerId } from '../../crypto/owner-id.js'
import { TokenInfoVerbNames } from '../../generated/v1/c/verify.js'
import type { TokenContext } from '../context.js'
import { idFault, isNamed, isZero, pointFault, signsObjects } from '../fields.js'
import { isObjectOperation, SPAWNED } from '../operations.js'
import { failed, type GenuineAnswer, notApplicable, type Outcome, passed, type Rule } from '../rule.js'
import { signatureOutcome } from '../signatures.js'
import { namedSessionRules, type StoredAnswers, storedRules } from '../stored.js'
import { accountText, bytesText, listed, verbText } from '../text.js'
import { hasBegun, notExpired, orderFault } from '../time.js'
import type { ServiceTokenSubject } from './subject.js'

function node(message: string): GenuineAnswer[] {
  return [{ server: 'storage node v0.10', message }]
}

const STORED: StoredAnswers = {
  missing: [{ server: 'storage node v0.10', grpcCode: 10, message: 'private token receive failure' }],
  // It never removes a session, and looks at the token's lifetime alone.
  over: [],
  otherOwner: [{ server: 'storage node v0.10', grpcCode: 10, message: 'private token receive failure' }],
}

const EPOCHS = { unit: 'epoch' } as const

export const SERVICE_TOKEN_RULES: readonly Rule<ServiceTokenSubject>[] = [
  { name: 'verb', check: verbOutcome },
  { name: 'owner_key', check: ownerKeyOutcome },
  { name: 'issuer', check: issuerOutcome },
  { name: 'lifetime_order', check: lifetimeOrder },
  {
    name: 'expiration',
    check: ({ info, context }) =>
      notExpired(info.lifetime?.validUntil ?? 0n, { now: context.epoch, ...EPOCHS }, node('token is expired')),
  },
  {
    name: 'signed',
    check: ({ isSigned }) => (isSigned ? passed() : failed("Signature: got none, takes that of the owner's key")),
  },
  // The node gives the error of its verifier as it is; nobody has written down its words.
  { name: 'signature', check: ({ signature }) => signatureOutcome(signature, () => []) },
  {
    name: 'id',
    check: ({ info, context }) => unlooked(context, idFault(info.id)?.why),
  },
  {
    name: 'issuer_id',
    check: ({ info, context }) =>
      unlooked(
        context,
        hasOwnerChecksum(info.ownerID)
          ? undefined
          : `OwnerID: got ${bytesText(info.ownerID)}, takes an owner id with its checksum`,
      ),
  },
  { name: 'session_key', check: ({ info, context }) => unlooked(context, pointFault(info.sessionKey)) },
  {
    name: 'verb_known',
    check: ({ info, context }) =>
      unlooked(
        context,
        TokenInfoVerbNames.has(info.verb)
          ? undefined
          : `verb: got ${info.verb}, takes ${listed([...TokenInfoVerbNames.values()], 'or')}`,
      ),
  },
  {
    name: 'issued_at',
    check: ({ info, context }) => {
      const outcome = hasBegun(info.lifetime?.created ?? 0n, { now: context.epoch, ...EPOCHS }, 'issued', [])
      return outcome.outcome === 'failed' ? unlooked(context, outcome.why) : outcome
    },
  },
  {
    name: 'container',
    check: ({ info, context }) =>
      isNamed('container', context.container === undefined ? [] : [context.container], named(info.address?.cid), []),
  },
  {
    name: 'object',
    check: ({ info, context }) => isNamed('object', context.objects ?? [], named(info.address?.objectID), []),
  },
  { name: 'requester', check: requesterOutcome },
  { name: 'object_signer', check: ({ info, context }) => signsObjects(info.sessionKey, context.key, []) },
  ...storedRules<ServiceTokenSubject>(STORED),
  ...namedSessionRules<ServiceTokenSubject>(STORED, ({ info }) => ({ owner: info.ownerID, key: info.sessionKey })),
]

/** What no genuine node looks at: it fails where that is asked for. */
function unlooked({ strict }: TokenContext, fault: string | undefined): Outcome {
  if (fault === undefined) return passed()
  return strict === true ? failed(fault) : notApplicable(`no node looks, but ${fault}`)
}

function verbOutcome({ info, context: { operation } }: ServiceTokenSubject): Outcome {
  if (operation === undefined) return notApplicable('no operation was given')
  if (!isObjectOperation(operation)) {
    return failed(`${operation} takes a token for containers, and this one is for objects`)
  }
  const verbs = SPAWNED[operation]
  if (verbs.includes(info.verb)) return passed()
  const takes = listed(
    verbs.map((verb) => verbText(TokenInfoVerbNames, verb)),
    'or',
  )
  return failed(
    `the token is for ${verbText(TokenInfoVerbNames, info.verb)}, and ${operation} takes ${takes}`,
    node('request spawn is forbidden'),
  )
}

/** Since v0.7.6 clients put the owner's key into the token; without it only who knows the key can verify. */
function ownerKeyOutcome({ info: { ownerKey } }: ServiceTokenSubject): Outcome {
  const cannotLoad = node('cannot load public key')
  if (ownerKey.length === 0) {
    return failed("OwnerKey: got none, takes the owner's public key; api-go sets it from v0.7.6 on", cannotLoad)
  }
  const fault = pointFault(ownerKey)
  return fault === undefined ? passed() : failed(fault.replace('session key', 'OwnerKey'), cannotLoad)
}

function issuerOutcome({ info: { ownerID, ownerKey }, signature }: ServiceTokenSubject): Outcome {
  if (ownerKey.length === 0) {
    if (signature?.valid !== true) return notApplicable("the owner's key is not known")
    // Recovered from the signature.
    return signature.issuer?.isSigner === true ? passed() : failed(wrongOwner(ownerID), node('wrong owner'))
  }
  return ownsOwnerId(ownerID, [ownerKey]) ? passed() : failed(wrongOwner(ownerID), node('wrong owner'))
}

function wrongOwner(owner: Uint8Array): string {
  return `OwnerID: got ${accountText(owner)}, takes an owner id of the key that signed`
}

function lifetimeOrder({ info: { lifetime } }: ServiceTokenSubject): Outcome {
  const { created = 0n, validUntil = 0n } = lifetime ?? {}
  const fault = orderFault({ exp: validUntil, nbf: 0n, iat: created }, 'epoch')
  return fault === undefined ? passed() : failed(fault.why, node('creation epoch number is greater than expired one'))
}

/** Zeros name nothing. */
function named(id: Uint8Array | undefined): Uint8Array[] {
  return id === undefined || isZero(id) ? [] : [id]
}

function requesterOutcome({ info, context: { owner } }: ServiceTokenSubject): Outcome {
  if (owner === undefined) return notApplicable('no owner was given')
  if (sameBytes(owner, info.ownerID)) return passed()
  return failed(
    `the request is sent by ${accountText(owner)}, and the token is of ${accountText(info.ownerID)}: ` +
      'the node does not take it for a session token',
  )
}

import { ownerIdFault } from '../../crypto/owner-id.js'
import {
  ContainerSessionContextVerbNames,
  ObjectSessionContextVerbNames,
  type SessionTokenBody,
} from '../../generated/v2/token.js'
import { pointFault } from '../fields.js'
import { failed, notApplicable, type Outcome, passed } from '../rule.js'
import { issuerOutcome } from '../signatures.js'
import { accountText, listed, verbText } from '../text.js'
import { orderFault } from '../time.js'
import { unauthentic, undecodable } from './answers.js'
import type { SessionTokenSubject } from './subject.js'

interface Fault {
  readonly why: string
  readonly sdk: string
}

export function wellFormed(fault: Fault | undefined): Outcome {
  return fault === undefined ? passed() : failed(fault.why, undecodable(fault.sdk))
}

export function issuerFault({ ownerId }: SessionTokenBody): Fault | undefined {
  if (ownerId === undefined) return { why: 'owner_id: got none, takes the issuer', sdk: 'missing session issuer' }
  const fault = ownerIdFault(ownerId.value)
  if (fault === undefined) return undefined
  return { why: `owner_id: got ${accountText(ownerId.value)}: ${fault}`, sdk: `invalid session issuer: ${fault}` }
}

export function lifetimeOrder({ body, context }: SessionTokenSubject): Outcome {
  if (body.lifetime === undefined) return notApplicable('the token has no lifetime')
  const fault = orderFault(body.lifetime, 'epoch')
  if (fault === undefined) return passed()
  return context.strict === true ? failed(fault.why) : notApplicable(`no node looks, but ${fault.why}`)
}

export function sessionKeyOutcome({ body: { sessionKey }, context }: SessionTokenSubject): Outcome {
  if (sessionKey.length === 0) {
    return failed('session_key: got none, takes the key from Create', undecodable('missing session public key'))
  }
  const fault = pointFault(sessionKey)
  if (fault === undefined) return passed()
  return context.strict === true ? failed(fault) : notApplicable(`no node looks, but ${fault}`)
}

const HASH_BYTES = 32

export function contextOutcome({ body, signature }: SessionTokenSubject): Outcome {
  const { object, container } = body
  if (container !== undefined) {
    const { wildcard, containerId } = container
    if (containerId !== undefined) return hashOutcome('container_id', containerId.value, 'container ID')
    if (wildcard) return passed()
    // The SDK reads it as a wildcard, and so verifies other bytes than were signed.
    const genuine =
      signature === undefined ? [] : unauthentic(`scheme ${signature.schemeName}: signature mismatch`, 'signature')
    return failed('context: got neither container_id nor wildcard, takes one of them', genuine)
  }
  const target = object?.target?.container
  if (target === undefined) {
    const got = object === undefined ? 'context: got none' : 'context: got no container'
    return failed(
      `${got}, takes an object context with a container, or a container context`,
      undecodable('invalid context: missing target container'),
    )
  }
  const outcome = hashOutcome('container', target.value, 'container ID')
  if (outcome.outcome === 'failed') return outcome
  const odd = object?.target?.objects.find(({ value }) => value.length !== HASH_BYTES)
  return odd === undefined ? passed() : hashOutcome('objects', odd.value, 'target object')
}

function hashOutcome(field: string, value: Uint8Array, sdk: string): Outcome {
  if (value.length === HASH_BYTES) return passed()
  return failed(
    `${field}: got ${value.length} bytes, takes ${HASH_BYTES}`,
    undecodable(`invalid context: invalid ${sdk}: invalid length ${value.length}`),
  )
}

export function verbKnown({ body: { object, container }, context }: SessionTokenSubject): Outcome {
  const names = container === undefined ? ObjectSessionContextVerbNames : ContainerSessionContextVerbNames
  const verb = container?.verb ?? object?.verb
  if (verb === undefined) return notApplicable('the token has no context')
  if (verb !== 0 && names.has(verb)) return passed()
  const why = `verb: got ${verbText(names, verb)}, takes ${listed([...names.values()].slice(1), 'or')}`
  return context.strict === true ? failed(why) : notApplicable(`no node looks at it alone, but ${why}`)
}

export function issuerIsSigner({ body, signature }: SessionTokenSubject): Outcome {
  if (issuerFault(body) !== undefined) return notApplicable('the issuer is no account')
  const answers = unauthentic('issuer mismatches signature', 'owner')
  return issuerOutcome(signature, body.ownerId?.value ?? new Uint8Array(0), answers)
}

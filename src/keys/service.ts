import type { Action, AuditLog, Deed } from '../admin/audit-log.js'
import { Problem, type ProblemCode } from '../admin/problem.js'
import { keyOf, type Signing } from '../admin/signing.js'
import type { Clock } from '../core/clock.js'
import { Rates } from '../core/rates.js'
import { refusal } from '../core/refusal.js'
import type { SessionRef } from '../core/session.js'
import type { Sessions } from '../core/sessions.js'
import {
  LookupRequest,
  SignRequest,
  SignResponse,
  type SessionRef as WireRef,
} from '../generated/keys/v1/session_keys.js'
import type { Logger } from '../log.js'
import { hostOf } from '../transport/address.js'
import type { Method, Peer } from '../transport/transport.js'
import { encode, type MessageType, type WireMessage } from '../wire/index.js'
import { type CallerRules, callerOf, checkMaySign } from './caller.js'
import { nameIn, readRequest, schemeOf, sessionRef, writeSession } from './codec.js'
import { callErrorOf } from './errors.js'

export const SERVICE = 'sessiongateway.v1.SessionKeys'

export interface SessionKeysParts extends CallerRules {
  readonly sessions: Pick<Sessions, 'find' | 'ended'>
  readonly signing: Signing
  readonly audit: AuditLog
  readonly clock: Pick<Clock, 'now'>
  /** That are written down, of one source and caller. */
  readonly refusalsPerSecond: number
  readonly observer: SessionKeysObserver
  readonly log: Logger
}

export type MethodName = 'Lookup' | 'Sign'

/** What the service reports. Implemented by the metrics. */
export interface SessionKeysObserver {
  /** One answered call; `outcome` is ok or the code of a problem. */
  keysCall(report: { method: MethodName; outcome: 'ok' | ProblemCode }): void
  /** A named limit was hit. */
  limit(name: string): void
}

/** What every request of the service has. */
interface Request extends WireMessage {
  session: WireRef | undefined
}

/** What a request turned out to be, as far as it was read: the audit log tells of it. */
interface Progress {
  by: string | undefined
  session: string | undefined
}

/** `sessiongateway.v1.SessionKeys`: backends find sessions by it, and sign with their keys, which never leave the gateway. */
export function sessionKeysMethods(parts: SessionKeysParts): readonly Method[] {
  const { sessions, signing, audit, clock, observer, log } = parts
  const refusals = new Rates(clock, parts.refusalsPerSecond)
  /** Each line is a write that everybody waits for, and whoever can connect can be refused. */
  const writeRefusal = (source: string, deed: Deed, problem: Problem): void => {
    // Whoever shows no token does not use up what others of the same address have.
    if (refusals.take(deed.by === undefined ? source : `${source} ${deed.by}`)) audit.refused(deed, problem)
    else observer.limit('keys.limits.refusalsPerSecond')
  }
  const unary = <T extends Request>(
    name: MethodName,
    action: Action,
    type: MessageType<T>,
    answer: (request: T, caller: string, written: () => void) => Promise<Uint8Array>,
  ): Method => ({
    path: `/${SERVICE}/${name}`,
    kind: 'unary',
    handler: async (bytes, call) => {
      const progress: Progress = { by: undefined, session: undefined }
      // Now: a connection that has gone when the answer is there has no address any more.
      const { peer } = call
      const deed = () => deedOf(action, peer, progress)
      try {
        const caller = callerOf(call, parts)
        progress.by = caller.name
        checkMaySign(caller, parts)
        const request = readRequest(type, bytes)
        progress.session = nameIn(request.session)
        const response = await answer(request, caller.name, () => audit.done(deed()))
        observer.keysCall({ method: name, outcome: 'ok' })
        return response
      } catch (thrown) {
        const problem = Problem.from(thrown)
        writeRefusal(peer.source, deed(), problem)
        observer.keysCall({ method: name, outcome: problem.code })
        if (problem.limit !== undefined) observer.limit(problem.limit)
        if (problem.code === 'internal')
          log.error({ err: problem.cause, method: name }, 'a call for session keys failed')
        throw callErrorOf(problem)
      }
    },
  })
  const open = async (ref: SessionRef) => {
    const session = await sessions.find(ref)
    if (session === undefined) throw refusal(ref, await sessions.ended(ref))
    return session
  }

  return [
    // Who only looks leaves no line: what is told is no secret to whoever may sign.
    unary('Lookup', 'lookup', LookupRequest, async ({ session: named }) => {
      const session = await open(sessionRef(named))
      return writeSession(session, keyOf(session), clock.now())
    }),
    unary('Sign', 'sign', SignRequest, async (request, caller, written) => {
      signing.take(caller)
      const scheme = schemeOf(request.scheme)
      const { signature, publicKey } = await signing.sign(sessionRef(request.session), request.data, scheme)
      written()
      return encode(SignResponse, SignResponse.create({ signature, publicKey, scheme }))
    }),
  ]
}

function deedOf(action: Action, peer: Peer, { by, session }: Progress): Deed {
  return {
    action,
    ...(by === undefined ? {} : { by }),
    peer: placeOf(peer),
    ...(session === undefined ? {} : { session }),
  }
}

/** The address without its port; `unix` and `unknown` as they are. */
function placeOf({ address, source }: Peer): string {
  return address === source ? source : hostOf(address)
}

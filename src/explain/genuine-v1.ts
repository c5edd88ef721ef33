import type { EpochLifetime } from '../core/lifetime.js'
import type { GenuineAnswer } from './explanation.js'
import type { Moment } from './facts.js'
import { epochPhase } from './phase.js'

/** NeoFS has no call for either: in no generation. */
export const NO_SUCH_CALL: GenuineAnswer = {
  server: 'every NeoFS server',
  call: 'keep-alive, close',
  answer: 'no such call',
  because: 'NeoFS sessions end with their epochs, or when a node forgets them',
}

export const EPOCH_UNKNOWN = 'that depends on the epoch of now, which is not known here'

/** A0 to B: the server was closed source (neofs-v1 §3.1, §6). */
export function legacyAnswers(lifetime: EpochLifetime, now: Moment): readonly GenuineAnswer[] {
  const told = {
    unknown: EPOCH_UNKNOWN,
    before: 'its library looks at the last epoch only, so the token would pass',
    within: 'by its library the token is good',
    last: 'its library counts the last epoch in, so the token is good',
    over: 'by its library, since April 2020 (dialect B), it is over',
  }[epochPhase(lifetime, now)]
  return [
    {
      server: 'node of 2019 and 2020',
      call: 'use',
      answer: 'not known',
      because: `it was never published; ${told}`,
    },
    NO_SUCH_CALL,
  ]
}

/** node v0.10.0 and v0.11.0 (neofs-v1 §3.3, §6). */
export function cAnswers(lifetime: EpochLifetime, now: Moment): readonly GenuineAnswer[] {
  const phase = epochPhase(lifetime, now)
  const isOver = phase === 'over'
  return [
    {
      server: 'node v0.10 and v0.11',
      call: 'open with the same lifetime',
      answer: phase === 'unknown' ? 'not known' : isOver ? 'gRPC 2 "expired session"' : 'a new session',
      because:
        phase === 'unknown'
          ? EPOCH_UNKNOWN
          : isOver
            ? 'the epoch is beyond ValidUntil, which is all that it looks at'
            : 'the epoch is not beyond ValidUntil; Created is not looked at',
    },
    useOfC(lifetime, now),
    NO_SUCH_CALL,
  ]
}

function useOfC(lifetime: EpochLifetime, now: Moment): GenuineAnswer {
  const use = { server: 'node v0.10', call: 'use' }
  const phase = epochPhase(lifetime, now)
  if (lifetime.notBefore > lifetime.expiration) {
    return {
      ...use,
      answer: 'gRPC 2 "creation epoch number is greater than expired one"',
      because: 'that is looked at only when the token is used',
    }
  }
  if (phase === 'unknown') return { ...use, answer: 'not known', because: EPOCH_UNKNOWN }
  if (phase === 'over')
    return { ...use, answer: 'gRPC 2 "token is expired"', because: 'the epoch is beyond ValidUntil' }
  return {
    ...use,
    answer: 'works',
    because:
      'sessions stay in its memory until it restarts; then it is gRPC 10 "private token receive failure" on put and delete',
  }
}

/** No published client or server (neofs-v1 §3.4). */
export function deAnswers(lifetime: EpochLifetime, now: Moment): readonly GenuineAnswer[] {
  const told = {
    unknown: EPOCH_UNKNOWN,
    before: 'read like C it would work: a start that is to come is not looked at',
    within: 'read like C it would work',
    last: 'read like C it would work: the last epoch counts in',
    over: 'read like C it would be over',
  }[epochPhase(lifetime, now)]
  return [
    { server: 'a server of D or E', call: 'use', answer: 'not known', because: `none was ever published; ${told}` },
    NO_SUCH_CALL,
  ]
}

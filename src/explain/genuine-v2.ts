import type { EpochLifetime } from '../core/lifetime.js'
import type { GenuineAnswer } from './explanation.js'
import type { Moment } from './facts.js'
import { EPOCH_UNKNOWN, NO_SUCH_CALL } from './genuine-v1.js'
import { epochPhase } from './phase.js'

/** August 2020, before the first node (neofs-v2 §1.1). */
export function f0Answers(): readonly GenuineAnswer[] {
  return [
    { server: 'a server of F0', call: 'use', answer: 'not known', because: 'none was ever published' },
    NO_SUCH_CALL,
  ]
}

const NO_EXPIRY = 'it looks at no lifetime; the key is there until the node restarts'
const KEY_IS_OVER = 'in its expiration epoch a session is over'
const TOKEN_IS_OVER = 'the last epoch of the token is over, which is looked at first'
const EITHER_IS_OVER =
  'the key was removed with the epoch; from one of these releases on the token is looked at before it'
const NOT_FOUND = 'status 4096, token not found'
const EXPIRED = 'status 4097, token expired'

const REOPEN: GenuineAnswer = {
  server: 'storage node, every version',
  call: 'open with the same lifetime',
  answer: 'a new session',
  because: 'no node refuses an expiration epoch that is over',
}

/** Nodes up to v0.27 did not change what they do once the expiration epoch has begun. */
const OLD_NODES_AT_END: readonly GenuineAnswer[] = [
  use('storage node v0.12 – v0.26.0', 'works', NO_EXPIRY),
  use('storage node v0.26.1', 'an error, "session token has been expired"', KEY_IS_OVER),
  use('storage node v0.27', EXPIRED, KEY_IS_OVER),
]

/** Storage nodes by version (neofs-v2 §4.1–§4.4). Use is a put or delete for which the node needs the session key. */
export function v2Answers(lifetime: EpochLifetime, now: Moment): readonly GenuineAnswer[] {
  return [...useAnswers(lifetime, now), REOPEN, NO_SUCH_CALL]
}

function useAnswers(lifetime: EpochLifetime, now: Moment): readonly GenuineAnswer[] {
  switch (epochPhase(lifetime, now)) {
    case 'unknown':
      return [use('storage node', 'not known', EPOCH_UNKNOWN)]
    case 'before':
    case 'within':
      return [use('storage node, every version', 'works', 'its expiration epoch has not come')]
    case 'last':
      return [
        ...OLD_NODES_AT_END,
        use(
          'storage node v0.28 and later',
          NOT_FOUND,
          `${KEY_IS_OVER}, and removed as the epoch begins; reads still work`,
        ),
        use('specification from 2.17 on', 'works', 'the expiration epoch is the last valid one'),
      ]
    case 'over':
      return [
        ...OLD_NODES_AT_END,
        use(
          'storage node v0.28 – v0.35',
          `${NOT_FOUND}, or an error, "malformed request … token has expired"`,
          EITHER_IS_OVER,
        ),
        use('storage node v0.36 and later', EXPIRED, `${TOKEN_IS_OVER}; reads fail, too`),
        use('specification from 2.17 on', 'over', 'the expiration epoch was the last valid one'),
      ]
  }
}

function use(server: string, answer: string, because: string): GenuineAnswer {
  return { server, call: 'use', answer, because }
}

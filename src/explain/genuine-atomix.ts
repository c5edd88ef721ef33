import type { GenuineAnswer } from './explanation.js'
import type { Moment, SessionFacts, TimeoutFacts } from './facts.js'
import { overNow } from './phase.js'

const ALL = 'go-framework v0.1 – v0.5'
const CALL = 'keep-alive, close, a command'
const OK = { server: ALL, call: CALL, answer: 'OK' }

/** Genuine servers expire lazily, and only a keep-alive of the same partition makes them look (atomix §3.5, §3.8). */
export function atomixAnswers(facts: SessionFacts, lifetime: TimeoutFacts, now: Moment): readonly GenuineAnswer[] {
  const { partition, end } = facts
  if (end?.endedBy === 'client') return gone(facts, `closed, expired and never opened are the same to it; ${RETRIES}`)
  if (end?.reason === 'expired' && lifetime.expiry === 'lazy') {
    return gone(facts, `a keep-alive of partition ${partition} noticed, as it did here; ${RETRIES}`)
  }
  if (end?.reason !== 'expired' && overNow(facts, now) === false) {
    const because =
      end === undefined ? 'its timeout is not over' : 'its timeout is not over, and only its client closes it there'
    return [{ ...OK, because }]
  }
  const noticed = `another session of partition ${partition} was kept alive after the deadline`
  return [
    { ...OK, because: `however late it comes, unless ${noticed}: nothing else makes it look` },
    ...gone(facts, `if ${noticed}; ${RETRIES}`),
  ]
}

const RETRIES = 'genuine clients repeat the call about once a second for ever'

/** The two ways in which releases told of an unknown session (atomix §3.9). */
function gone({ number }: SessionFacts, because: string): GenuineAnswer[] {
  const answer = (code: number) => `gRPC ${code} "unknown session ${number}"`
  return [
    { server: 'go-framework v0.1 – v0.4', call: CALL, answer: answer(2), because },
    { server: 'go-framework v0.5', call: CALL, answer: answer(13), because },
  ]
}

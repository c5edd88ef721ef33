import type { Test } from 'tap'
import { explain } from '../../src/explain/explain.js'
import type { State } from '../../src/explain/explanation.js'
import type { Moment, SessionFacts } from '../../src/explain/facts.js'
import { render } from '../../src/explain/render.js'
import { NOON } from './session-facts.js'

/** A session, and what has to be told of it. */
export interface ToldSession {
  readonly name: string
  readonly facts: SessionFacts
  readonly now?: Moment
  readonly state: State
  /** Has to be somewhere in the text. */
  readonly says: RegExp
  /** Answers of genuine servers, without those that there are for every session of the generation. */
  readonly genuine: readonly (readonly [server: RegExp, answer: string])[]
}

/** Those of opening again, which only C's server answers in more than one way, and of calls that there are not are left out. */
const USE = /^use$|^keep-alive, close, a command$/

export function checkTold(t: Test, rows: readonly ToldSession[]): void {
  for (const { name, facts, now = NOON, state, says, genuine } of rows) {
    const explanation = explain(facts, now)
    t.equal(explanation.state, state, name)
    const text = render(explanation)
    t.match(text, says, name)
    t.notMatch(text, /undefined|NaN|null|Invalid/, name)
    const isC = facts.origin.dialect.startsWith('C')
    const told = explanation.genuine.filter(({ call, server }) => USE.test(call) || (isC && /v0\.11/.test(server)))
    t.strictSame(
      told.map(({ answer }) => answer),
      genuine.map(([, answer]) => answer),
      name,
    )
    t.match(
      told.map(({ server }) => server),
      genuine.map(([server]) => server),
      name,
    )
    for (const { because } of explanation.genuine) t.not(because, '', name)
    const none = explanation.genuine.filter(({ answer }) => answer === 'no such call')
    const isNeoFs = facts.lifetime.kind === 'epochs'
    t.equal(none.length, isNeoFs ? 1 : 0, `${name}: NeoFS has no keep-alive and no close`)
  }
}

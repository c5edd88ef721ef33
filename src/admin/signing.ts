import type { Clock } from '../core/clock.js'
import type { Scheme } from '../core/keys.js'
import { Rates } from '../core/rates.js'
import type { Session, SessionKey, SessionRef } from '../core/session.js'
import type { Sessions } from '../core/sessions.js'
import { Problem } from './problem.js'

export interface SigningParts {
  readonly sessions: Pick<Sessions, 'find' | 'sign'>
  readonly clock: Pick<Clock, 'now'>
  /** By one caller. */
  readonly signsPerSecond: number
}

export interface Signed {
  /** In the form of the scheme: 65, 64 or 80 bytes. */
  readonly signature: Uint8Array
  readonly publicKey: Uint8Array
}

/** Signs with session keys, for whichever listener asks: a caller has one quota for all of them. */
export class Signing {
  readonly #parts: SigningParts
  readonly #rates: Rates

  constructor(parts: SigningParts) {
    this.#parts = parts
    this.#rates = new Rates(parts.clock, parts.signsPerSecond)
  }

  /** @throws Problem `too_many_signatures`, also if what was asked for would be refused: a guess counts, too. */
  take(caller: string): void {
    if (this.#rates.take(caller)) return
    const limit = 'admin.limits.signsPerSecond'
    const most = `more than ${this.#parts.signsPerSecond} signatures a second with one token or certificate`
    throw new Problem('too_many_signatures', `${most} (${limit})`, { limit })
  }

  /** @throws Problem `no_key`. Raises what `Sessions.sign` raises. */
  async sign(ref: SessionRef, data: Uint8Array, scheme: Scheme): Promise<Signed> {
    const session = await this.#parts.sessions.find(ref)
    const publicKey = session === undefined ? new Uint8Array(0) : keyOf(session).publicKey
    // What is not there, or no longer, is refused by the core, which knows why.
    return { signature: await this.#parts.sessions.sign(ref, data, scheme), publicKey }
  }
}

/** @throws Problem `no_key` */
export function keyOf({ key }: Session): SessionKey {
  if (key === undefined) throw new Problem('no_key', 'the session has no key')
  return key
}

import type { Clock } from '../core/clock.js'
import type { Logger } from '../log.js'
import { Problem } from './problem.js'

/** What somebody does to sessions, or finds out of their keys, and who comes and goes. */
export type Action = 'close' | 'renew' | 'sign' | 'lookup' | 'set-epoch' | 'login' | 'logout'

/** Something that is done or refused, by whichever listener. */
export interface Deed {
  readonly action: Action
  /** The name of the caller's token or certificate; absent if it showed none that is known. */
  readonly by?: string
  /** Where the request came from. */
  readonly peer: string
  /** As the caller named it. */
  readonly session?: string
}

/** A line of the audit log; docs/audit.md specifies it. */
export interface AuditLine extends Deed {
  /** RFC 3339. */
  readonly at: string
  /** `ok`, or the code of the problem. */
  readonly outcome: string
}

/** Where the lines go; undefined if nobody wants them. Throws if a line could not be written. */
export type AuditSink = ((line: AuditLine) => void) | undefined

export interface AuditParts {
  readonly clock: Clock
  readonly log: Logger
}

/** What became of something that was to be written down, for whoever asked for it; `sign`, `lookup` and `login` are written first. */
const UNWRITTEN: Readonly<Record<Action, string>> = {
  close: 'the session is closed, and that',
  renew: 'the session is renewed, and that',
  sign: 'no signature is given: it',
  lookup: 'nothing is told of the session: it',
  'set-epoch': 'the epoch is set, and that',
  login: 'nobody is logged in: it',
  logout: 'the login has ended, and that',
}

/** Writes down who did what, and who was refused what. */
export class AuditLog {
  readonly #sink: AuditSink
  readonly #clock: Clock
  readonly #log: Logger

  constructor(sink: AuditSink, { clock, log }: AuditParts) {
    this.#sink = sink
    this.#clock = clock
    this.#log = log
  }

  /** To be called when it is done, or nothing can hinder it any more, and before the caller is told. @throws Problem `audit_failed` */
  done(deed: Deed): void {
    try {
      this.#write(deed, 'ok')
    } catch (cause) {
      const text = `${UNWRITTEN[deed.action]} could not be written to the audit log`
      throw new Problem('audit_failed', text, { cause })
    }
  }

  /** What is refused is answered in any case. */
  refused(deed: Deed, { code, cause }: Problem): void {
    try {
      if (code === 'audit_failed') this.#log.error({ err: cause }, 'the audit log fails')
      else this.#write(deed, code)
    } catch (err) {
      this.#log.error({ err }, 'the audit log fails')
    }
  }

  #write({ action, by, peer, session }: Deed, outcome: string): void {
    this.#sink?.({
      at: new Date(this.#clock.wallTime()).toISOString(),
      action,
      ...(by === undefined ? {} : { by }),
      peer,
      ...(session === undefined ? {} : { session }),
      outcome,
    })
  }
}

import type { Clock } from '../core/clock.js'
import { SessionError } from '../core/errors.js'
import type { Maybe } from '../core/store.js'
import type { Logger } from '../log.js'
import type { AdapterContext, Generation } from './adapter.js'

/** Told about a call once it has its answer; every call is told of once. */
export interface CallReport {
  succeeded(): void
  /** Turns anything thrown into a SessionError, reports it, and keeps a fault of ours in the log with its cause. */
  failed(thrown: unknown): SessionError
}

/** One call of a client on its way through an adapter: what is reported about it once it has its answer. */
export class Operation implements CallReport {
  readonly #context: AdapterContext
  readonly #started: bigint
  readonly #kind: 'open' | 'keep-alive' | 'close'
  readonly #generation: Generation
  /** Set as soon as it is known. */
  dialect: string

  constructor(context: AdapterContext, kind: 'open' | 'keep-alive' | 'close', generation: Generation, dialect: string) {
    this.#context = context
    this.#kind = kind
    this.#generation = generation
    this.#started = context.clock.now()
    this.dialect = dialect
  }

  succeeded(): void {
    this.#report('ok')
  }

  failed(thrown: unknown): SessionError {
    const error = SessionError.from(thrown)
    this.#report(error.code)
    logFault(this.#context.log, { operation: this.#kind, dialect: this.dialect }, error)
    return error
  }

  #report(outcome: string): void {
    this.#context.observer.operation({
      operation: this.#kind,
      generation: this.#generation,
      dialect: this.dialect,
      outcome,
      duration_ms: elapsed_ms(this.#context.clock, this.#started),
    })
  }
}

/**
 * Runs one call to its answer. A value at hand is answered at once, without a promise; anything thrown or rejected goes
 * through `fail`, which answers in the generation's own way or throws the CallError that ends the call.
 */
export function answer<T>(
  report: CallReport,
  run: () => Maybe<T>,
  ok: (value: T) => Uint8Array,
  fail: (error: SessionError) => Uint8Array,
): Maybe<Uint8Array> {
  const done = (value: T): Uint8Array => {
    const bytes = ok(value)
    report.succeeded()
    return bytes
  }
  const failed = (thrown: unknown): Uint8Array => fail(report.failed(thrown))
  try {
    const value = run()
    return value instanceof Promise ? value.then(done).catch(failed) : done(value)
  } catch (thrown) {
    return failed(thrown)
  }
}

/** What clients did wrong is theirs to know; what went wrong here goes to the log with its cause. */
export function logFault(log: Logger, call: object, error: SessionError): void {
  if (error.code !== 'internal' && error.code !== 'store_unavailable') return
  log.error({ ...call, err: error.cause ?? error }, error.message)
}

function elapsed_ms(clock: Clock, since: bigint): number {
  return Number(clock.now() - since) / 1e6
}

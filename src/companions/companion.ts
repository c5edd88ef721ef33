import type { AdapterObserver, Generation } from '../adapters/adapter.js'
import { type CallReport, logFault } from '../adapters/operation.js'
import type { Epochs } from '../core/epochs.js'
import { SessionError } from '../core/errors.js'
import type { Logger } from '../log.js'
import type { Method } from '../transport/transport.js'

/**
 * A service that genuine clients call before or around opening a session. It opens, renews and closes none: what it says
 * is true of the gateway as a whole.
 */
export interface Companion {
  /** Whose clients call it; it is served while that generation is. */
  readonly generation: Generation
  /** Full name of its gRPC service. */
  readonly service: string
  readonly methods: readonly Method[]
  /** Ends the calls that would never end by themselves, and lets no new one last. */
  close?(): void
}

/** What companions report. Implemented by the metrics, apart from the operations of sessions. */
export interface CompanionObserver extends Pick<AdapterObserver, 'signatureCheck' | 'limit'> {
  /** One answered call; `outcome` is ok or an error code. */
  companionCall(report: { service: string; method: string; outcome: string }): void
}

/** What every companion is given. */
export interface CompanionContext {
  readonly epochs: Epochs
  readonly observer: CompanionObserver
  readonly log: Logger
}

export function pathOf(service: string, method: string): string {
  return `/${service}/${method}`
}

/** Reports one call of a companion. */
export class CompanionCall implements CallReport {
  readonly #context: CompanionContext
  readonly #service: string
  readonly #method: string

  constructor(context: CompanionContext, service: string, method: string) {
    this.#context = context
    this.#service = service
    this.#method = method
  }

  succeeded(): void {
    this.#report('ok')
  }

  failed(thrown: unknown): SessionError {
    const error = SessionError.from(thrown)
    this.#report(error.code)
    logFault(this.#context.log, { path: pathOf(this.#service, this.#method) }, error)
    return error
  }

  #report(outcome: string): void {
    this.#context.observer.companionCall({ service: this.#service, method: this.#method, outcome })
  }
}

import { parse as uuidBytes } from 'uuid'
import type { Timer } from '../../core/clock.js'
import { SessionError } from '../../core/errors.js'
import { chain } from '../../core/maybe.js'
import type { PendingSession } from '../../core/new-session.js'
import type { MessageSink, StreamCall } from '../../transport/transport.js'
import type { AdapterContext } from '../adapter.js'
import { Operation } from '../operation.js'
import { HANDSHAKE_TIMEOUT } from '../shared-path.js'
import { type Checks, lifetimeOf } from './checks.js'
import { read } from './codec.js'
import { failure } from './errors.js'
import type { LegacyDialect } from './policy.js'
import type { Token } from './token.js'

export const GENERATION = 'v1-legacy'

export interface HandshakeParts {
  readonly context: AdapterContext
  readonly dialect: LegacyDialect
  readonly checks: Checks
  readonly nesting: number
  readonly timeout_ms: number
}

/** Where a call is: its session is being prepared; Unsigned was sent; the session is being stored; it has its answer. */
type State =
  | { readonly at: 'preparing'; halfClosed: boolean }
  | { readonly at: 'awaitingSigned'; readonly pending: PendingSession; readonly unsigned: Token }
  | { readonly at: 'confirming' | 'done' }

/**
 * One call: Init, Unsigned, Signed, Result (neofs-v1 §3.1, §3.2). Each message is answered at once and the call is ended
 * after Result, since these clients don't end their half before it. Until Signed is accepted nothing is stored, and whatever
 * ends the call abandons what was prepared.
 */
export class Handshake implements MessageSink {
  readonly #parts: HandshakeParts
  readonly #call: StreamCall
  readonly #operation: Operation
  readonly #timer: Timer
  #state: State = { at: 'preparing', halfClosed: false }
  /** Undoes that its connection counts it. */
  #uncount = (): void => {}

  constructor(parts: HandshakeParts, call: StreamCall) {
    const { context, dialect, timeout_ms } = parts
    this.#parts = parts
    this.#call = call
    this.#operation = new Operation(context, 'open', GENERATION, dialect)
    this.#timer = context.clock.schedule(timeout_ms, () => {
      context.observer.limit(HANDSHAKE_TIMEOUT)
      this.#fail(new SessionError('handshake_timeout', `Signed did not come within ${timeout_ms} ms after Init`))
    })
  }

  /** Takes the first message of the call. `signedFirst`: its owner stands where only Signed has one. */
  begin(bytes: Uint8Array, signedFirst: boolean): void {
    const { context, dialect, checks, nesting } = this.#parts
    this.#guard(() => {
      this.#uncount = checks.begin(this.#call.connection)
      checks.size(bytes)
      const request = read(dialect, bytes, nesting)
      const { metadata, peer } = this.#call
      const userAgent = metadata.get('user-agent') ?? ''
      context.observer.seen({ generation: GENERATION, dialect, version: '', userAgent, peer: peer.address })
      if (signedFirst) throw new SessionError('out_of_order', 'Signed came before Init')
      const init = checks.init(request)
      const prepared = context.sessions.prepare({
        origin: { generation: GENERATION, dialect, clientVersion: '' },
        owner: init.owner,
        lifetime: lifetimeOf(init),
        scope: init.scope,
        withKey: true,
        from: peer.source,
      })
      return chain(prepared, (pending) => this.#issue(pending, init))
    })
  }

  message(bytes: Uint8Array): void {
    const state = this.#state
    if (state.at === 'preparing') {
      this.#fail(new SessionError('out_of_order', 'a second message came before Init was answered'))
    } else if (state.at === 'awaitingSigned') {
      this.#guard(() => this.#confirm(bytes, state))
    }
    // After Signed nothing can follow: what still comes is dropped, and the session stands.
  }

  halfClosed(): void {
    const state = this.#state
    // Whether the store is quick or slow, a client that ends its half after Init sees the same: Unsigned, then the end.
    if (state.at === 'preparing') state.halfClosed = true
    else if (state.at === 'awaitingSigned') this.#giveUp(() => this.#call.end())
    // After Signed it has said everything and waits for its Result.
  }

  gone(): void {
    const { at } = this.#state
    // Once the session is being stored it may be durable already, so it stays, as for any client that loses an answer. This
    // one has the id, the session key and its own signatures: all that Result would have told it.
    if (at === 'preparing' || at === 'awaitingSigned') this.#giveUp(() => {})
  }

  #issue(pending: PendingSession, init: Token): void {
    const state = this.#state
    if (state.at !== 'preparing' || pending.key === undefined) {
      this.#parts.context.sessions.abandon(pending)
      if (state.at === 'preparing') throw new Error('a session was prepared without a key')
      return // The call ended meanwhile.
    }
    const unsigned = init.issue(uuidBytes(pending.id), pending.key.publicKey)
    this.#state = { at: 'awaitingSigned', pending, unsigned }
    this.#call.send(unsigned.encodeUnsigned())
    if (state.halfClosed) this.halfClosed()
  }

  #confirm(bytes: Uint8Array, { pending, unsigned }: { pending: PendingSession; unsigned: Token }): Promise<void> {
    const { context, dialect, checks, nesting } = this.#parts
    checks.size(bytes)
    const signed = checks.signed(read(dialect, bytes, nesting), unsigned)
    const result = unsigned.encodeResult(signed)
    // Signed came in time; how long the store takes is not the client's fault.
    this.#timer.cancel()
    this.#state = { at: 'confirming' }
    return context.sessions.confirm(pending).then(() => {
      this.#state = { at: 'done' }
      this.#uncount()
      this.#call.send(result)
      this.#call.end()
      this.#operation.succeeded()
    })
  }

  /** Runs a step of the handshake; whatever it throws, now or later, is the call's answer. */
  #guard(step: () => void | Promise<void>): void {
    try {
      const later = step()
      if (later instanceof Promise) later.catch((thrown) => this.#fail(thrown))
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  #fail(thrown: unknown): void {
    if (this.#finish()) this.#call.fail(failure(this.#operation.failed(thrown)))
    else this.#logLate(thrown)
  }

  /** The client ended the call where Signed was due. */
  #giveUp(end: () => void): void {
    if (!this.#finish()) return
    this.#operation.failed(new SessionError('out_of_order', 'the call ended before Signed came'))
    end()
  }

  /** True once. Nothing half-made stays. */
  #finish(): boolean {
    const state = this.#state
    if (state.at === 'done') return false
    this.#timer.cancel()
    this.#uncount()
    this.#state = { at: 'done' }
    if (state.at === 'awaitingSigned') this.#parts.context.sessions.abandon(state.pending)
    return true
  }

  /** Nobody waits for the answer any more, but a fault of ours is never lost. */
  #logLate(thrown: unknown): void {
    const error = SessionError.from(thrown)
    if (error.code !== 'internal' && error.code !== 'store_unavailable') return
    const { log } = this.#parts.context
    log.error({ operation: 'open', dialect: this.#parts.dialect, err: error.cause ?? error }, error.message)
  }
}

import type { Epochs } from '../../core/epochs.js'
import { SessionError } from '../../core/errors.js'
import type { Maybe } from '../../core/store.js'
import type { WireMessage } from '../../wire/index.js'
import type { AdapterObserver } from '../adapter.js'
import { checkTokens } from '../limits.js'
import { answer, type CallReport } from '../operation.js'
import { verifyThreePart } from '../three-part.js'
import type { SignedCall } from './codec.js'
import { failureStatus } from './errors.js'
import { type Gate, gateOf, type SignedCallOptions, signatureMode } from './policy.js'
import { Responder, type ResponseType } from './response.js'

type SignatureObserver = Pick<AdapterObserver, 'signatureCheck' | 'limit'>

/** What one call is made of. */
export interface CallSteps<Call extends SignedCall, Body extends WireMessage> {
  readonly response: ResponseType<Body>
  readonly report: CallReport
  /** Raises `malformed` for bytes that are no request. */
  readonly read: () => Call
  /** Called once the signatures are found right. */
  readonly act: (call: Call, gate: Gate) => Maybe<Body>
}

/**
 * The way of every unary call of neo.fs.v2, whatever its service: decode, verify, act, answer as the announced version
 * wants it (neofs-v2 §3, §5.4). Nodes check and answer Create no other than the calls around it.
 */
export class SignedCalls {
  readonly #observer: SignatureObserver
  readonly #options: SignedCallOptions
  readonly #responder: Responder

  constructor({ observer, epochs }: { observer: SignatureObserver; epochs: Epochs }, options: SignedCallOptions) {
    this.#observer = observer
    this.#options = options
    this.#responder = new Responder(options.gatewayKey, epochs)
  }

  /** Throws the CallError that ends the call, where its version wants a gRPC status. */
  answer<Call extends SignedCall, Body extends WireMessage>(steps: CallSteps<Call, Body>): Maybe<Uint8Array> {
    const { response, report, read, act } = steps
    let call: Call | undefined
    let gate = gateOf(undefined)
    return answer(
      report,
      () => {
        call = read()
        gate = gateOf(call.version)
        checkTokens(call.tokens, this.#options, this.#observer)
        this.#verify(call, gate)
        return act(call, gate)
      },
      (body) => this.#responder.success(response, body, call?.version, gate),
      (error) => this.#responder.failure(response, failureStatus(gate, error), call?.version, gate),
    )
  }

  #verify({ dialect, signed }: SignedCall, gate: Gate): void {
    const { signatures, originChain, verifier } = this.#options
    const mode = signatureMode(signatures, dialect)
    if (mode === undefined) return
    const chain = Math.max(signed.hops.length, signed.metas.length)
    if (gate.chain === 'all hops' && chain > originChain) {
      this.#observer.limit('limits.originChain')
      throw new SessionError(
        'unauthenticated',
        `origin chain of ${chain} headers, at most ${originChain} are accepted here`,
        { details: { limit: 'limits.originChain', chain } },
      )
    }
    const rule = { mode, originSignatures: gate.originSignatures, chain: gate.chain }
    const fault = verifyThreePart(signed, rule, verifier, this.#observer)
    if (fault !== undefined) throw new SessionError('unauthenticated', fault)
  }
}

import { SessionError } from '../../core/errors.js'
import { type EpochLifetime, isOver } from '../../core/lifetime.js'
import type { TokenBucket } from '../../core/token-bucket.js'
import { OWNER_KEYS_MAX } from '../../crypto/owner-id.js'
import type { AdapterContext } from '../adapter.js'
import { checkTokens, limitError } from '../limits.js'
import type { Request } from './codec.js'
import type { ConnectionHandshakes } from './connection-handshakes.js'
import { checkOwner } from './owner-keys.js'
import { checksOwner, type LegacyDialect, type SignatureMode, signatureMode, type V1LegacyOptions } from './policy.js'
import { checkHeader } from './signatures.js'
import { difference, type Token } from './token.js'

/** What all dialects have a part of. */
export interface SharedLimits {
  /** Owner keys that may still be recovered from signatures: each takes milliseconds, and nobody has to have signed for it. */
  readonly recoveries: TokenBucket
  readonly connections: ConnectionHandshakes
}

/**
 * What is asked of the two messages of a client, in the order of the library where it has one (neofs-v1 §3.1, §3.2). TTL is
 * not looked at: A clients send 2, and nobody knows a server that minded on Create (§6).
 */
export class Checks {
  readonly #context: AdapterContext
  readonly #options: V1LegacyOptions
  readonly #signatures: SignatureMode
  readonly #shared: SharedLimits

  constructor(context: AdapterContext, options: V1LegacyOptions, dialect: LegacyDialect, shared: SharedLimits) {
    this.#context = context
    this.#options = options
    this.#shared = shared
    this.#signatures = signatureMode(options.signatures, dialect)
  }

  /** Whether a connection may have one more handshake under way. Returns how to end it. */
  begin(connection: object): () => void {
    const end = this.#shared.connections.begin(connection)
    if (end !== undefined) return end
    throw this.#limit('handshakesPerConnection', 'too many handshakes under way on this connection')
  }

  /** Before it is read: what is kept of an Init keeps all of its bytes, and a Signed is written again per signature. */
  size(message: Uint8Array): void {
    const { handshakeSize_bytes: limit_bytes } = this.#options
    if (message.length > limit_bytes) {
      const text = `message of ${message.length} bytes, at most ${limit_bytes} are accepted here`
      throw limitError(this.#context.observer, 'handshakeSize', limit_bytes, text)
    }
  }

  /** The Init token, if a session can be prepared for it. Whose keys are whose is asked only when they have signed. */
  init(request: Request): Token {
    const token = oneOf(request, 'init')
    const { owner, firstEpoch, lastEpoch, publicKeys, objectCount: objects } = token
    checkTokens({ objects, keys: publicKeys.length }, this.#options, this.#context.observer)
    if (owner.every((byte) => byte === 0))
      throw new SessionError('invalid', 'field OwnerID: all zero, a token needs an owner')
    if (firstEpoch > lastEpoch) {
      throw new SessionError('invalid', `first epoch ${firstEpoch} is after last epoch ${lastEpoch}`)
    }
    // Each would be tried on two signatures, and no owner id can be made of more.
    if (publicKeys.length > OWNER_KEYS_MAX) {
      const text = `field PublicKeys: ${publicKeys.length} keys, an owner has at most ${OWNER_KEYS_MAX}`
      throw new SessionError('invalid', text)
    }
    const epoch = this.#context.epochs.current()
    if (isOver(lifetimeOf(token), { epoch, instant: this.#context.clock.now() })) {
      const text = `expired session: last epoch ${lastEpoch} is over, the current epoch is ${epoch}`
      throw new SessionError('lifetime_over', text, { details: { lastEpoch, epoch } })
    }
    this.#header(request)
    return token
  }

  /** The Signed token, if it is what was issued as Unsigned and the owner signed it. */
  signed(request: Request, unsigned: Token): Token {
    const token = oneOf(request, 'signed')
    const fault = difference(unsigned, token)
    if (fault !== undefined) throw new SessionError('invalid', fault)
    this.#header(request)
    const { verifier, keyStore, ownerCheck } = this.#options
    const own = checksOwner(ownerCheck)
    // Whoever has not signed proves nothing by naming a key: to ask for the owner is to ask for its signature.
    if (own || this.#signatures !== 'off') {
      const beforeRecovery = () => this.#takeRecovery()
      checkOwner(request, token, { own }, { verifier, keyStore, observer: this.#context.observer, beforeRecovery })
    }
    return token
  }

  #header(request: Request): void {
    const count = request.signatures.length
    const { signatureChain, verifier } = this.#options
    if (count > signatureChain) {
      const text = `field Verify.Signatures: ${count} signatures, at most ${signatureChain} are accepted here`
      throw this.#limit('signatureChain', text)
    }
    checkHeader(request, this.#signatures, verifier, this.#context.observer)
  }

  #takeRecovery(): void {
    if (this.#shared.recoveries.take()) return
    throw this.#limit('keyRecoveries', 'too many owner keys have to be recovered from signatures now')
  }

  #limit(name: 'handshakesPerConnection' | 'signatureChain' | 'keyRecoveries', text: string): SessionError {
    return limitError(this.#context.observer, name, this.#options[name], text)
  }
}

/** Both bounds of a token are inclusive (§6). */
export function lifetimeOf({ firstEpoch, lastEpoch, issuedAt }: Token): EpochLifetime {
  return { kind: 'epochs', notBefore: firstEpoch, issuedAt, expiration: lastEpoch, edge: 'inclusive' }
}

function oneOf(request: Request, wanted: 'init' | 'signed'): Token {
  const token = request[wanted]
  if (token !== undefined) return token
  const other = wanted === 'init' ? request.signed : request.init
  if (other === undefined) throw new SessionError('invalid', 'neither Init nor Signed is set')
  throw new SessionError('out_of_order', wanted === 'init' ? 'Signed came before Init' : 'Init came twice')
}

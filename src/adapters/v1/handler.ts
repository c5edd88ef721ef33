import { SessionError } from '../../core/errors.js'
import { isOver } from '../../core/lifetime.js'
import type { Session } from '../../core/session.js'
import type { Maybe } from '../../core/store.js'
import { OWNER_ID_BYTES, ownsOwnerId } from '../../crypto/owner-id.js'
import { type Call, CallError, type MessageSink, type Method } from '../../transport/transport.js'
import type { Adapter, AdapterContext } from '../adapter.js'
import type { Dialect } from '../detect.js'
import { checkTokens, limitError } from '../limits.js'
import { answer, Operation } from '../operation.js'
import { ResponseSigner } from '../response-signer.js'
import { verifyThreePart } from '../three-part.js'
import { verifyChained } from './chained-signatures.js'
import { type CreateCall, readCreate, type UnaryDialect } from './codec.js'
import { failure } from './errors.js'
import { checksOwner, RULES, signatureMode, type V1Options } from './policy.js'
import { Responder } from './response.js'

const GENERATION = 'v1'

/** Paths of development libraries that carry E2 (neofs-v1 §0.1, P2 and P3). */
const ALIASES = ['/session.v2.Session/Create', '/neo.fs.v2.session.Session/Create']

export function createV1Adapter(context: AdapterContext, options: V1Options): Adapter {
  const { sessions, epochs, clock, observer } = context
  const responder = new Responder(new ResponseSigner(options.gatewayKey), epochs)

  const checkChain = (length: number, limit: 'signatureChain' | 'originChain'): void => {
    if (length <= options[limit]) return
    const text = `chain of ${length} signatures, at most ${options[limit]} are accepted here`
    throw limitError(observer, limit, options[limit], text)
  }

  const verify = ({ dialect, signed }: CreateCall): void => {
    const mode = signatureMode(options, dialect)
    if (mode === undefined) return
    let fault: string | undefined
    if (signed.kind === 'chained') {
      const { signatures } = signed.message
      checkChain(signatures.length, 'signatureChain')
      if (signatures.length > 0) fault = verifyChained(signed.message, options.verifier, observer)
      else if (mode === 'complete') fault = 'the request has no signature'
    } else {
      const { hops, metas } = signed.message
      checkChain(Math.max(hops.length, metas.length), 'originChain')
      const rule = { mode, originSignatures: RULES[dialect].originSignatures, chain: 'all hops' } as const
      fault = verifyThreePart(signed.message, rule, options.verifier, observer)
    }
    if (fault !== undefined) throw new SessionError('unauthenticated', fault)
  }

  const checkOwner = ({ dialect, owner, signer }: CreateCall): Uint8Array => {
    const absent = owner.length === 0 && !RULES[dialect].ownerRequired
    if (owner.length !== OWNER_ID_BYTES && !absent) {
      throw new SessionError('invalid', `owner id of ${owner.length} bytes, it has ${OWNER_ID_BYTES}`)
    }
    if (checksOwner(options.ownerCheck) && (signer === undefined || !ownsOwnerId(owner, [signer]))) {
      throw new SessionError('permission_denied', 'wrong owner: not the owner id of the key that signed the request')
    }
    return absent ? new Uint8Array(OWNER_ID_BYTES) : owner
  }

  const open = (create: CreateCall, call: Call): Maybe<Session> => {
    const { dialect, clientVersion } = create
    const userAgent = call.metadata.get('user-agent') ?? ''
    observer.seen({ generation: GENERATION, dialect, version: clientVersion, userAgent, peer: call.peer.address })
    checkTokens(create.tokens, options, observer)
    verify(create)
    const owner = checkOwner(create)
    const lifetime = { kind: 'epochs', ...create.lifetime, edge: 'inclusive' } as const
    const { notBefore, expiration } = lifetime
    if (RULES[dialect].lifetimeOrdered && notBefore > expiration) {
      throw new SessionError('invalid', `field lifetime: it ends with epoch ${expiration}, before epoch ${notBefore}`)
    }
    if (isOver(lifetime, { epoch: epochs.current(), instant: clock.now() })) {
      throw new SessionError('lifetime_over', 'expired session', {
        details: { expiration, epoch: epochs.current() },
      })
    }
    return sessions.create({
      origin: { generation: GENERATION, dialect, clientVersion },
      owner,
      lifetime,
      withKey: true,
      from: call.peer.source,
    })
  }

  const handle = (dialect: UnaryDialect, bytes: Uint8Array, call: Call): Maybe<Uint8Array> => {
    let create: CreateCall
    return answer(
      new Operation(context, 'open', GENERATION, dialect),
      () => {
        create = readCreate(dialect, bytes, options.nesting)
        return open(create, call)
      },
      (session) => responder.write(session, create),
      (error) => {
        throw failure(dialect, error)
      },
    )
  }

  const methods: Method[] = ALIASES.map((path) => ({
    path,
    kind: 'unary',
    handler: (bytes, call) => handle('E2', bytes, call),
  }))

  return {
    name: GENERATION,
    methods,
    /** One answer and the end of the call, without waiting for the client's end: it tells nothing new. */
    sharedPath(call, first, detection) {
      const send = (response: Uint8Array) => {
        call.send(response)
        call.end()
      }
      const fail = (thrown: unknown) => {
        call.fail(thrown instanceof CallError ? thrown : failure('C', SessionError.from(thrown)))
      }
      try {
        const response = handle(unaryDialect(detection.dialect), first, call)
        if (response instanceof Promise) response.then(send, fail)
        else send(response)
      } catch (thrown) {
        fail(thrown)
      }
      return ANSWERED
    },
  }
}

/** A unary client sends one message; anything after it has no meaning. A session that was opened stays, as on every server. */
const ANSWERED: MessageSink = { message() {}, halfClosed() {}, gone() {} }

function unaryDialect(dialect: Dialect | undefined): UnaryDialect {
  switch (dialect) {
    case 'C':
    case 'Cx':
    case 'D':
    case 'E1':
    case 'E2':
      return dialect
    default:
      throw new TypeError(`${dialect} is no unary dialect`)
  }
}

import { parse as uuidBytes } from 'uuid'
import type { Epochs } from '../../core/epochs.js'
import { SessionError } from '../../core/errors.js'
import type { Session } from '../../core/session.js'
import * as c from '../../generated/v1/c.js'
import * as d2service from '../../generated/v1/d2/service.js'
import * as d2 from '../../generated/v1/d2.js'
import * as e2service from '../../generated/v1/e2/service.js'
import * as e2 from '../../generated/v1/e2.js'
import { Signature, Version } from '../../generated/v1/service.js'
import { encode } from '../../wire/index.js'
import type { ResponseSigner } from '../response-signer.js'
import type { CreateCall } from './codec.js'
import { RULES } from './policy.js'

const TTL = 1
const VERSION = { major: 2, minor: 0 }
const NO_BYTES = new Uint8Array(0)

/** The one answer of a unary dialect, with the body and headers that it expects (neofs-v1 §2.3–2.5). */
export class Responder {
  readonly #signer: ResponseSigner
  readonly #epochs: Epochs

  constructor(signer: ResponseSigner, epochs: Epochs) {
    this.#signer = signer
    this.#epochs = epochs
  }

  write(session: Session, call: CreateCall): Uint8Array {
    if (session.key === undefined)
      throw new SessionError('internal', 'internal error', { cause: 'session without a key' })
    const id = uuidBytes(session.id)
    const sessionKey = session.key.publicKey
    if (call.reply === 'body') return this.#withBody(id, sessionKey, call)
    if (call.reply === 'flat') return encode(c.CreateResponse, c.CreateResponse.create({ id, sessionKey }))
    const epoch = this.#epochs.current()
    const metaHeader = d2service.ResponseMetaHeader.create({ ttl: TTL, version: Version.create(VERSION), epoch })
    return encode(d2.CreateResponse, d2.CreateResponse.create({ id, sessionKey, metaHeader }))
  }

  /** E1 and E2 share the numbers of what is written here. A client that signs may want to verify, so it is signed for. */
  #withBody(id: Uint8Array, sessionKey: Uint8Array, call: CreateCall): Uint8Array {
    const body = e2.CreateResponseBody.create({ id, sessionKey })
    const epoch = this.#epochs.current()
    const metaHeader = e2service.ResponseMetaHeader.create({ version: Version.create(VERSION), epoch, ttl: TTL })
    const signs = call.signed.kind === 'three-part' && call.signed.message.hops.length > 0
    const verifyHeader = signs ? this.#verifyHeader(body, metaHeader, call) : undefined
    return encode(e2.CreateResponse, e2.CreateResponse.create({ body, metaHeader, verifyHeader }))
  }

  #verifyHeader(
    body: e2.CreateResponseBody,
    metaHeader: e2service.ResponseMetaHeader,
    call: CreateCall,
  ): e2service.ResponseVerificationHeader {
    const signature = (sign: Uint8Array) => Signature.create({ key: this.#signer.publicKey, sign })
    return e2service.ResponseVerificationHeader.create({
      bodySignature: signature(this.#signer.sign(encode(e2.CreateResponseBody, body))),
      metaSignature: signature(this.#signer.signConstant(encode(e2service.ResponseMetaHeader, metaHeader))),
      ...(RULES[call.dialect].originSignatures
        ? { originSignature: signature(this.#signer.signConstant(NO_BYTES)) }
        : {}),
    })
  }
}

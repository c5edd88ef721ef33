import type { Epochs } from '../../core/epochs.js'
import type { GatewayKey } from '../../crypto/gateway-key.js'
import { Signature, Version } from '../../generated/v2/refs.js'
import { ResponseMetaHeader, ResponseVerificationHeader } from '../../generated/v2/session.js'
import { Status } from '../../generated/v2/status.js'
import { encode, type MessageType, type WireMessage } from '../../wire/index.js'
import { ResponseSigner } from '../response-signer.js'
import type { FailureStatus } from './errors.js'
import { type Version as AnnouncedVersion, announcedVersion, type Gate, NEWEST } from './policy.js'

const NO_BYTES = new Uint8Array(0)

/** What the responses of all services have in common (neofs-v2 §2.1, §2.5). */
export interface SignedResponse<Body extends WireMessage> extends WireMessage {
  body: Body | undefined
  metaHeader: ResponseMetaHeader | undefined
  verifyHeader: ResponseVerificationHeader | undefined
}

export interface ResponseType<Body extends WireMessage> {
  readonly message: MessageType<SignedResponse<Body>>
  readonly body: MessageType<Body>
}

/** Writes the smallest answer that satisfies every client of a version (neofs-v2 §5.4). */
export class Responder {
  readonly #signer: ResponseSigner
  readonly #epochs: Epochs

  constructor(key: GatewayKey, epochs: Epochs) {
    this.#signer = new ResponseSigner(key)
    this.#epochs = epochs
  }

  success<Body extends WireMessage>(
    type: ResponseType<Body>,
    body: Body,
    version: AnnouncedVersion | undefined,
    gate: Gate,
  ): Uint8Array {
    const metaHeader = this.#metaHeader(version, gate, undefined)
    // Below NEWEST, which is the most that is announced, 2.x are the versions that exist: few enough to keep theirs.
    const isShared = metaHeader.version?.major === NEWEST.major
    return this.#write(type, body, metaHeader, gate, isShared ? 'constant' : 'fresh')
  }

  failure<Body extends WireMessage>(
    type: ResponseType<Body>,
    status: FailureStatus,
    version: AnnouncedVersion | undefined,
    gate: Gate,
  ): Uint8Array {
    return this.#write(type, undefined, this.#metaHeader(version, gate, status), gate, 'fresh')
  }

  /** The status only where a call failed, and never for a client before 2.11, which would drop it and find a bad signature. */
  #metaHeader(
    version: AnnouncedVersion | undefined,
    gate: Gate,
    status: FailureStatus | undefined,
  ): ResponseMetaHeader {
    const { major, minor } = announcedVersion(version)
    return ResponseMetaHeader.create({
      version: Version.create({ major, minor }),
      epoch: this.#epochs.current(),
      ttl: gate.ttl,
      ...(status === undefined ? {} : { status: Status.create(status) }),
    })
  }

  #write<Body extends WireMessage>(
    type: ResponseType<Body>,
    body: Body | undefined,
    metaHeader: ResponseMetaHeader,
    gate: Gate,
    metaSignature: 'constant' | 'fresh',
  ): Uint8Array {
    if (!gate.signsResponse) return encode(type.message, type.message.create({ body, metaHeader }))
    const fresh = (data: Uint8Array) => this.#signature(this.#signer.sign(data))
    const constant = (data: Uint8Array) => this.#signature(this.#signer.signConstant(data))
    const meta = encode(ResponseMetaHeader, metaHeader)
    const verifyHeader = ResponseVerificationHeader.create({
      bodySignature: body === undefined ? constant(NO_BYTES) : fresh(encode(type.body, body)),
      // What a client can vary at will, as the text of an error, must not push out what others share.
      metaSignature: metaSignature === 'constant' ? constant(meta) : fresh(meta),
      originSignature: constant(NO_BYTES),
    })
    return encode(type.message, type.message.create({ body, metaHeader, verifyHeader }))
  }

  #signature(sign: Uint8Array): Signature {
    return Signature.create({ key: this.#signer.publicKey, sign })
  }
}

import { SessionError } from '../../core/errors.js'
import * as a0 from '../../generated/v1-legacy/a0.js'
import * as a2 from '../../generated/v1-legacy/a2.js'
import * as a3 from '../../generated/v1-legacy/a3.js'
import * as b from '../../generated/v1-legacy/b.js'
import { decode, encode, type MessageType, Scan, WireError, type WireMessage } from '../../wire/index.js'
import { unreadable } from '../decode-request.js'
import { detect } from '../detect.js'
import type { LegacyDialect } from './policy.js'
import type { Token } from './token.js'
import { TokenA } from './token-a.js'
import { TokenB } from './token-b.js'

/**
 * CreateRequest of the streaming dialects: bytes in, one view of all of them out. Two things differ: which token it
 * carries, and whether the header's signatures are nested (A1, A2) or flat (A3, B), if there is a header at all (neofs-v1 §2).
 */
export interface Request {
  /** At most one of the two. */
  readonly init: Token | undefined
  readonly signed: Token | undefined
  readonly signatures: readonly HeaderSignature[]
  /** The canonical bytes that signature `index` covers: no Meta, no signature but the earlier ones (§4.3). */
  signedBytes(index: number): Uint8Array
}

export interface PeerSignature {
  /** 65 bytes. */
  readonly sign: Uint8Array
  /** Public key of the signer. */
  readonly peer: Uint8Array
}

/** A hop. `origin` is the user for whom a node signed with a session key: its signature of that session key. */
export interface HeaderSignature extends PeerSignature {
  readonly origin?: PeerSignature | undefined
}

type Read = (bytes: Uint8Array, nesting: number) => Request | WireError

/** `view` makes the common view of one decoded message. */
function reader<M extends WireMessage>(type: MessageType<M>, view: (message: M) => Request): Read {
  return (bytes, nesting) => {
    const message = decode(type, bytes, { nesting })
    return message instanceof WireError ? message : view(message)
  }
}

interface Signed extends WireMessage {
  meta: WireMessage | undefined
  verify: (WireMessage & { signatures: readonly WireMessage[] }) | undefined
}

/**
 * Written again as the genuine code does it: fields in ascending order, both headers even when empty, unknown fields last
 * and signed too. An undefined Meta is written as an empty one, so what is in it, unknown fields too, is not signed.
 */
function canonical<M extends Signed>(type: MessageType<M>, message: M, signatures: number): Uint8Array {
  const { verify } = message
  const earlier = verify && { ...verify, signatures: verify.signatures.slice(0, signatures) }
  return encode(type, { ...message, meta: undefined, verify: earlier }, { unknown: 'keep' })
}

const NOTHING = new Uint8Array(0)

const readA0 = reader(a0.CreateRequest, ({ init, signed }) => ({
  init: init && new TokenA(init, a0.CreateResponse),
  signed: signed && new TokenA(signed, a0.CreateResponse),
  signatures: [],
  signedBytes: () => NOTHING,
}))

const readA2 = reader(a2.CreateRequest, (message) => ({
  init: message.init && new TokenA(message.init, a2.CreateResponse),
  signed: message.signed && new TokenA(message.signed, a2.CreateResponse),
  signatures: (message.verify?.signatures ?? []).map(({ sign, origin }) => ({
    sign: sign?.sign ?? NOTHING,
    peer: sign?.peer ?? NOTHING,
    origin,
  })),
  signedBytes: (index) => canonical(a2.CreateRequest, message, index),
}))

const readA3 = reader(a3.CreateRequest, (message) => ({
  init: message.init && new TokenA(message.init, a3.CreateResponse),
  signed: message.signed && new TokenA(message.signed, a3.CreateResponse),
  signatures: message.verify?.signatures ?? [],
  signedBytes: (index) => canonical(a3.CreateRequest, message, index),
}))

const readB = reader(b.CreateRequest, (message) => ({
  init: message.init && new TokenB(message.init, b.CreateResponse),
  signed: message.signed && new TokenB(message.signed, b.CreateResponse),
  signatures: message.verify?.signatures ?? [],
  signedBytes: (index) => canonical(b.CreateRequest, message, index),
}))

/** Next to A2, A1 lacks only PublicKeys: read as A2, and echoed without them since its clients send none. */
const READERS: Readonly<Record<LegacyDialect, Read>> = { A0: readA0, A1: readA2, A2: readA2, A3: readA3, B: readB }

/**
 * Raises `malformed` with the field and the byte, in the words of the genuine server; `out_of_order` for the first message of
 * another family.
 */
export function read(dialect: LegacyDialect, bytes: Uint8Array, nesting: number): Request {
  const request = READERS[dialect](bytes, nesting)
  if (!(request instanceof WireError)) return request
  const found = detect(bytes).dialect
  // Unsigned, an A3 is an A2; the first header signature of the call shows that it is flat.
  if (found === 'A3' && READERS[dialect] === readA2) return read('A3', bytes, nesting)
  // All other families have a field 1; of a damaged Signed, which has none, detection could only guess.
  if (found !== undefined && found[0] !== dialect[0] && new Scan(bytes).has(1)) {
    throw new SessionError('out_of_order', `the message is of dialect ${found}, the call began with ${dialect}`)
  }
  throw unreadable(request, 'stream')
}

import type { Generation } from '../adapters/adapter.js'

/**
 * What is told of some bytes. Everything in it is plain JSON, so that the command, the admin API and scripts see one shape:
 * 64-bit numbers are decimal strings, bytes are lower-case hex, offsets and sizes count bytes. Members that do not apply
 * are left out.
 */
export interface Explanation {
  readonly input: { readonly form: InputForm; readonly size: number; readonly framed: boolean }
  /** True if every message is of a known type and decodes, and every gRPC frame is whole. */
  readonly decoded: boolean
  readonly messages: readonly MessageExplanation[]
  /** Why the gRPC frames could not be read to their end. */
  readonly frameError?: BadByte
}

export type InputForm = 'hex' | 'base64' | 'base64url' | 'binary'

export type Direction = 'request' | 'response' | 'token'

/** Which message the bytes are. */
export interface MessageKind {
  readonly generation: Generation
  readonly dialect: string
  readonly direction: Direction
  /** Fully qualified, as the .proto spells it. */
  readonly type: string
  /** gRPC paths on which it travels; none for a token. */
  readonly paths: readonly string[]
}

export interface MessageExplanation {
  /** Where the message starts in the input. */
  readonly offset: number
  readonly size: number
  /** Undefined if no known message looks like the bytes; then `fields` are told by number alone. */
  readonly kind?: MessageKind
  /** Why it is taken for that. */
  readonly reason: string
  /** Other messages that the bytes fit as well. */
  readonly alternatives: readonly MessageKind[]
  readonly decoded: boolean
  readonly fields: readonly FieldNode[]
  /** Fields that are not shown, since there are more than are shown. */
  readonly fieldsLeftOut: number
  readonly signatures: readonly SignatureExplanation[]
  /** Signatures that are not looked at, since there are more than are verified. */
  readonly signaturesLeftOut: number
  /** The signatures together, as a verifier of the generation sees them; left out where it has no such rule. */
  readonly verdict?: Verdict
  /** Public keys in the message, with the owner ids that each has. */
  readonly keys: readonly KeyExplanation[]
  /** The first bad byte. */
  readonly error?: BadByte
}

/** One field as it stands on the wire, in the order of the wire. */
export interface FieldNode {
  /** As the .proto spells it; '' for an unknown field. */
  readonly name: string
  readonly number: number
  /** `uint64`, `bytes`, `string`, …, `enum`, the name of a message type; `unknown` if the type has no such field. */
  readonly type: string
  /** Of the field's tag, in the message. */
  readonly offset: number
  /** Of tag and value. Items of a packed field share both. */
  readonly size: number
  /** Numbers and booleans; 64-bit ones as decimal text. */
  readonly value?: number | boolean | string
  /** Bytes, and strings that are not UTF-8. */
  readonly hex?: string
  /** What people read: strings, names of enum values, ids in their text forms. */
  readonly text?: string
  /** What is worth knowing of the value. */
  readonly notes?: readonly string[]
  /** Of an unknown field: 0 varint, 1 fixed64, 2 length-delimited, 3 group, 5 fixed32. */
  readonly wireType?: number
  /** Of a message. */
  readonly fields?: readonly FieldNode[]
}

export interface BadByte {
  /** In the message; of `frameError` in the input. */
  readonly offset: number
  /** Names of the fields that lead there; '' for the message itself. */
  readonly path: string
  readonly reason: string
  /** What would have been right. */
  readonly expected: string
  /** Hex of the bytes from there on, up to 16. */
  readonly found: string
}

export type SignatureKind = 'body' | 'meta' | 'origin' | 'request' | 'request-origin' | 'key' | 'token' | 'bearer'

export interface SignatureExplanation {
  readonly kind: SignatureKind
  /** Names of the fields that lead to it. */
  readonly place: string
  /** Hop of three-part signatures (0 is the top level), position in a list of signatures, nesting of a token. */
  readonly index: number
  /** The part of the message that it covers. */
  readonly covers: string
  readonly scheme: number
  readonly schemeName: string
  readonly signer?: Signer
  readonly valid: boolean
  /** Which bytes verified: `received`, `stable`, `without-field-9`, or the layout or chain rule of an older dialect. */
  readonly form?: string
  /** Why it is not valid. */
  readonly reason?: string
  /** False where verifiers of the announced version do not look at it. */
  readonly checked: boolean
  /** How many bytes it covers, and their hex if they are no more than `SIGNED_BYTES_SHOWN`. */
  readonly signedSize: number
  readonly signed?: string
  /** Of a token: who issues it, and whether the signer is that account. */
  readonly issuer?: { readonly owner: string; readonly text: string; readonly isSigner: boolean }
}

export interface Signer {
  readonly key: string
  /** `message`: beside the signature. Else where the key was found: in the token, the request header, or by recovery. */
  readonly from: 'message' | 'token' | 'header' | 'recovered'
  readonly ownerIds: readonly OwnerIdText[]
}

export interface OwnerIdText {
  readonly derivation: string
  readonly text: string
  readonly hex: string
}

export interface KeyExplanation {
  readonly key: string
  readonly valid: boolean
  readonly reason?: string
  readonly ownerIds: readonly OwnerIdText[]
  /** Fields that hold it. */
  readonly places: readonly string[]
}

export interface Verdict {
  /** The rule that was applied. */
  readonly rule: string
  readonly valid: boolean
  readonly reason?: string
}

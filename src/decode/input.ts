import type { BadByte, InputForm } from './explanation.js'
import { BAD_BYTES_SHOWN } from './limits.js'
import { hexOf } from './text.js'

/** Bytes as somebody gave them, and what was done to read them. */
export interface Input {
  readonly form: InputForm
  readonly bytes: Uint8Array
}

/** Text that is no bytes in any form: wrong usage, in one line. */
export class InputError extends Error {
  override readonly name = 'InputError'
}

const HEX = /^[0-9a-f]*$/i
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
const BASE64URL = /^[A-Za-z0-9_-]*={0,2}$/

/**
 * Bytes of a text: hex, with or without `0x`, else base64 or base64url, with or without padding. White space does not count.
 * Hex comes first, since every hex text of even length could be base64 too. Raises InputError.
 */
export function bytesOfText(text: string): Input {
  const compact = text.replace(/\s+/g, '')
  const digits = /^0x/i.test(compact) ? compact.slice(2) : compact
  if (digits === '') throw new InputError('no bytes given; an empty message in its gRPC frame is 0000000000')
  if (HEX.test(digits)) {
    if (digits.length % 2 === 1) throw new InputError(`${digits.length} hex digits, expected an even number`)
    return { form: 'hex', bytes: new Uint8Array(Buffer.from(digits, 'hex')) }
  }
  const form = BASE64.test(compact) ? 'base64' : BASE64URL.test(compact) ? 'base64url' : undefined
  if (form === undefined) throw new InputError(`neither hex nor base64: ${strangerIn(compact)}`)
  const unpadded = compact.replace(/=+$/, '')
  if (unpadded === '') throw new InputError('no bytes given, only padding')
  const bytes = new Uint8Array(Buffer.from(unpadded, form))
  if (Buffer.from(bytes).toString(form).replace(/=+$/, '') !== unpadded) {
    throw new InputError(`no ${form}: ${unpadded.length} characters end inside a byte`)
  }
  return { form, bytes }
}

/** Bytes of a file or pipe: the text forms where all of it is such a text, else the bytes themselves. */
export function bytesOfFile(content: Uint8Array): Input {
  if (content.length === 0) throw new InputError('no bytes given on standard input')
  if (content.every(isTextByte)) {
    try {
      return bytesOfText(Buffer.from(content).toString('latin1'))
    } catch (error) {
      if (!(error instanceof InputError)) throw error
    }
  }
  return { form: 'binary', bytes: content }
}

/** A message and where it starts in the input. */
export interface Frame {
  readonly offset: number
  readonly message: Uint8Array
}

export interface Frames {
  readonly framed: boolean
  readonly messages: readonly Frame[]
  readonly error?: BadByte
}

const PREFIX_SIZE = 5
const PLAIN = 0
const COMPRESSED = 1

/**
 * The messages of the bytes. No message can start with 0 or 1, as a tag has a field number; a gRPC frame starts with
 * nothing else (flag, then the length in four bytes). What is wrong with a frame is told after what came before it.
 */
export function framesOf(bytes: Uint8Array, messagesMax: number): Frames {
  const first = bytes[0]
  if (first !== PLAIN && first !== COMPRESSED) return { framed: false, messages: [{ offset: 0, message: bytes }] }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const messages: Frame[] = []
  const fail = (offset: number, reason: string, expected: string): Frames => {
    const found = hexOf(bytes.subarray(offset, offset + BAD_BYTES_SHOWN))
    return { framed: true, messages, error: { offset, path: 'gRPC frame', reason, expected, found } }
  }
  let offset = 0
  while (offset < bytes.length) {
    const left = bytes.length - offset
    const flag = bytes[offset]
    if (messages.length === messagesMax) return fail(offset, `more than ${messagesMax} messages`, 'fewer messages')
    if (flag === COMPRESSED) return fail(offset, 'the message is compressed', 'flag 00; decompress the message first')
    if (flag !== PLAIN) return fail(offset, `flag ${hexOf(bytes.subarray(offset, offset + 1))}`, 'flag 00 or 01')
    if (left < PREFIX_SIZE) return fail(offset, `${left} bytes are left`, 'a flag and four bytes of length')
    const length = view.getUint32(offset + 1)
    const start = offset + PREFIX_SIZE
    messages.push({ offset: start, message: bytes.subarray(start, start + length) })
    if (length > left - PREFIX_SIZE) {
      return fail(offset + 1, `the frame announces ${length} bytes, ${left - PREFIX_SIZE} are left`, `${length} bytes`)
    }
    offset = start + length
  }
  return { framed: true, messages }
}

function isTextByte(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d)
}

/** The first character that neither form has, for the error. */
function strangerIn(text: string): string {
  const at = text.search(/[^A-Za-z0-9+/_=-]/)
  if (at < 0) return 'characters of base64 and base64url are mixed, or padding is not at the end'
  return `character ${at + 1} is ${JSON.stringify(text.charAt(at))}`
}

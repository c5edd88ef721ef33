import type { Random } from '../core/random.js'
import { WRAPPING_KEY_BYTES } from './wrapping-key.js'

/** What a wrapping key is written as. */
export const WRAPPING_KEY_FORMS = '64 hex digits, base64 of 32 bytes, or 32 raw bytes'

/** A new wrapping key as the text of its file. */
export function newWrappingKeyText(random: Random): string {
  return `${Buffer.from(random.bytes(WRAPPING_KEY_BYTES)).toString('hex')}\n`
}

export type ParsedWrappingKey = { readonly key: Uint8Array } | { readonly problem: string }

/** The 32 bytes that a file, a variable or a credential holds, or what is wrong with it: a text that never repeats it. */
export function parseWrappingKey(content: Uint8Array): ParsedWrappingKey {
  // White space around a text is no part of it; raw bytes are taken as they are.
  const text = Buffer.from(content).toString('latin1').trim()
  if (text === '') return { problem: 'it is empty' }
  if (/^[0-9a-f]+$/i.test(text)) {
    if (text.length !== 2 * WRAPPING_KEY_BYTES) return { problem: `it has ${text.length} hex digits` }
    return keyOf(Buffer.from(text, 'hex'))
  }
  if (content.length === WRAPPING_KEY_BYTES) return keyOf(content)
  if (/^[0-9a-z+/_-]{43}=?$/i.test(text)) return keyOf(Buffer.from(text, 'base64'))
  return { problem: `its ${content.length} bytes are none of these` }
}

function keyOf(bytes: Uint8Array): ParsedWrappingKey {
  // A file that a power cut left without its content may be full of zeros.
  return bytes.some((byte) => byte !== 0) ? { key: new Uint8Array(bytes) } : { problem: 'it is all zeros' }
}

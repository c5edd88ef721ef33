import { hex } from '../core/bytes.js'
import { OWNER_ID_BYTES, ownerIdText } from '../crypto/owner-id.js'
import { quoted } from '../decode/text.js'
import type { Target } from '../generated/v2/token.js'

/** The longest of what is shown: an uncompressed public key. */
const BYTES_SHOWN = 65

/** Hex, or only how many there are. */
export function bytesText(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'nothing'
  return bytes.length <= BYTES_SHOWN ? hex(bytes) : `${bytes.length} bytes`
}

/** As wallets show it, or the bytes of what is no owner id. */
export function accountText(owner: Uint8Array): string {
  return owner.length === OWNER_ID_BYTES ? ownerIdText(owner) : bytesText(owner)
}

/** `PUT`, or `verb 99`. */
export function verbText(names: ReadonlyMap<number, string>, verb: number): string {
  return names.get(verb) ?? `verb ${verb}`
}

/** `1 and 2`, `1, 2 and 3`. */
export function listed(texts: readonly string[], and = 'and'): string {
  if (texts.length < 2) return texts.join()
  return `${texts.slice(0, -1).join(', ')} ${and} ${texts.at(-1)}`
}

/** What may yet make an account one of the subjects: names, which nothing here can resolve. */
export function unlessNamed(subjects: readonly Target[]): string {
  const names = subjects.map(({ nnsName }) => nnsName).filter((name) => name !== undefined)
  if (names.length === 0) return ''
  const shown = names.slice(0, NAMES_SHOWN).map((name) => quoted(name.slice(0, NAME_CHARACTERS_SHOWN)))
  return `, unless the name service has it under ${listed(shown, 'or')}`
}

const NAMES_SHOWN = 8
/** The longest that the name service takes. */
const NAME_CHARACTERS_SHOWN = 255

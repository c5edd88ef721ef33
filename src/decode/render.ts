import type {
  BadByte,
  Explanation,
  FieldNode,
  KeyExplanation,
  MessageExplanation,
  MessageKind,
  SignatureExplanation,
} from './explanation.js'
import { quoted } from './text.js'

export interface RenderOptions {
  /** Escape codes for a terminal. */
  readonly colour: boolean
}

/** Longer values are cut; the JSON form has them whole. */
const HEX_SHOWN = 132
const TEXT_SHOWN = 200
const ALTERNATIVES_SHOWN = 5
const PLACES_SHOWN = 3

type Style = 'good' | 'bad' | 'dim' | 'strong'
const CODES: Readonly<Record<Style, string>> = { good: '32', bad: '31', dim: '2', strong: '1' }

/** The explanation as text, a tree by indentation. Nothing from the bytes reaches a terminal unescaped. */
export function render(explanation: Explanation, { colour }: RenderOptions): string {
  const renderer = new Renderer(colour)
  renderer.all(explanation)
  return renderer.text
}

class Renderer {
  readonly #colour: boolean
  readonly #lines: string[] = []

  constructor(colour: boolean) {
    this.#colour = colour
  }

  get text(): string {
    return `${this.#lines.join('\n')}\n`
  }

  all({ input, messages, frameError }: Explanation): void {
    const frames = input.framed ? `, ${messages.length} in gRPC frames` : ''
    this.#line(0, this.#paint('dim', `${input.form}, ${input.size} bytes${frames}`))
    for (const [index, message] of messages.entries()) {
      this.#line(0, '')
      if (messages.length > 1) this.#line(0, `message ${index + 1} of ${messages.length}, from byte ${message.offset}`)
      this.#message(message)
    }
    if (frameError !== undefined) {
      this.#line(0, '')
      this.#badByte(frameError, 0)
    }
  }

  #message(message: MessageExplanation): void {
    const { kind, reason, alternatives, fields, fieldsLeftOut, signatures, signaturesLeftOut, verdict } = message
    if (kind === undefined) this.#line(0, this.#paint('bad', 'no known message'))
    else this.#line(0, `${this.#paint('strong', kind.type)}, ${kindText(kind)}`)
    this.#line(1, `because ${reason}`)
    if (kind !== undefined && kind.paths.length > 0) this.#line(1, `on ${kind.paths.join(' or ')}`)
    for (const other of alternatives.slice(0, ALTERNATIVES_SHOWN)) {
      this.#line(1, `fits as well: ${other.type}, ${kindText(other)}`)
    }
    const more = alternatives.length - ALTERNATIVES_SHOWN
    if (more > 0) this.#line(1, `and ${more} more`)

    this.#title('fields', fields.length)
    this.#fields(fields, 1)
    if (fieldsLeftOut > 0) this.#line(1, `${fieldsLeftOut} more fields are not shown`)
    if (message.error !== undefined) this.#badByte(message.error, message.offset)

    this.#title('signatures', signatures.length)
    for (const signature of signatures) this.#signature(signature)
    if (signaturesLeftOut > 0) this.#line(1, `${signaturesLeftOut} more signatures are not looked at`)
    if (verdict !== undefined) {
      const { valid, rule, reason } = verdict
      const why = reason === undefined ? '' : `: ${reason}`
      this.#line(1, `${this.#paint(valid ? 'good' : 'bad', valid ? 'all valid' : 'not accepted')} (${rule})${why}`)
    }
    this.#title('keys', message.keys.length)
    for (const key of message.keys) this.#key(key)
  }

  #fields(fields: readonly FieldNode[], depth: number): void {
    for (const field of fields) {
      const name = field.type === 'unknown' ? `field ${field.number}` : `${field.name} = ${field.number}`
      const type = this.#paint(field.type === 'unknown' ? 'bad' : 'dim', field.type)
      this.#line(depth, [name, type, ...valueText(field), this.#notes(field)].filter((part) => part !== '').join('  '))
      if (field.fields !== undefined) this.#fields(field.fields, depth + 1)
    }
  }

  #notes({ notes = [] }: FieldNode): string {
    return notes.length === 0 ? '' : this.#paint('dim', `(${notes.join('; ')})`)
  }

  #signature(signature: SignatureExplanation): void {
    const { place, valid, form, reason, covers, signedSize, scheme, schemeName, signer, checked, issuer } = signature
    const verdict = valid ? `valid (${form})` : `not valid: ${reason}`
    this.#line(1, `${place}  ${this.#paint(valid ? 'good' : 'bad', verdict)}${checked ? '' : ', nobody looks at it'}`)
    this.#line(2, `covers ${covers}, ${signedSize} bytes; scheme ${scheme}, ${schemeName}`)
    if (signer === undefined) this.#line(2, 'signer unknown')
    else this.#line(2, `signer ${cut(signer.key, HEX_SHOWN)}${FROM[signer.from]}`)
    if (issuer !== undefined) {
      const who = issuer.text === '' ? cut(issuer.owner, HEX_SHOWN) : issuer.text
      this.#line(2, `issuer ${who}, ${issuer.isSigner ? 'the signer' : this.#paint('bad', 'not the signer')}`)
    }
  }

  #key({ key, reason, ownerIds, places }: KeyExplanation): void {
    const shown = places.slice(0, PLACES_SHOWN).join(', ')
    const more = places.length > PLACES_SHOWN ? ` and ${places.length - PLACES_SHOWN} more` : ''
    const fault = reason === undefined ? '' : this.#paint('bad', `  not valid: ${reason}`)
    this.#line(1, `${cut(key, HEX_SHOWN)}${fault}  ${this.#paint('dim', `${shown}${more}`)}`.trimEnd())
    for (const { derivation, text } of ownerIds) this.#line(2, `${derivation.padEnd(14)}${text}`)
  }

  #badByte({ offset, path, reason, expected, found }: BadByte, messageOffset: number): void {
    const inInput = messageOffset === 0 ? '' : `, byte ${messageOffset + offset} of the input`
    const where = path === '' ? 'the message' : path
    this.#line(0, `${this.#paint('bad', `bad byte at ${offset}`)}${inInput}, in ${where}: ${reason}`)
    this.#line(1, `expected ${expected}`)
    this.#line(1, `found ${found === '' ? 'the end' : found}`)
  }

  #title(title: string, count: number): void {
    if (count > 0) this.#line(0, title)
  }

  #line(depth: number, text: string): void {
    this.#lines.push(`${'  '.repeat(depth)}${text}`.trimEnd())
  }

  #paint(style: Style, text: string): string {
    return this.#colour ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text
  }
}

const FROM = {
  message: '',
  token: ' (one of the token)',
  header: ' (of the request header)',
  recovered: ' (recovered from the signature)',
} as const

function kindText({ generation, dialect, direction }: MessageKind): string {
  const named = dialect === generation ? '' : `, dialect ${dialect}`
  return `${direction === 'token' ? 'a token' : `a ${direction}`} of ${generation}${named}`
}

/** Value, text and bytes of a field, each once. */
function valueText({ type, value, text, hex }: FieldNode): string[] {
  const parts: string[] = []
  if (value !== undefined) parts.push(String(value))
  if (text !== undefined) parts.push(isQuoted(type) ? quoted(cut(text, TEXT_SHOWN)) : text)
  if (hex !== undefined && (value === undefined || type === 'unknown')) parts.push(cut(hex, HEX_SHOWN))
  return parts
}

/** Strings, and bytes that look like one; names and ids stand as they are. */
function isQuoted(type: string): boolean {
  return type === 'string' || type === 'unknown'
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}… (${text.length} characters)`
}

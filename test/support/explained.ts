import type { Explanation, FieldNode, MessageExplanation, MessageKind } from '../../src/decode/index.js'

/** The one message of an explanation. */
export function only({ messages }: Explanation): MessageExplanation {
  const [message] = messages
  if (message === undefined || messages.length !== 1) throw new Error(`${messages.length} messages`)
  return message
}

export function* everyField(fields: readonly FieldNode[]): Generator<FieldNode> {
  for (const field of fields) {
    yield field
    yield* everyField(field.fields ?? [])
  }
}

/** What a message may be taken for. */
export function kindsOf({ kind, alternatives }: MessageExplanation): readonly MessageKind[] {
  return kind === undefined ? [] : [kind, ...alternatives]
}

/** Every number and every longer run of bytes that `decoded` of a vector lists, except for what is counted there. */
export function valuesListed(decoded: unknown, leftOut: ReadonlySet<string>): Set<string> {
  const found = new Set<string>()
  const visit = (value: unknown): void => {
    if (typeof value === 'number' && value !== 0) found.add(String(value))
    else if (typeof value === 'string' && (NUMBER.test(value) || HEX.test(value))) found.add(value)
    else if (Array.isArray(value)) value.forEach(visit)
    else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) if (!leftOut.has(name)) visit(member)
    }
  }
  visit(decoded)
  return found
}

const NUMBER = /^[1-9][0-9]{0,19}$/
/** Zeros are what an absent id reads as. */
const HEX = /^(?!0+$)[0-9a-f]{30,}$/

/** Every number, text and run of bytes that an explanation shows. */
export function valuesShown(fields: readonly FieldNode[]): Set<string> {
  const found = new Set<string>()
  for (const { value, hex, text } of everyField(fields)) {
    if (value !== undefined) found.add(String(value))
    if (hex !== undefined) found.add(hex)
    if (text !== undefined) found.add(text)
  }
  return found
}

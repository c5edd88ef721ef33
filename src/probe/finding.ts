/**
 * What a probe has to say about a server; a probe that finds nothing found that it works.
 *
 * - `fault`: the server takes part in the dialect and a strict genuine client would not be content with it.
 * - `notServed`: it does not know the method, or reads other messages on it.
 * - `foreign`: what a server of another dialect on the same path may well answer. Not served if another row of the path
 *   works, else a fault.
 */
export type FindingKind = 'fault' | 'notServed' | 'foreign'

export interface Finding {
  readonly kind: FindingKind
  /** One line, safe to show on a terminal. */
  readonly what: string
  /** Where the rule is written, e.g. `neofs-v1 §3.1 step 2`. */
  readonly reference: string
}

export function fault(reference: string, what: string): Finding {
  return { kind: 'fault', what, reference }
}

export function foreign(reference: string, what: string): Finding {
  return { kind: 'foreign', what, reference }
}

export function notServed(reference: string, what: string): Finding {
  return { kind: 'notServed', what, reference }
}

/** One fault if `holds` is false. */
export function expect(holds: boolean, reference: string, what: string | (() => string)): Finding[] {
  return holds ? [] : [fault(reference, typeof what === 'string' ? what : what())]
}

/** As a failure is told: the place of the rule, then what was wrong. */
export function findingText({ reference, what }: Finding): string {
  return `${reference}: ${what}`
}

const TEXT_CHARACTERS = 160

/** A text of the server on one line, without anything that a terminal would act on or hide, and not too long. */
export function printable(text: string): string {
  const line = text.replace(/\s+/gu, ' ').trim()
  const safe = line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    [...character].map((each) => `\\u{${(each.codePointAt(0) ?? 0).toString(16)}}`).join(''),
  )
  return safe.length > TEXT_CHARACTERS ? `${safe.slice(0, TEXT_CHARACTERS)}…` : safe
}

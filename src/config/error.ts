/** Wrong usage or configuration, in one line that names the flag, variable or key and what it takes. Exit code 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const SHOWN_CHARACTERS = 120

// C0 and C1 controls, line separators and the marks that turn the direction of text: an error stays one harmless line.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to keep off the terminal
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** `text` on one line, without anything that a terminal would act on. */
export function oneLine(text: string): string {
  return text
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Hides the credentials of a URL: whoever reads an error or a printed configuration need not know them. */
export function maskCredentials(text: string): string {
  return text.replace(/(\w+:\/\/)[^/@\s]+@/g, '$1***@')
}

/** A refused value as an error shows it. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  const text = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value))
  const line = oneLine(maskCredentials(text))
  return line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line
}

/** A line that no export has. The message says which, what is wrong and what would be right; never what a key is. */
export class LineError extends Error {
  override readonly name = 'LineError'
  readonly line: number

  constructor(line: number, problem: string) {
    super(`line ${line}: ${problem}`)
    this.line = line
  }
}

const SHOWN_CHARACTERS = 60

/** A value as an error shows it. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? 'nothing')
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
}

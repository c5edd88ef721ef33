import type { Report } from './report.js'

/** The options of a run by name; each can be set on the command line: `--seconds 10`. */
export type Options = Readonly<Record<string, number | string>>

/** What every run is given. */
export interface Common {
  /** The run does the same with the same seed, as far as two processes and a network can. */
  readonly seed: number
  /** URL of the store of the gateway under test. */
  readonly store: string
}

export interface Run<O extends Options = Options> {
  readonly name: string
  /** In one line. */
  readonly what: string
  /** For CI, where all runs together have a few minutes. */
  readonly short: O
  /** For docs/reliability.md. */
  readonly long: O
  /** @throws Skipped where something is missing that it needs; any other error is a failure, as a check that does not hold. */
  run(options: O & Common, report: Report): Promise<void>
}

/** Options as they stand on the command line. */
export type Given = Readonly<Record<string, string>>

const DEFAULT_STORE = 'lmdb:./data'

/** The options of one run. Those that only others have are not for it. @throws Error for what is no number. */
export function optionsOf(run: Run, form: 'short' | 'long', given: Given, seed: number): Options & Common {
  const own = Object.entries(run[form]).map(([name, usual]) => {
    const text = given[name]
    const value = text === undefined ? usual : typeof usual === 'string' ? text : numberOf(name, text)
    return [name, value] as const
  })
  return {
    ...Object.fromEntries(own),
    seed: given['seed'] === undefined ? seed : numberOf('seed', given['seed']),
    store: given['store'] ?? DEFAULT_STORE,
  }
}

/** @throws Error for an option that none of the runs has: it would be given in vain. */
export function checkGiven(runs: readonly Run[], given: Given): void {
  const known = new Set(['seed', 'store', ...runs.flatMap(({ long }) => Object.keys(long))])
  const unknown = Object.keys(given).filter((name) => !known.has(name))
  if (unknown.length === 0) return
  throw new Error(`--${unknown[0]} is no option of ${runs.map(({ name }) => name).join(', ')}`)
}

export function usage(runs: readonly Run[]): string {
  const rows = runs.map(({ name, what, long }) => {
    const options = Object.entries(long).map(([option, value]) => `--${option} ${value}`)
    return `  ${name.padEnd(12)} ${what}\n  ${''.padEnd(12)} ${options.join(' ')}\n`
  })
  return `npm run reliability -- NAME… [--short] [--seed N] [--store URL] [--OPTION N]…\n\n${rows.join('')}`
}

function numberOf(name: string, text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new Error(`--${name}: got ${text}, takes a number`)
  return Number(text)
}

import { ConfigError, oneLine, shown } from './error.js'

/** A flag of the command line: its name (`--store`), the key it stands for, and its text. */
export interface FlagValue {
  readonly flag: string
  readonly path: string
  readonly text: string
  /** Further ones of the same name add to it: a list. */
  readonly repeatable?: boolean
}

/** `--set PATH=VALUE`. */
export function parseSetFlag(text: string): FlagValue {
  const equals = text.indexOf('=')
  if (equals < 1) throw new ConfigError(`--set: got ${shown(text)}, takes PATH=VALUE, such as log.level=debug`)
  const path = text.slice(0, equals).trim()
  return { flag: `--set ${oneLine(path)}`, path, text: text.slice(equals + 1) }
}

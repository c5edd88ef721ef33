import { accessSync, constants, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { ConfigError, oneLine } from './error.js'

/** Read from the working directory if it is there and no other file is named. */
export const CONFIG_FILE = 'session-gateway.yaml'

/** A configuration file: nested maps, lists and plain values, not yet checked. */
export interface ConfigFile {
  /** As the user named it. */
  readonly name: string
  readonly content: ReadonlyMap<unknown, unknown>
}

/**
 * Reads the file that `--config` names, or `session-gateway.yaml` in `directory` if there is one.
 * @throws ConfigError if it can't be read or is no YAML map.
 */
export function readConfigFile(directory: string, named: string | undefined): ConfigFile | undefined {
  const name = named ?? join(directory, CONFIG_FILE)
  const shownName = oneLine(named ?? CONFIG_FILE)
  let text: string
  try {
    text = readFileSync(name, 'utf8')
  } catch (error) {
    if (named === undefined && codeOf(error) === 'ENOENT') return undefined
    throw new ConfigError(
      `${named === undefined ? shownName : `--config: '${shownName}'`} cannot be read: ${reasonOf(error)}; takes the path of a YAML file`,
    )
  }
  return { name: shownName, content: parse(text, shownName) }
}

function parse(text: string, name: string): ReadonlyMap<unknown, unknown> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' })
  const [error] = document.errors
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0])
    throw new ConfigError(`${name}: line ${line}, column ${col}: not valid YAML: ${oneLine(error.message)}`)
  }
  let content: unknown
  try {
    // Maps, not objects: a key named __proto__ is only a key. Aliases are bounded against files that blow up.
    content = document.toJS({ mapAsMap: true, maxAliasCount: 100 })
  } catch (error) {
    throw new ConfigError(`${name}: not usable YAML: ${oneLine(reasonOf(error))}`)
  }
  if (content === null || content === undefined) return new Map()
  if (!(content instanceof Map)) throw new ConfigError(`${name}: takes a map of keys, such as 'listen: 127.0.0.1:8080'`)
  return content
}

/** Undefined if the file can be read, else why not. */
export function unreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK)
    return undefined
  } catch (error) {
    return reasonOf(error)
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function reasonOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
      return 'no such file'
    case 'EACCES':
      return 'no permission'
    case 'EISDIR':
      return 'it is a directory'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}

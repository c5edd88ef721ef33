import { CommanderError } from 'commander'
import { ConfigError, oneLine } from '../config/error.js'
import { SessionError } from '../core/errors.js'

/** 1: failed while running · 2: wrong usage or configuration · 3: the store can't be opened. */
export function exitCodeOf(error: unknown): 1 | 2 | 3 {
  if (error instanceof CommanderError || error instanceof ConfigError) return 2
  if (error instanceof SessionError && error.code === 'store_unavailable') return 3
  return 1
}

/** One line on standard error. */
export function report(error: unknown): void {
  process.stderr.write(`session-gateway: ${lineOf(error)}\n`)
}

function lineOf(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error))
  if (error instanceof CommanderError) {
    if (error.code === 'commander.help') return 'name a command; session-gateway --help lists them'
    return oneLine(error.message.replace(/^error: /, ''))
  }
  return oneLine(error.message)
}

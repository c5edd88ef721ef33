#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { addConfigCommand } from './commands/config.js'
import { addDecodeCommand } from './commands/decode.js'
import { exitCodeOf, report } from './commands/exit.js'
import { addExplainCommand } from './commands/explain.js'
import { addProbeCommand } from './commands/probe.js'
import { addServeCommand } from './commands/serve.js'
import { addStoreCommand } from './commands/store.js'
import { addTokenCommand } from './commands/token.js'
import { packageVersion } from './version.js'

// A reader that went away (`config print | head -1`) is no failure.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})

const program = new Command('session-gateway')
  .description('One session server for every generation of NeoFS and Atomix clients, on one port.')
  .version(packageVersion(), '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print this help')
  .exitOverride()
  // Every failure becomes one line below; commander's own lines would come twice.
  .configureOutput({ outputError: () => {}, writeErr: () => {} })
  .showSuggestionAfterError()
  .addHelpText(
    'after',
    `
Examples:
  session-gateway serve
  session-gateway serve --listen 0.0.0.0:8080 --epoch fixed:42 --strict
  session-gateway config print --json

Exit codes: 0 done or drained, 1 failed while running, 2 wrong usage or configuration, 3 the store can't be opened.
`,
  )

addServeCommand(program)
addConfigCommand(program)
addDecodeCommand(program)
addProbeCommand(program)
addExplainCommand(program)
addStoreCommand(program)
addTokenCommand(program)

try {
  await program.parseAsync()
  // A command that did its work and found something wrong has set a code.
  finish(Number(process.exitCode ?? 0))
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) finish(0)
  else {
    report(error)
    finish(exitCodeOf(error))
  }
}

/** Ends the process whatever still waits in it, once standard output has taken everything. */
function finish(code: number): void {
  process.stdout.write('', () => process.exit(code))
}

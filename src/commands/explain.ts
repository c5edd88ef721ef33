import type { Command } from 'commander'
import { ConfigError, shown } from '../config/error.js'
import { type SourceFlags, sourceOf, withSourceFlags } from './session-source.js'

interface ExplainFlags extends SourceFlags {
  readonly json?: true
}

export function addExplainCommand(program: Command): void {
  const command = program
    .command('explain')
    .description("tell one session's story, and what genuine servers would say of it now")
    .argument('<ID>', 'a UUID, 32 hex digits, or PARTITION:NUMBER for Atomix')
  withSourceFlags(command, {
    admin: 'ask the gateway whose admin listener is there (that of the configuration without it)',
    store: 'read the store in this directory, lmdb:PATH, instead of asking a gateway',
  })
    .option('--json', 'as JSON, with every number in full')
    .addHelpText(
      'after',
      `
Sessions that ended are remembered for sessions.history (24h unless set).

Examples:
  session-gateway explain 0188d5a4-9c1e-4a71-8f3e-0123456789ab
  session-gateway explain --admin 127.0.0.1:8081 1:42
  session-gateway explain --admin https://gateway.example:8081 --admin-token file:./read.token 1:42
  session-gateway explain --store lmdb:./data 1:42
  session-gateway explain --json 1:42

Exit codes: 0 found, open or ended, 1 not found or nothing answers, 2 wrong usage, 3 the store can't be opened.
`,
    )
    .action(async (given: string, flags: ExplainFlags) => {
      const [{ parseSessionName, SESSION_NAMES }, { explain, render }] = await Promise.all([
        import('../core/session-name.js'),
        import('../explain/index.js'),
      ])
      const ref = parseSessionName(given)
      if (ref === undefined) throw new ConfigError(`<ID>: got ${shown(given)}, takes ${SESSION_NAMES}`)
      const source = await sourceOf(flags)
      const found = await source.find(ref)
      if (found === undefined) {
        throw new Error(
          `${source.name} has no session ${given}, open or remembered: it never had, or it ended longer ago than sessions.history`,
        )
      }
      const explanation = explain(found.facts, found.now)
      process.stdout.write(flags.json === true ? `${JSON.stringify(explanation, undefined, 2)}\n` : render(explanation))
    })
}

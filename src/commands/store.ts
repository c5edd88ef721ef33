import type { Command } from 'commander'
import type { ConfigInputs } from '../config/load.js'
import { addConfigFlags, CONFIG_FLAGS } from './config-flags.js'

/** Every other key, `store.key` among them, is set as for `serve`: by file, environment or `--set`. */
const STORE_FLAGS = CONFIG_FLAGS.filter(({ path }) => path === 'store.url')

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 the store can't be opened: in use, damaged, newer format, wrong key.
`

export interface ExportFlags {
  readonly plainKeys?: true
  /** False by `--no-private-keys`. */
  readonly privateKeys: boolean
  readonly salvage?: true
}

export interface ImportFlags {
  readonly skipExisting?: true
  readonly sourceKey?: string
}

export interface RekeyFlags {
  readonly newKey?: string
}

export function addStoreCommand(program: Command): void {
  const store = program.command('store').description('look at a store on disk, save it, fill it, change its keys')
  addStats(store)
  addCheck(store)
  addExport(store)
  addImport(store)
  addRekey(store)
}

function addStats(store: Command): void {
  const { command, inputs } = subcommand(
    store,
    'stats',
    'tell what a store holds, while gateways use it or not',
    `
Examples:
  session-gateway store stats
  session-gateway store stats --store lmdb:/var/lib/session-gateway/store --json
`,
  )
  command.option('--json', 'as JSON').action(async (flags: { json?: true }) => {
    const { stats } = await import('./store/stats.js')
    await stats(inputs(), flags.json === true)
  })
}

function addCheck(store: Command): void {
  const { command, inputs } = subcommand(
    store,
    'check',
    'read all of a store and say whether it is whole, while gateways use it or not',
    `
It reads every page and every record, compares every index with the sessions, and opens every sealed key.

Examples:
  session-gateway store check
  session-gateway store check --no-keys --store lmdb:/var/lib/session-gateway/store
`,
  )
  command
    .option('--no-keys', "leave out whether session keys open, for which the store's key is needed")
    .action(async (flags: { keys: boolean }) => {
      const { check } = await import('./store/check.js')
      await check(inputs(), flags.keys)
    })
}

function addExport(store: Command): void {
  const { command, inputs } = subcommand(
    store,
    'export',
    'write all sessions as JSON lines, while gateways use the store or not',
    `
Private keys are sealed as in the store: they open with its key file, which is no part of the export. FILE is complete when it
appears, and only its owner can read it.

Examples:
  session-gateway store export backup.jsonl
  session-gateway store export | gzip > backup.jsonl.gz
  session-gateway store export --no-private-keys | jq 'select(.generation == "atomix")'
`,
  )
  command
    .argument('[FILE]', 'where to write; - is standard output', '-')
    .option('--plain-keys', 'write private keys in clear')
    .option('--no-private-keys', 'leave private keys out')
    .option('--salvage', 'of a damaged store: write what can still be read')
    .action(async (file: string, flags: ExportFlags) => {
      const { exportTo } = await import('./store/export.js')
      await exportTo(inputs(), file, flags)
    })
}

function addImport(store: Command): void {
  const { command, inputs } = subcommand(
    store,
    'import',
    'put an export into a store, new or not, that no gateway uses: all of it or nothing',
    `
Sessions with a timeout have a full one when a gateway starts. Numbers of partitions never go back.

Examples:
  session-gateway store import backup.jsonl
  session-gateway store import --source-key file:./old.key --store lmdb:./new backup.jsonl
  gunzip -c backup.jsonl.gz | session-gateway store import -
`,
  )
  command
    .argument('<FILE>', 'an export; - is standard input')
    .option('--skip-existing', 'leave sessions that are there already as they are, instead of refusing all')
    .option(
      '--source-key <SPEC>',
      "the key of the export's store, if it is another: file:PATH, env:NAME or credential:NAME",
    )
    .action(async (file: string, flags: ImportFlags) => {
      const { importFrom } = await import('./store/import.js')
      await importFrom(inputs(), file, flags)
    })
}

function addRekey(store: Command): void {
  const { command, inputs } = subcommand(
    store,
    'rekey',
    'seal every session key anew with a new data key; no gateway may use the store',
    `
It may be interrupted at any time: the store stays good, and running it again finishes.

Examples:
  session-gateway store rekey
  session-gateway store rekey --new-key file:/etc/session-gateway/store-2.key
`,
  )
  command
    .option(
      '--new-key <SPEC>',
      'also change the key of the store to this one: file:PATH (made if it is not there), env:NAME or credential:NAME',
    )
    .action(async (flags: RekeyFlags) => {
      const { rekey } = await import('./store/rekey.js')
      await rekey(inputs(), flags)
    })
}

function subcommand(
  store: Command,
  name: string,
  description: string,
  help: string,
): { readonly command: Command; readonly inputs: () => ConfigInputs } {
  const command = store.command(name).description(description).addHelpText('after', `${help}${EXIT_CODES}`)
  return { command, inputs: addConfigFlags(command, STORE_FLAGS) }
}

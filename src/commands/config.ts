import type { Command } from 'commander'
import { addConfigFlags } from './config-flags.js'

export function addConfigCommand(program: Command): void {
  const config = program.command('config').description('check or print the configuration')
  addCheck(config)
  addPrint(config)
}

function addCheck(config: Command): void {
  const command = config
    .command('check')
    .description('check all that serve would refuse before it listens: the configuration and the files it names')
  const inputs = addConfigFlags(command)
  command.action(async () => {
    const { checkFiles, loadConfig } = await import('../config/load.js')
    const { checkStart } = await import('../gateway/check.js')
    const loaded = loadConfig(inputs())
    checkFiles(loaded)
    checkStart(loaded.config)
    process.stdout.write('the configuration is valid\n')
  })
}

function addPrint(config: Command): void {
  const command = config
    .command('print')
    .description('print the effective configuration, secrets masked, and where each value came from')
    .option('--json', 'as JSON')
  const inputs = addConfigFlags(command)
  command.action(async (options: { json?: true }) => {
    const { loadConfig } = await import('../config/load.js')
    const { printJson, printYaml } = await import('../config/print.js')
    const loaded = loadConfig(inputs())
    process.stdout.write(options.json ? printJson(loaded) : printYaml(loaded))
  })
}

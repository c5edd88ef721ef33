import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { oneLine } from '../config/error.js'
import { parseDuration_ms } from '../config/units.js'
import type { ProbeTls } from '../probe/index.js'

const TIMEOUT = '5s'
const REPEAT_MAX = 1_000_000

interface ProbeFlags {
  readonly only?: string
  readonly json?: true
  readonly conformance?: true
  readonly repeat: number
  readonly timeout: number
  readonly epoch?: string
  readonly key?: string
  readonly tls?: true
  readonly tlsCa?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
}

export function addProbeCommand(program: Command): void {
  const command = program
    .command('probe')
    .description('open a session in every generation against any server, and tell which work')
    .argument('<HOST:PORT>', 'a gRPC server, this gateway or any other')
    .option('--only <NAMES>', 'rows or groups, such as a2,c,v2,atomix or companions; all without it')
    .option('--conformance', 'go on to what no strict client sends, and tell where genuine servers answer otherwise')
    .option('--repeat <N>', 'open N sessions per row; latency as min / median / max', repeatCount, 1)
    .addOption(
      new Option('--timeout <DURATION>', 'how long one call may take')
        .argParser(duration)
        .default(duration(TIMEOUT), TIMEOUT),
    )
    .option('--epoch <N>', 'the current epoch: ask for sessions of 100 epochs instead of for ever')
    .option('--key <FILE>', 'owner of the sessions (PEM, hex or WIF); a throwaway key without it')
    .option('--tls', 'connect with TLS')
    .option('--tls-ca <FILE>', 'trust servers that this authority vouches for (PEM)')
    .option('--tls-cert <FILE>', 'certificate to show to servers that ask (PEM)')
    .option('--tls-key <FILE>', 'its private key (PEM)')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
NeoFS sessions can't be closed: on a server in use give --epoch, so that they end by themselves. --conformance is for servers
under test: it sends what genuine Atomix servers die of.

Examples:
  session-gateway probe 127.0.0.1:8080
  session-gateway probe --only c,v2 --json node.example.com:8080
  session-gateway probe --tls --tls-ca ca.pem --repeat 100 gateway.example.com:443

Exit codes: 0 all that was asked for works, 1 some of it does not or nothing answers, 2 wrong usage.
`,
    )
  command.action(async (server: string, flags: ProbeFlags) => {
    const { Identity, parseEpoch, parseServer, probe, Progress, renderTable, ROWS, rowsOf, UsageError } = await import(
      '../probe/index.js'
    )
    /** One line that names the argument. */
    const read = <T>(name: string, parse: () => T): T => {
      try {
        return parse()
      } catch (error) {
        if (error instanceof UsageError) return command.error(`${name}: ${oneLine(error.message)}`)
        throw error
      }
    }
    const { only, epoch, key, repeat } = flags
    read('<HOST:PORT>', () => parseServer(server))
    const rows = only === undefined ? ROWS : read('--only', () => rowsOf(only))
    const asked = epoch === undefined ? {} : { epoch: read('--epoch', () => parseEpoch(epoch)) }
    const keyText = key === undefined ? undefined : Buffer.from(fileBytes(command, '--key', key)).toString('utf8')
    const identity = keyText === undefined ? Identity.throwaway() : read('--key', () => Identity.parse(keyText))
    const tls = tlsOf(command, flags)
    // For a server named by its address Node warns of what grpc-js puts into the handshake: nothing that users can change.
    if (tls !== undefined) process.noDeprecation = true
    const progress = process.stderr.isTTY ? new Progress(process.stderr, rows.length * repeat) : undefined
    const report = await probe(server, {
      rows,
      identity,
      repeat,
      timeout_ms: flags.timeout,
      conformance: flags.conformance === true,
      ...asked,
      ...(tls === undefined ? {} : { tls }),
      ...(progress === undefined ? {} : { progress }),
    }).finally(() => progress?.end())
    const colour = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined
    process.stdout.write(
      flags.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : renderTable(report, { colour }),
    )
    if (!report.works) process.exitCode = 1
  })
}

function tlsOf(command: Command, { tls, tlsCa, tlsCert, tlsKey }: ProbeFlags): ProbeTls | undefined {
  const files = { '--tls-ca': tlsCa, '--tls-cert': tlsCert, '--tls-key': tlsKey }
  const named = Object.entries(files).find(([, file]) => file !== undefined)
  if (tls !== true) {
    if (named !== undefined) command.error(`${named[0]}: takes effect with --tls only`)
    return undefined
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    command.error(`${tlsCert === undefined ? '--tls-key' : '--tls-cert'}: --tls-cert and --tls-key go together`)
  }
  return {
    ...(tlsCa === undefined ? {} : { authority: fileBytes(command, '--tls-ca', tlsCa) }),
    ...(tlsCert === undefined ? {} : { certificate: fileBytes(command, '--tls-cert', tlsCert) }),
    ...(tlsKey === undefined ? {} : { privateKey: fileBytes(command, '--tls-key', tlsKey) }),
  }
}

function fileBytes(command: Command, flag: string, file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return command.error(`${flag}: ${oneLine(reason)}`)
  }
}

function repeatCount(text: string): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && count >= 1 && count <= REPEAT_MAX) return count
  throw new InvalidArgumentError(`It takes a number from 1 to ${REPEAT_MAX}.`)
}

function duration(text: string): number {
  const duration_ms = parseDuration_ms(text)
  if (duration_ms !== undefined && duration_ms > 0) return duration_ms
  throw new InvalidArgumentError('It takes a duration such as 500ms or 30s.')
}

import { Console } from 'node:console'
import { Writable } from 'node:stream'
import type { Command } from 'commander'
import type { ConfigInputs } from '../config/load.js'
import type { Gateway } from '../gateway/gateway.js'
import type { Logger } from '../log.js'
import { addConfigFlags } from './config-flags.js'
import { cutOff } from './cut-off.js'
import { within } from './within.js'

/** Kept of `shutdown.timeout` for leaving the process. */
const EXIT_MS = 100

export function addServeCommand(program: Command): void {
  const command = program
    .command('serve')
    .description('run the gateway')
    .addHelpText(
      'after',
      `
Any key can also be set in the file and in the environment (SESSION_GATEWAY_LOG_LEVEL=debug). Flags win over the
environment, the environment over the file. On standard output comes one line, when every listener accepts calls.

Examples:
  session-gateway serve
  session-gateway serve --listen 127.0.0.1:0 --admin off
  session-gateway serve --listen 0.0.0.0:8080 --tls-cert server.pem --tls-key server.key
  session-gateway serve --set adapters.atomix.partitions=3 --set limits.sessions=50000
`,
    )
  const inputs = addConfigFlags(command)
  command.action(() => serve(inputs()))
}

/** Resolves when the gateway has drained. */
async function serve(inputs: ConfigInputs): Promise<void> {
  const debuggerSignal = ignoreDebuggerSignal()
  const { checkFiles, loadConfig } = await import('../config/load.js')
  const loaded = loadConfig(inputs)
  checkFiles(loaded)
  const { config } = loaded
  const [{ createLogger }, { startGateway }] = await Promise.all([
    import('../gateway/logging.js'),
    import('../gateway/gateway.js'),
  ])
  const log = createLogger({ level: config.log.level })
  debuggerSignal.log = log
  let starting: Promise<Gateway> | undefined
  const leave = (code: number): void => {
    // Whoever leaves the process meanwhile leaves it with this.
    process.exitCode = code
    void cutOff(starting).then(() => process.exit())
  }
  endOnFault(log, leave)
  logForeignText(log)
  // From here on a signal drains, also one that comes before the start is done.
  const asked = endSignal(log, leave)
  let onBroken = (_: StoreBroken): void => {}
  const broken = new Promise<StoreBroken>((resolve) => {
    onBroken = resolve
  })
  if (config.store.url === 'memory:') log.warn({}, 'sessions are kept in memory only: they end with this process')
  let gateway: Gateway | undefined
  // Without a listener the signal would end the process, also while it starts.
  process.on('SIGHUP', () => reload(gateway, log))
  starting = startGateway(config, { log, onBrokenStore: (fault) => onBroken(new StoreBroken(fault)) })
  gateway = await starting
  process.stdout.write(`${JSON.stringify(gateway.ready)}\n`)
  const reason = await Promise.race([asked, broken])
  const { timeout } = config.shutdown
  if (reason instanceof StoreBroken)
    log.error({ err: reason.cause, timeout_ms: timeout }, `${reason.message}: draining`)
  else log.info({ signal: reason, timeout_ms: timeout }, 'draining')
  if (!(await within(Math.max(timeout - EXIT_MS, timeout / 2), drainAndStop(gateway)))) {
    log.warn({ timeout_ms: timeout }, 'not everything was over in time; the rest is cut off')
    await cutOff(starting)
  }
  log.info({}, 'stopped')
  if (reason instanceof StoreBroken) throw reason
}

/** Only another start can tell what the disk has. */
class StoreBroken extends Error {
  override readonly name = 'StoreBroken'

  constructor(cause: unknown) {
    super('the disk failed in the middle of a commit, and the store is of no more use to this process', { cause })
  }
}

async function drainAndStop(gateway: Gateway): Promise<void> {
  await gateway.drain()
  await gateway.stop()
}

/**
 * On SIGUSR1, Node opens its inspector to every user of the machine, and with it all keys in memory, unless somebody listens to
 * the signal.
 */
function ignoreDebuggerSignal(): { log?: Logger } {
  const told: { log?: Logger } = {}
  process.on('SIGUSR1', () => told.log?.info({}, 'SIGUSR1 is ignored'))
  return told
}

type Leave = (code: number) => void

/** Resolves with the first SIGTERM or SIGINT. A second one ends the process at once. */
function endSignal(log: Logger, leave: Leave): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first = true
    const onSignal = (signal: NodeJS.Signals): void => {
      if (!first) {
        log.warn({ signal }, 'second signal: ending at once')
        leave(1)
      }
      first = false
      resolve(signal)
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  })
}

/** What nobody caught is a fault of ours: it is logged with its stack, and the process ends, as its state is unknown. */
function endOnFault(log: Logger, leave: Leave): void {
  process.on('uncaughtException', (err) => {
    log.error({ err }, 'unexpected fault: the gateway ends')
    leave(1)
  })
}

/** Whatever libraries and Node say becomes lines of the log, as everything on standard error: lmdb tells of failed commits so. */
function logForeignText(log: Logger): void {
  const sink = new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      log.warn({ from: 'console' }, String(text).trimEnd())
      done()
    },
  })
  globalThis.console = new Console(sink)
  process.removeAllListeners('warning')
  process.on('warning', (err) => log.warn({ err }, 'Node warns'))
}

function reload(gateway: Gateway | undefined, log: Logger): void {
  gateway?.reload().then(
    () => log.info({}, 'certificates and tokens read again'),
    (err: unknown) => log.error({ err }, 'certificates and tokens not read again: the ones before stay in use'),
  )
}

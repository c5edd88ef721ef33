import type { Command } from 'commander'
import type { ConfigInputs } from '../config/load.js'
import type { Gateway } from '../gateway/gateway.js'
import type { Logger } from '../log.js'
import { addConfigFlags } from './config-flags.js'

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
  const { checkFiles, loadConfig } = await import('../config/load.js')
  const loaded = loadConfig(inputs)
  checkFiles(loaded)
  const { config } = loaded
  const [{ createLogger }, { startGateway }] = await Promise.all([
    import('../gateway/logging.js'),
    import('../gateway/gateway.js'),
  ])
  const log = createLogger({ level: config.log.level })
  endOnFault(log)
  // From here on a signal drains, also one that comes before the start is done.
  const asked = endSignal(log)
  log.warn({ store: config.store.url }, 'sessions are kept in memory only: they end with this process')
  let gateway: Gateway | undefined
  // Without a listener the signal would end the process, also while it starts.
  process.on('SIGHUP', () => reload(gateway, log))
  gateway = await startGateway(config, { log })
  process.stdout.write(`${JSON.stringify(gateway.ready)}\n`)
  const signal = await asked
  log.info({ signal, timeout_ms: config.shutdown.timeout }, 'draining')
  if (!(await within(config.shutdown.timeout, drainAndStop(gateway)))) {
    log.warn({ timeout_ms: config.shutdown.timeout }, 'not everything was over in time; the rest is cut off')
  }
  log.info({}, 'stopped')
}

async function drainAndStop(gateway: Gateway): Promise<void> {
  await gateway.drain()
  await gateway.stop()
}

/** Resolves with the first SIGTERM or SIGINT. A second one ends the process at once. */
function endSignal(log: Logger): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first = true
    const onSignal = (signal: NodeJS.Signals): void => {
      if (!first) {
        log.warn({ signal }, 'second signal: ending at once')
        process.exit(1)
      }
      first = false
      resolve(signal)
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  })
}

/** What nobody caught is a fault of ours: it is logged with its stack, and the process ends, as its state is unknown. */
function endOnFault(log: Logger): void {
  process.on('uncaughtException', (err) => {
    log.error({ err }, 'unexpected fault: the gateway ends')
    process.exit(1)
  })
}

function reload(gateway: Gateway | undefined, log: Logger): void {
  gateway?.reload?.().then(
    () => log.info({}, 'certificates read again'),
    (err: unknown) => log.error({ err }, 'certificates not read again: the ones before stay in use'),
  )
}

/** Exiting takes a moment, too: what is waited for has to be over this much earlier. */
const EXIT_MS = 100

/** True if `work` is over in time. */
async function within(timeout_ms: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(timeout_ms - EXIT_MS, timeout_ms / 2))
  })
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}

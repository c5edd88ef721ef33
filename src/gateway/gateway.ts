import { fileURLToPath } from 'node:url'
import { type Adapter, GENERATIONS } from '../adapters/adapter.js'
import { Access } from '../admin/access.js'
import { Audit } from '../admin/audit.js'
import type { AuditSink } from '../admin/audit-log.js'
import { type AdminListener, startAdmin } from '../admin/listener.js'
import { readPage } from '../admin/page-files.js'
import { Signing } from '../admin/signing.js'
import type { Config } from '../config/schema.js'
import { hex } from '../core/bytes.js'
import { systemClock } from '../core/clock.js'
import { SignatureVerifier } from '../crypto/schemes.js'
import { systemRandom } from '../crypto/system-random.js'
import type { Logger } from '../log.js'
import { hostOf, isLoopback, reachOf } from '../transport/address.js'
import { grpcJsTransport } from '../transport/grpc-js/transport.js'
import type { Transport, TransportFactory } from '../transport/transport.js'
import { packageVersion } from '../version.js'
import { createAdapters, methodsOf } from './adapters.js'
import { readAdminTokens } from './admin-tokens.js'
import { AuditFile } from './audit-file.js'
import { Closers } from './closers.js'
import { createCompanions, methodsOfCompanions } from './companions.js'
import { type CoreParts, openCore } from './core.js'
import { DecodeThread } from './decode-thread.js'
import { gatewayKeyFor } from './gateway-key-file.js'
import { Health } from './health.js'
import { infoOf } from './info.js'
import { KeysListener } from './keys-listener.js'
import { LineLimit } from './line-limit.js'
import { openingOf } from './opening.js'
import { overviewOf } from './overview.js'
import { Reflection } from './reflection.js'
import { adminLimitsOf, adminTlsOf, decodeLimitsOf, tlsOf, transportLimitsOf } from './settings.js'
import { Shutdown } from './shutdown.js'

/** The one line on standard output once every listener accepts calls. */
export interface ReadyLine {
  readonly event: 'ready'
  readonly version: string
  readonly role: string
  /** Addresses in use, `host:port`. */
  readonly grpc: readonly string[]
  /** Address in use, or `off`. */
  readonly admin: string
  /** Address in use of the service for backends; absent while that is off. */
  readonly keys?: string
  readonly store: string
  /** The gateway's own key: compressed point, hex. */
  readonly publicKey: string
  readonly pid: number
}

export interface Gateway {
  readonly ready: ReadyLine
  /**
   * Opens nothing new from now on. For `shutdown.grace` sessions still renew and close, and begun handshakes end; then no
   * new calls come in, and those in flight end, all within `shutdown.timeout`.
   */
  drain(): Promise<void>
  /** Reads the TLS files again, for connections to come, and the admin tokens; opens the audit log again. What is not good changes nothing. @throws ConfigError */
  reload(): Promise<void>
  /** Ends everything at once; after `drain` nothing is left to be cut off. Never rejects. */
  stop(): Promise<void>
}

export type Transports = Readonly<Record<Config['transport']['kind'], TransportFactory>>

/** What a test or an embedder may pass in. Parts that are passed in are not closed here. */
export interface GatewayParts extends CoreParts {
  readonly transports?: Transports
}

/** Where the build puts the web page. */
const PAGE = fileURLToPath(new URL('../page/', import.meta.url))

/** Whoever finds a request that fails by a fault of ours may send it all the time. */
const ADMIN_FAULT_LINES = { lines: 10, window_ms: 60_000 }

const TRANSPORTS: Transports = { 'grpc-js': grpcJsTransport }

/**
 * Puts the parts together and listens. Whatever fails, what was started before it is ended again.
 * @throws ConfigError for what the configuration can't mean, SessionError `store_unavailable` for the store, Error for a
 * listener.
 */
export async function startGateway(config: Config, parts: GatewayParts): Promise<Gateway> {
  const closers = new Closers(parts.log)
  try {
    return await start(config, parts, closers)
  } catch (error) {
    await closers.closeAll()
    throw error
  }
}

async function start(config: Config, parts: GatewayParts, closers: Closers): Promise<Gateway> {
  const { log, clock = systemClock, random = systemRandom } = parts
  const tls = tlsOf(config)
  const adminTls = adminTlsOf(config)
  const access = new Access(readAdminTokens(config, log))
  const auditFile = config.admin.audit === undefined ? undefined : new AuditFile(config.admin.audit)
  closers.add('audit log', () => auditFile?.close())
  const auditSink: AuditSink = auditFile && ((line) => auditFile.write(line))
  const core = await openCore(config, { ...parts, clock, random }, closers, () => shutdown.update())
  const { clients, metrics, store, epochs, sessions, events, engine } = core
  const gatewayKey = gatewayKeyFor(config, random, log)

  const { publicKeys, verifiedSignatures } = config.limits
  const verifier = new SignatureVerifier({ publicKeys, verified: verifiedSignatures })
  const context = { sessions, clock, epochs, observer: metrics, log }
  const adapters = createAdapters(config, context, { verifier, gatewayKey })
  const enabled = adapters.map(({ name }) => name)
  const grpc: string[] = []
  const companions = createCompanions(config, { epochs, observer: metrics, log }, { verifier, gatewayKey, grpc })
  const companionServices = companions.map(({ service }) => service)
  const health = new Health(enabled, companionServices)
  const reflection = new Reflection(enabled, companionServices)
  const factory = (parts.transports ?? TRANSPORTS)[config.transport.kind]
  const transport = factory({
    methods: [
      ...methodsOf(adapters, config, context),
      ...methodsOfCompanions(companions),
      ...health.methods,
      ...reflection.methods,
    ],
    limits: transportLimitsOf(config),
    ...(tls === undefined ? {} : { tls }),
    onLimit: (limit) => metrics.limit(limit),
    onFault: (err, path) => log.error({ err, path }, 'a call failed by a fault of ours'),
  })
  const signing = new Signing({ sessions, clock, signsPerSecond: config.admin.limits.signsPerSecond })
  const keys =
    config.keys.listen === 'off'
      ? undefined
      : new KeysListener(config, factory, { sessions, signing, access, auditSink, clock, metrics, log })
  const ending = { health, reflection, companions, transport, keys, closers }
  const shutdown: Shutdown = new Shutdown({ config, clock, sessions, store, ...ending })

  const publicKey = hex(gatewayKey.publicKey)
  const startedAt_ms = clock.wallTime()
  let listener: AdminListener | undefined
  if (config.admin.listen !== 'off') {
    const info = () => infoOf({ config, adapters, companions, epochs, grpc, publicKey, startedAt_ms })
    const notReady = () => shutdown.notReady()
    const overview = () => overviewOf({ metrics, epochs, clock, startedAt_ms, notReady })
    const decoder = new DecodeThread(decodeLimitsOf(config))
    closers.add('decoder', () => decoder.close())
    const adminFaults = new LineLimit<{ readonly err: unknown; readonly route: string | undefined }>({
      ...ADMIN_FAULT_LINES,
      clock,
      write: (fault) => log.error({ ...fault }, 'admin request failed'),
      writeRest: (faults) => log.error({ faults }, 'further admin requests failed'),
    })
    closers.add('admin faults', () => adminFaults.stop())
    listener = await named(
      'admin.listen (--admin)',
      startAdmin(
        {
          sessions,
          events,
          epochs,
          clock,
          clients,
          metrics,
          info,
          overview,
          page: readPage(PAGE),
          notReady,
          access,
          decoder,
          audit: new Audit(auditSink, { clock, log }),
          signing,
          limits: adminLimitsOf(config),
          onLimit: (limit) => metrics.limit(limit),
          onFault: (err, route) => adminFaults.offer({ err, route }),
          log,
        },
        config.admin.listen,
        {
          metricsToken: config.admin.metricsToken,
          ...(adminTls === undefined ? {} : { tls: adminTls }),
          ...(config.admin.allowedHosts === undefined ? {} : { allowedHosts: config.admin.allowedHosts }),
        },
      ),
    )
    closers.add('admin', () => listener?.stop())
  }
  engine.start()
  closers.add('expiry', () => engine.stop())
  closers.add('transport', () => transport.close())
  closers.add('session keys', () => keys?.close())
  const keysAddress = keys && (await named('keys.listen (--keys-listen)', keys.listen()))
  for (const address of config.listen) grpc.push(await named('listen (--listen)', transport.listen(address)))

  const admin = listener?.address ?? 'off'
  sayWhoMayOpen(config, adapters, log)
  sayIfReadable(config, log)
  shutdown.serving()
  const ready: ReadyLine = {
    event: 'ready',
    version: packageVersion(),
    role: config.role,
    grpc,
    admin,
    ...(keysAddress === undefined ? {} : { keys: keysAddress }),
    store: store.url,
    publicKey,
    pid: process.pid,
  }
  log.info({ grpc, admin, keys: keysAddress, store: store.url, epoch: epochs.current(), generations: enabled }, 'ready')
  return {
    ready,
    reload: async () => reload(config, { transport, listener, keys, access, auditFile, log }),
    drain: () => shutdown.drain(),
    stop: () => shutdown.stop(),
  }
}

/** Says in the error of a listener by which key it got its address. */
async function named<T>(key: string, listening: Promise<T>): Promise<T> {
  try {
    return await listening
  } catch (cause) {
    throw new Error(`${key}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

interface Reloaded {
  readonly transport: Transport
  readonly listener: AdminListener | undefined
  readonly keys: KeysListener | undefined
  readonly access: Access
  readonly auditFile: AuditFile | undefined
  readonly log: Logger
}

function reload(config: Config, { transport, listener, keys, access, auditFile, log }: Reloaded): void {
  const tls = tlsOf(config)
  const adminTls = adminTlsOf(config)
  const useKeysTls = keys?.readTls()
  const tokens = readAdminTokens(config, log)
  auditFile?.reopen()
  if (tls !== undefined) transport.useTls(tls)
  if (adminTls !== undefined) listener?.useTls(adminTls)
  useKeysTls?.()
  access.use(tokens)
}

/** Whoever opens the port to others should see what that means. */
function sayWhoMayOpen(config: Config, adapters: readonly Adapter[], log: Logger): void {
  const open = config.listen.filter((address) => !isLoopback(hostOf(address)))
  if (open.length === 0) return
  for (const generation of GENERATIONS) {
    if (!adapters.some(({ name }) => name === generation)) continue
    log.warn({ listen: open, generation, opening: openingOf(generation, config) }, 'who may open sessions')
  }
}

/** Tokens that others can read are theirs. A proxy may speak TLS in front of the listener, which nothing here can tell. */
function sayIfReadable({ admin: { listen, tls } }: Config, log: Logger): void {
  if (listen === 'off' || reachOf(listen) !== 'network' || tls.cert !== undefined) return
  const what =
    'the admin listener can be reached by others without TLS: tokens go in clear unless a proxy before it has TLS'
  log.warn({ listen }, `${what}; admin.tls.cert and admin.tls.key turn it on`)
}

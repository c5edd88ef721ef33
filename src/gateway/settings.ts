import { readFileSync } from 'node:fs'
import { HANDSHAKE_TIMEOUT } from '../adapters/shared-path.js'
import type { AdminLimits } from '../admin/limits.js'
import { ConfigError } from '../config/error.js'
import type { Config } from '../config/schema.js'
import { DEFAULT_SESSION_LIMITS, type SessionLimits } from '../core/limits.js'
import type { Random } from '../core/random.js'
import { GatewayKey } from '../crypto/gateway-key.js'
import { checkTls } from '../transport/tls.js'
import type { TlsConfig, TransportLimits } from '../transport/transport.js'
import type { DecodeThreadLimits } from './decode-thread.js'

/** The configuration as each part of the gateway takes it. */

/** What one generation may have of all sessions. */
const SHARE = DEFAULT_SESSION_LIMITS.sessionsPerGeneration / DEFAULT_SESSION_LIMITS.sessions

/** The limits in force: where nobody set one, it follows those that it is a part of. */
export function limitsOf({ adapters, limits }: Config) {
  const several = Object.values(adapters).filter(({ enabled }) => enabled).length > 1
  const { sessions, pendingHandshakes, concurrentStreams, connections } = limits
  return {
    ...limits,
    // Half is left to others.
    connectionsPerAddress: limits.connectionsPerAddress ?? Math.ceil(connections / 2),
    // Where one generation has the gateway to itself, there is nobody to leave room to.
    sessionsPerGeneration: limits.sessionsPerGeneration ?? (several ? Math.ceil(sessions * SHARE) : sessions),
    sessionsPerOwner: Math.min(limits.sessionsPerOwner, sessions),
    pendingHandshakes: Math.min(pendingHandshakes, sessions),
    handshakesPerConnection: Math.min(limits.handshakesPerConnection, pendingHandshakes, concurrentStreams, sessions),
    handshakeSize: Math.min(limits.handshakeSize, limits.messageSize),
  }
}

/** Every limit that can be hit by its configuration name, which is what the metrics call it. Times are in milliseconds, sizes in bytes. */
export function limitsByName(config: Config) {
  return {
    ...prefixed('limits', limitsOf(config)),
    ...prefixed('admin.limits', {
      ...config.admin.limits,
      connectionsPerAddress: adminLimitsOf(config).connectionsPerAddress,
    }),
    ...prefixed('keys.limits', config.keys.limits),
    [HANDSHAKE_TIMEOUT]: config.adapters.v1Legacy.handshakeTimeout,
  }
}

function prefixed<T>(section: string, limits: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(limits).map(([name, value]) => [`${section}.${name}`, value]))
}

export function sessionLimitsOf(config: Config): SessionLimits {
  const limits = limitsOf(config)
  return {
    sessions: limits.sessions,
    sessionsPerGeneration: limits.sessionsPerGeneration,
    sessionsPerOwner: limits.sessionsPerOwner,
    onOwnerLimit: limits.onOwnerLimit,
    createsPerAddress: limits.createsPerAddress,
    createsPerOwner: limits.createsPerOwner,
    pendingHandshakes: limits.pendingHandshakes,
    expiryTick_ms: limits.expiryTick,
    expiryBatch: limits.expiryBatch,
    stall_ms: limits.stall,
    // Nobody sees a difference but who sweeps: reads see what is over as over.
    lease_ms: DEFAULT_SESSION_LIMITS.lease_ms,
    tombstones: limits.tombstones,
    partitions: limits.partitions,
    history_ms: config.sessions.history,
    eventQueue: limits.eventQueue,
  }
}

export function transportLimitsOf(config: Config): TransportLimits {
  const limits = limitsOf(config)
  return {
    messageSize_bytes: limits.messageSize,
    connections: limits.connections,
    connectionsPerAddress: limits.connectionsPerAddress,
    connectionIdle_ms: limits.connectionIdle,
    connectionAge_ms: limits.connectionAge,
    tlsTimeout_ms: limits.tlsTimeout,
    requestTimeout_ms: limits.requestTimeout,
    concurrentStreams: limits.concurrentStreams,
    headerSize_bytes: limits.headerSize,
    keepaliveInterval_ms: limits.keepaliveInterval,
    keepaliveTimeout_ms: limits.keepaliveTimeout,
  }
}

/** Shorter than a proxy waits. */
const HEARTBEAT_MS = 15_000
/** A page that is loaded again, or a network that was away for a moment, misses nothing. */
const LINGER_MS = 60_000

export function adminLimitsOf({ admin: { limits, login } }: Config): AdminLimits {
  return {
    bodySize_bytes: limits.bodySize,
    headerSize_bytes: limits.headerSize,
    connections: limits.connections,
    // Half is left to others.
    connectionsPerAddress: limits.connectionsPerAddress ?? Math.ceil(limits.connections / 2),
    requestTimeout_ms: limits.requestTimeout,
    idleTimeout_ms: limits.idleTimeout,
    requestsPerSecond: limits.requestsPerSecond,
    scrapesPerSecond: limits.scrapesPerSecond,
    logins: { open: limits.logins, lifetime_ms: login.lifetime, attemptsPerMinute: limits.loginsPerMinute },
    page: limits.page,
    listsWaiting: limits.listsWaiting,
    signsPerSecond: limits.signsPerSecond,
    events: {
      readers: limits.eventReaders,
      remembered: limits.eventsRemembered,
      renewalsPerSecond: limits.renewalsPerSecond,
      // Nor may a quiet stream be taken for an idle connection.
      heartbeat_ms: Math.min(HEARTBEAT_MS, Math.ceil(limits.idleTimeout / 3)),
      linger_ms: LINGER_MS,
    },
  }
}

/** The next question may come soon; a page that is open asks now and then. */
const DECODER_IDLE_MS = 30_000

export function decodeLimitsOf({ admin: { limits } }: Config): DecodeThreadLimits {
  return { waiting: limits.decodesWaiting, timeout_ms: limits.decodeTimeout, idle_ms: DECODER_IDLE_MS }
}

/** How errors call the keys of a section for TLS. */
interface TlsNames {
  readonly cert: string
  readonly key: string
  readonly clientCa: string
}

const TLS_NAMES: TlsNames = {
  cert: 'tls.cert (--tls-cert)',
  key: 'tls.key (--tls-key)',
  clientCa: 'tls.clientCa (--tls-client-ca)',
}
const ADMIN_TLS_NAMES: TlsNames = { cert: 'admin.tls.cert', key: 'admin.tls.key', clientCa: 'admin.tls.clientCa' }
const KEYS_TLS_NAMES: TlsNames = { cert: 'keys.tls.cert', key: 'keys.tls.key', clientCa: 'keys.tls.clientCa' }

/** Of the listeners for clients. @throws ConfigError if a file can't be read, or the files can't work together. */
export function tlsOf({ tls }: Config): TlsConfig | undefined {
  return readTls(tls, TLS_NAMES)
}

/** Of the admin listener. @throws ConfigError, too. */
export function adminTlsOf({ admin }: Config): TlsConfig | undefined {
  return readTls(admin.tls, ADMIN_TLS_NAMES)
}

/** Of the listener for backends. @throws ConfigError, too. */
export function keysTlsOf({ keys }: Config): TlsConfig | undefined {
  return readTls(keys.tls, KEYS_TLS_NAMES)
}

function readTls(tls: Config['tls'], names: TlsNames): TlsConfig | undefined {
  const { cert, key, clientCa } = tls
  if (cert === undefined && key === undefined && clientCa === undefined) return undefined
  if (cert === undefined) throw new ConfigError(`${names.cert} is missing: TLS takes a certificate and its key`)
  if (key === undefined) throw new ConfigError(`${names.key} is missing: TLS takes a certificate and its key`)
  const material: TlsConfig = {
    certificate: read(names.cert, cert),
    privateKey: read(names.key, key),
    ...(clientCa === undefined ? {} : { clientAuthority: read(names.clientCa, clientCa) }),
  }
  try {
    checkTls(material)
  } catch (error) {
    const what = error instanceof Error ? error.message : 'tls.certificate cannot be used'
    throw new ConfigError(withKeysAndFiles(what, tls, names), { cause: error })
  }
  return material
}

/** The transport's error in the words of the configuration: the key, the flag and the file instead of its own names. */
function withKeysAndFiles(text: string, tls: Config['tls'], { cert, key, clientCa }: TlsNames): string {
  const names: Readonly<Record<string, string>> = {
    'tls.certificate': `${cert} ${tls.cert}`,
    'tls.privateKey': `${key} ${tls.key}`,
    'tls.clientAuthority': `${clientCa} ${tls.clientCa}`,
  }
  return text.replace(/tls\.(?:certificate|privateKey|clientAuthority)/g, (name) => names[name] ?? name)
}

/** The key of the file, or a new one. @throws ConfigError that never repeats what the file holds. */
export function gatewayKeyOf({ key }: Config, random: Random): GatewayKey {
  if (key === undefined) return GatewayKey.generate(random)
  const bytes = read('key (--key)', key)
  try {
    return GatewayKey.parse(Buffer.from(bytes).toString('utf8'), random)
  } catch (error) {
    throw new ConfigError(`key (--key): ${key}: ${error instanceof Error ? error.message : 'no key'}`)
  }
}

function read(name: string, path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
    throw new ConfigError(`${name}: ${path} cannot be read (${why})`, { cause: error })
  }
}

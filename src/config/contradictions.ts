import { isLoopback, parseListenAddress, reachOf } from '../transport/address.js'
import { ConfigError, shown } from './error.js'
import type { Effective } from './load.js'
import type { Config } from './schema.js'
import { parseTokenSpec } from './token-spec.js'

/**
 * Limits of which the first can't be reached if it is above the second. Where nobody set the first it follows the second
 * (`gateway/settings.ts`); where somebody did, something else was meant than would happen.
 */
const AT_MOST: readonly (readonly [part: string, whole: string])[] = [
  ['limits.connectionsPerAddress', 'limits.connections'],
  ['admin.limits.connectionsPerAddress', 'admin.limits.connections'],
  ['limits.sessionsPerGeneration', 'limits.sessions'],
  ['limits.sessionsPerOwner', 'limits.sessions'],
  ['limits.pendingHandshakes', 'limits.sessions'],
  ['limits.handshakesPerConnection', 'limits.pendingHandshakes'],
  ['limits.handshakesPerConnection', 'limits.concurrentStreams'],
  ['limits.handshakeSize', 'limits.messageSize'],
]

/** Generations whose sessions have owners, as the configuration names them. */
const WITH_OWNERS = ['v1Legacy', 'v1', 'v2'] as const
const GENERATIONS = [...WITH_OWNERS, 'atomix'] as const

/** What no key alone can tell. @throws ConfigError, one line that names both keys and what would be right. */
export function checkTogether(config: Config, effective: ReadonlyMap<string, Effective>): void {
  const check = new Check(config, effective)
  check.generations()
  check.tls()
  check.keysTls()
  check.keysAddress()
  check.adminTls()
  check.adminAddress()
  check.adminTokens()
  check.shutdown()
  for (const [part, whole] of AT_MOST) check.atMost(part, whole)
  check.eviction()
}

function maySign(token: string): boolean {
  const parsed = parseTokenSpec(token)
  return 'spec' in parsed && parsed.spec.roles.has('sign')
}

class Check {
  readonly #config: Config
  readonly #effective: ReadonlyMap<string, Effective>

  constructor(config: Config, effective: ReadonlyMap<string, Effective>) {
    this.#config = config
    this.#effective = effective
  }

  generations(): void {
    const { adapters } = this.#config
    if (GENERATIONS.some((name) => adapters[name].enabled)) return
    const names = GENERATIONS.map((name) => this.#nameOf(`adapters.${name}.enabled`))
    throw new ConfigError(`${names.join(', ')}: all are false; one generation at least has to be served`)
  }

  tls(): void {
    const { cert, key, clientCa } = this.#config.tls
    if (cert !== undefined && key === undefined) {
      throw this.#error('tls.cert', 'needs the private key, too; give --tls-key (tls.key)')
    }
    if (key !== undefined && cert === undefined) {
      throw this.#error('tls.key', 'needs the certificate, too; give --tls-cert (tls.cert)')
    }
    if (clientCa !== undefined && cert === undefined) {
      throw this.#error('tls.clientCa', 'needs TLS; give --tls-cert and --tls-key (tls.cert, tls.key)')
    }
  }

  keysTls(): void {
    const { tls } = this.#config.keys
    this.#tlsOf('keys.tls', tls)
    if (tls.clientNames === undefined || tls.clientCa !== undefined) return
    throw this.#error('keys.tls.clientNames', 'needs keys.tls.clientCa, too')
  }

  adminTls(): void {
    this.#tlsOf('admin.tls', this.#config.admin.tls)
  }

  #tlsOf(section: string, { cert, key, clientCa }: Config['tls']): void {
    const needs = (of: string, what: string): ConfigError =>
      this.#error(`${section}.${of}`, `needs ${section}.${what}, too`)
    if (cert !== undefined && key === undefined) throw needs('cert', 'key')
    if (key !== undefined && cert === undefined) throw needs('key', 'cert')
    if (clientCa !== undefined && cert === undefined) throw needs('clientCa', `cert and ${section}.key`)
  }

  /** Session keys are worth as much as the owners' own: nobody reads their use off a network, and somebody may use them. */
  keysAddress(): void {
    const { listen, admin, keys } = this.#config
    if (keys.listen === 'off') return
    if (!keys.listen.endsWith(':0') && (listen.includes(keys.listen) || admin.listen === keys.listen)) {
      const what = 'where something else listens; takes another address, unix:PATH, or off'
      throw this.#error('keys.listen', `got ${shown(keys.listen)}, ${what}`)
    }
    const address = parseListenAddress(keys.listen)
    if (address.kind === 'tcp' && !isLoopback(address.host) && keys.tls.cert === undefined) {
      const what =
        'which others can reach; takes keys.tls.cert and keys.tls.key, too, or a loopback address, or unix:PATH'
      throw this.#error('keys.listen', `got ${shown(keys.listen)}, ${what}`)
    }
    if (keys.tls.clientCa === undefined && !(admin.tokens ?? []).some(maySign)) {
      const what = 'where nobody could ask; takes a token with the role sign in admin.tokens, or keys.tls.clientCa'
      throw this.#error('keys.listen', `got ${shown(keys.listen)}, ${what}`)
    }
  }

  adminAddress(): void {
    const { listen, admin } = this.#config
    if (!listen.includes(admin.listen) || admin.listen.endsWith(':0')) return
    throw this.#error('admin.listen', `got ${shown(admin.listen)}, where gRPC listens; takes another address, or off`)
  }

  /** Whoever reaches it is somebody only by a token. */
  adminTokens(): void {
    const { listen, tokens } = this.#config.admin
    if (listen === 'off' || reachOf(listen) !== 'network' || tokens !== undefined) return
    const what =
      'which others can reach; takes a token, too, such as --set admin.tokens=operate:file:./admin.token, or a loopback ' +
      'address, unix:PATH, or off'
    throw this.#error('admin.listen', `got ${shown(listen)}, ${what}`)
  }

  shutdown(): void {
    const { grace, timeout } = this.#config.shutdown
    if (grace < timeout) return
    const path = this.#isSet('shutdown.grace') ? 'shutdown.grace' : 'shutdown.timeout'
    throw this.#order(path, 'shutdown.grace', 'shorter than', 'shutdown.timeout')
  }

  atMost(part: string, whole: string): void {
    const most = this.#effective.get(whole)?.value
    const value = this.#effective.get(part)?.value
    if (typeof value !== 'number' || typeof most !== 'number' || value <= most || !this.#isSet(part)) return
    throw this.#order(part, part, 'at most', whole)
  }

  /** Who is not known to be the owner must not end what the owner has. */
  eviction(): void {
    const { adapters, limits } = this.#config
    if (limits.onOwnerLimit !== 'evictOldest') return
    const open = WITH_OWNERS.filter((name) => adapters[name].enabled && adapters[name].ownerCheck !== 'on')
    if (open.length === 0) return
    const keys = open.map((name) => `adapters.${name}.ownerCheck`).join(', ')
    throw this.#error(
      'limits.onOwnerLimit',
      `got 'evictOldest', which takes ${keys}: on (--strict sets them all); else anybody could close the sessions of anybody`,
    )
  }

  #order(path: string, part: string, relation: string, whole: string): ConfigError {
    const written = (key: string): string => `${key} (${this.#effective.get(key)?.raw})`
    const got = shown(this.#effective.get(path)?.raw)
    return this.#error(path, `got ${got}; ${written(part)} has to be ${relation} ${written(whole)}`)
  }

  #error(path: string, text: string): ConfigError {
    return new ConfigError(`${this.#nameOf(path)}: ${text}`)
  }

  #isSet(path: string): boolean {
    const kind = this.#effective.get(path)?.source.kind
    return kind !== undefined && kind !== 'default'
  }

  /** By the flag, the variable or the line of the file that set it. */
  #nameOf(path: string): string {
    return this.#isSet(path) ? (this.#effective.get(path)?.source.name ?? path) : path
  }
}

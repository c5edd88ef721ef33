import type { AddressInfo } from 'node:net'
import { formatHostPort, parseListenAddress, reachOf } from '../transport/address.js'
import { listenError } from '../transport/listen-error.js'
import type { TlsConfig } from '../transport/transport.js'
import { listenPrivately } from '../transport/unix-socket.js'
import { createAdminApp } from './app.js'
import type { AdminParts } from './parts.js'
import type { Place } from './place.js'
import { Servers } from './servers.js'
import type { AdminApp } from './typed-app.js'

export interface AdminListener {
  /** The address in use, `host:port` or `unix:PATH`. */
  readonly address: string
  /** Takes other certificates for connections to come. Nothing if it speaks no TLS. */
  useTls(tls: TlsConfig): void
  stop(): Promise<void>
}

export interface ListenOptions extends Partial<Pick<Place, 'allowedHosts' | 'metricsToken'>> {
  /** Checked by `checkTls`. */
  readonly tls?: TlsConfig
}

/** Listens at `host:port`, port 0 picks one, or `unix:PATH`. Rejects with an Error that names the address and the reason. */
export async function startAdmin(
  parts: AdminParts,
  address: string,
  { tls, allowedHosts = [], metricsToken = false }: ListenOptions = {},
): Promise<AdminListener> {
  const parsed = parseListenAddress(address)
  const host = parsed.kind === 'tcp' ? parsed.host : ''
  const servers = new Servers({ limits: parts.limits, tls, onLimit: parts.onLimit })
  const names = allowedHosts.map((name) => name.toLowerCase())
  const place: Place = { reach: reachOf(address), host, allowedHosts: names, tls: tls !== undefined, metricsToken }
  const app = await createAdminApp(parts, place, servers)
  try {
    if (parsed.kind === 'unix') await listenPrivately(parsed.path, () => app.listen({ path: parsed.path }))
    else await app.listen({ host: parsed.host, port: parsed.port })
  } catch (error) {
    await app.close()
    throw listenError(address, error)
  }
  return {
    address: parsed.kind === 'unix' ? address : addressInUse(app.server.address(), host),
    useTls: (other) => servers.useTls(other),
    stop: () => stop(app, servers),
  }
}

async function stop(app: AdminApp, servers: Servers): Promise<void> {
  const closed = app.close()
  servers.cut()
  await closed
}

function addressInUse(bound: AddressInfo | string | null, host: string): string {
  return bound === null || typeof bound === 'string' ? host : formatHostPort(bound.address, bound.port)
}

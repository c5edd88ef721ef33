import type { AddressInfo } from 'node:net'
import { ConfigError } from '../config/error.js'
import { formatHostPort, isLoopback, parseListenAddress } from '../transport/address.js'
import { listenError } from '../transport/listen-error.js'
import { createAdminApp } from './app.js'
import type { AdminParts } from './parts.js'

export interface AdminListener {
  /** The address in use, `host:port`. */
  readonly address: string
  stop(): Promise<void>
}

/**
 * Whoever reaches the admin listener may use all of it, so it stays on this machine.
 * @throws ConfigError for an address beyond loopback.
 */
export function checkAdminAddress(address: string): void {
  if (address === 'off') return
  const parsed = parseListenAddress(address)
  if (parsed.kind === 'tcp' && isLoopback(parsed.host)) return
  throw new ConfigError(
    `admin.listen (--admin) is ${address}: it takes a loopback address such as 127.0.0.1:8081, or off, because whoever reaches it needs no token`,
  )
}

/** Listens at a loopback `host:port`, port 0 picks one. Rejects with an Error that names the address and the reason. */
export async function startAdmin(parts: AdminParts, address: string): Promise<AdminListener> {
  checkAdminAddress(address)
  const parsed = parseListenAddress(address)
  const { host, port } = parsed.kind === 'tcp' ? parsed : { host: 'localhost', port: 0 }
  const app = await createAdminApp(parts, host)
  try {
    await app.listen({ host, port })
    return { address: addressInUse(app.server.address(), host), stop: () => app.close() }
  } catch (error) {
    await app.close()
    throw listenError(address, error)
  }
}

function addressInUse(bound: AddressInfo | string | null, host: string): string {
  return bound === null || typeof bound === 'string' ? host : formatHostPort(bound.address, bound.port)
}

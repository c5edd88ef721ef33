import { type AdminClientOptions, parseAdminPlace } from '../../src/explain/admin-client.js'
import { AdminSource } from '../../src/explain/admin-source.js'

/** Asks the gateway whose admin listener is there, in any of the forms of `--admin`. */
export function sourceAt(address: string, wallTime?: () => number, options?: AdminClientOptions): AdminSource {
  const place = parseAdminPlace(address, { tls: false })
  if (place === undefined) throw new Error(`${address} is no address of an admin listener`)
  return new AdminSource(place, options, wallTime)
}

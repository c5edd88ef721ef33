import { isIP } from 'node:net'
import { isLoopback } from '../transport/address.js'
import type { Place } from './place.js'
import { Problem } from './problem.js'

/**
 * Keeps browser pages of other origins out. A page can send requests to wherever its browser can, so a request has to name this
 * listener (Host: a page whose name was rebound to our address still sends its own name) and must not come from elsewhere
 * (Origin, Sec-Fetch-Site). No answer ever allows another origin to read it.
 */
export interface GuardedRequest {
  readonly method: string
  readonly host: string | undefined
  readonly origin: string | undefined
  /** `Sec-Fetch-Site`, and `Sec-Fetch-Mode` and `-Dest` of browsers that send it. */
  readonly fetchSite: string | undefined
  readonly fetchMode?: string | undefined
  readonly fetchDest?: string | undefined
}

export const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** Undefined if the request may pass. */
export function refusalOf(request: GuardedRequest, place: Place): Problem | undefined {
  const { method, host, origin, fetchSite } = request
  const name = hostName(host)
  if (name === undefined || !isOurs(name, place)) {
    const local = 'localhost, its loopback address, or a name of admin.allowedHosts'
    const names = place.reach === 'network' ? 'its address, or a name of admin.allowedHosts' : local
    return new Problem('host_refused', `the Host header has to name this listener: ${names}`)
  }
  if (origin !== undefined && !hasOwnOrigin(origin, host, place)) {
    return new Problem('origin_refused', 'requests of web pages of another origin are refused')
  }
  if (fetchSite === undefined || fetchSite === 'same-origin' || fetchSite === 'none') return undefined
  if (!SAFE_METHODS.has(method)) {
    return new Problem('origin_refused', 'web pages of another origin can change nothing here')
  }
  // A link that somebody follows from another page; that page sees nothing of where it leads.
  if (request.fetchMode === 'navigate' && request.fetchDest === 'document') return undefined
  return new Problem('origin_refused', 'web pages of another origin can read nothing here')
}

/**
 * Whether an Origin header says that a page of this listener asks. Where a name is allowed and the listener itself speaks no TLS,
 * a proxy may do so in front of it.
 */
export function hasOwnOrigin(origin: string | undefined, host: string | undefined, place: Place): boolean {
  if (origin === undefined || host === undefined) return false
  const [text, authority] = [origin.toLowerCase(), host.toLowerCase()]
  if (text === `https://${authority}`) return place.tls || place.allowedHosts.includes(hostName(host) ?? '')
  return text === `http://${authority}` && !place.tls
}

/** A literal address of the network can't be rebound: whoever has a page there is there. */
function isOurs(name: string, { reach, host, allowedHosts }: Place): boolean {
  return (
    isLoopback(name) ||
    (host !== '' && name === host.toLowerCase()) ||
    allowedHosts.includes(name) ||
    (reach === 'network' && isIP(name) !== 0)
  )
}

/** The host of a Host header, lower case, without brackets and port. Any port: it may be forwarded from another one. */
export function hostName(header: string | undefined): string | undefined {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([^:[\]@/\\\s]+))(?::\d{1,5})?$/i.exec(header ?? '')
  return (parts?.[1] ?? parts?.[2])?.toLowerCase()
}

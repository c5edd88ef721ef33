import { isLoopback } from '../transport/address.js'
import { Problem } from './problem.js'

/**
 * Keeps browser pages of other origins out. A page can send requests to this machine, so a request has to name this listener
 * (Host: a page whose name was rebound to 127.0.0.1 still sends its own name) and must not come from elsewhere (Origin,
 * Sec-Fetch-Site). No answer ever allows another origin to read it.
 */
export interface GuardedRequest {
  readonly method: string
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly fetchSite: string | undefined
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** Undefined if the request may pass. `listener` is the host that the listener was told to bind. */
export function refusalOf(request: GuardedRequest, listener: string): Problem | undefined {
  const host = hostName(request.host)
  if (host === undefined || !(isLoopback(host) || host === listener.toLowerCase())) {
    return new Problem('host_refused', 'the Host header has to name this listener: localhost or its loopback address')
  }
  if (request.origin !== undefined && !isSameOrigin(request.origin, request.host)) {
    return new Problem('origin_refused', 'requests of web pages of another origin are refused')
  }
  const site = request.fetchSite
  if (!SAFE_METHODS.has(request.method) && site !== undefined && site !== 'same-origin' && site !== 'none') {
    return new Problem('origin_refused', 'web pages of another origin can change nothing here')
  }
  return undefined
}

/** The host of a Host header, lower case, without brackets and port. Any port: it may be forwarded from another one. */
function hostName(header: string | undefined): string | undefined {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([^:[\]@/\\\s]+))(?::\d{1,5})?$/i.exec(header ?? '')
  return (parts?.[1] ?? parts?.[2])?.toLowerCase()
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && origin.toLowerCase() === `http://${host.toLowerCase()}`
}

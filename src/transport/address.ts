/**
 * Listen addresses as users write them: `HOST:PORT`, `[IPV6]:PORT`, `unix:PATH`. Port 0 lets the system pick one.
 * Shared by every listener, so that one text means the same everywhere.
 */

export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

const FORMS = 'it takes HOST:PORT, [IPV6]:PORT or unix:PATH'

/** @throws Error that names the address and what would be right. */
export function parseListenAddress(text: string): ListenAddress {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length)
    if (path === '') throw new Error(`listen address "${text}" has no path: ${FORMS}`)
    return { kind: 'unix', path }
  }
  const parts = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(text)
  if (parts === null) throw new Error(`listen address "${text}" is not understood: ${FORMS}`)
  const host = parts[1] ?? parts[2] ?? ''
  if (host === '') throw new Error(`listen address "${text}" has no host: ${FORMS}`)
  const digits = parts[3] ?? ''
  const port = Number(digits)
  if (!/^\d{1,5}$/.test(digits) || port > 65535) {
    throw new Error(`listen address "${text}" has no port from 0 to 65535: ${FORMS}`)
  }
  return { kind: 'tcp', host, port }
}

/** The host of `HOST:PORT`, '' of a path. @throws Error if the address is of neither form. */
export function hostOf(address: string): string {
  const parsed = parseListenAddress(address)
  return parsed.kind === 'tcp' ? parsed.host : ''
}

/** Whether only this machine can reach a host: the names and literals of loopback. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase()
  return name === 'localhost' || name === '::1' || /^(?:::ffff:)?127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(name)
}

/** Who can reach a listener: programs of this machine, the user of a socket's file, or others. */
export type Reach = 'loopback' | 'unix' | 'network'

/** @throws Error if the address is of no known form. */
export function reachOf(address: string): Reach {
  const parsed = parseListenAddress(address)
  if (parsed.kind === 'unix') return 'unix'
  return isLoopback(parsed.host) ? 'loopback' : 'network'
}

/** `host:port` as text, IPv6 in brackets. */
export function formatHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/**
 * What limits per address count a peer as: an IPv4 address as itself, an IPv6 address as its first 64 bits, since whoever has one
 * has all of them, and what has no address, as the clients of a unix socket, as `unix`.
 */
export function sourceOf(remoteAddress: string | undefined): string {
  if (remoteAddress === undefined) return 'unix'
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(remoteAddress)
  if (mapped?.[1] !== undefined) return mapped[1]
  return remoteAddress.includes(':') ? networkOf(remoteAddress) : remoteAddress
}

const GROUPS = 8
const NETWORK_GROUPS = 4

/** `2001:db8:0:1::/64`. */
function networkOf(address: string): string {
  // What follows a % names the interface by which a link-local address is reached.
  const [text = ''] = address.split('%')
  const [before = '', after = ''] = text.split('::')
  const groupsOf = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const head = groupsOf(before)
  const tail = groupsOf(after)
  const zeros = text.includes('::') ? Array<string>(Math.max(0, GROUPS - head.length - tail.length)).fill('0') : []
  const groups = [...head, ...zeros, ...tail].slice(0, NETWORK_GROUPS)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}

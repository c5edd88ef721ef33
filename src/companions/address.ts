import { isIP } from 'node:net'

/** Where clients are told to find the gateway. */
export interface HostPort {
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string
  readonly port: number
}

const HOST_NAME_CHARS_MAX = 253
const HOST_NAME = /^(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?$/i
const PORT_MAX = 65535

/**
 * Reads `HOST:PORT` or `[IPV6]:PORT`, of a configuration or as the `:authority` of a call; without a port it is
 * `defaultPort`, if there is one. Undefined for anything else: what is advertised goes to other programs, which dial it.
 */
export function parseHostPort(text: string, defaultPort?: number): HostPort | undefined {
  const { ip6, name, digits } =
    /^(?:\[(?<ip6>[^\]]*)\]|(?<name>[^:]*))(?::(?<digits>\d{1,5}))?$/.exec(text)?.groups ?? {}
  const host = ip6 ?? name
  const port = digits === undefined ? defaultPort : Number(digits)
  if (host === undefined || port === undefined || port < 1 || port > PORT_MAX) return undefined
  const isHost = ip6 === undefined ? isHostName(host) || isIP(host) === 4 : isPlainIp6(host)
  return isHost ? { host, port } : undefined
}

/** A zone (`%eth0`) means nothing on another machine. */
function isPlainIp6(host: string): boolean {
  return isIP(host) === 6 && !host.includes('%')
}

/** Digits alone are a mistyped IPv4 address. */
function isHostName(host: string): boolean {
  return host.length <= HOST_NAME_CHARS_MAX && HOST_NAME.test(host) && !/^[\d.]+$/.test(host)
}

/** As storage nodes advertise themselves: `/ip4/127.0.0.1/tcp/8080`, and `/tls` after it where that is spoken. */
export function multiaddrOf({ host, port }: HostPort, isTls: boolean): string {
  const kind = { 4: 'ip4', 6: 'ip6' }[isIP(host)] ?? 'dns4'
  return `/${kind}/${host}/tcp/${port}${isTls ? '/tls' : ''}`
}

/** Whether a text is an address in the form that storage nodes advertise and their clients read. */
export function isMultiaddr(text: string): boolean {
  const {
    kind,
    host = '',
    port = '',
  } = /^\/(?<kind>ip4|ip6|dns|dns4|dns6)\/(?<host>[^/]+)\/tcp\/(?<port>\d{1,5})(?:\/tls)?$/.exec(text)?.groups ?? {}
  if (kind === undefined || Number(port) < 1 || Number(port) > PORT_MAX) return false
  if (kind === 'ip4') return isIP(host) === 4
  return kind === 'ip6' ? isPlainIp6(host) : isHostName(host)
}

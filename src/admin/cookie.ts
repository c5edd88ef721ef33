/**
 * The cookie of a login. A browser sends the cookies of a host to every port of it, so the port is part of the name: gateways
 * beside each other do not end each other's logins. `__Host-` (RFC 6265bis) keeps whoever is beside or above this host from
 * setting it, and needs `Secure`.
 */
function cookieName(host: string | undefined, secure: boolean): string {
  const port = /:(\d{1,5})$/.exec(host ?? '')?.[1]
  return `${secure ? '__Host-' : ''}session-gateway${port === undefined ? '' : `-${port}`}`
}

/** `host`: the Host header of the request that is answered. `lifetime_ms` 0 takes the cookie away. */
export function setCookie(
  host: string | undefined,
  value: string,
  { secure, lifetime_ms }: { readonly secure: boolean; readonly lifetime_ms: number },
): string {
  const lifetime_s = Math.floor(lifetime_ms / 1000)
  return `${cookieName(host, secure)}=${value}; Path=/; Max-Age=${lifetime_s}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
}

/**
 * The values that a Cookie header may have for a login; at most one for each name. `tls`: the listener speaks TLS itself, so a
 * cookie that came without it is not ours. One name that is there twice was not set by this listener alone, and is nothing.
 */
export function loginsIn(header: string | undefined, host: string | undefined, tls: boolean): readonly string[] {
  if (header === undefined) return []
  const pairs = header.split(';').map((pair) => {
    const [name = '', ...value] = pair.trim().split('=')
    return { name, value: value.join('=') }
  })
  const names = tls ? [cookieName(host, true)] : [cookieName(host, true), cookieName(host, false)]
  return names.flatMap((wanted) => {
    const values = pairs.filter(({ name }) => name === wanted)
    return values.length === 1 ? values.map(({ value }) => value) : []
  })
}

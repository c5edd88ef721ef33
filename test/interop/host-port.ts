/** `127.0.0.1:8080` in its parts. */
export function splitHostPort(address: string): { readonly host: string; readonly port: number } {
  const [host = '', port] = address.split(':')
  return { host, port: Number(port) }
}

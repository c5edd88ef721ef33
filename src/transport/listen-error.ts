/** Why an operating system refuses to listen, in words; anything else keeps the system's own text. */
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'permission denied',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ENOENT: 'the directory does not exist',
}

/** The error of a listener that cannot listen, of whatever protocol: it names the address and the reason. */
export function listenError(address: string, cause: unknown): Error {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const reason = REASONS[code] ?? (cause instanceof Error ? cause.message : String(cause))
  return new Error(`cannot listen on ${address}: ${reason}`, { cause })
}

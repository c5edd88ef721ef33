import { UINT64_MAX } from '../core/integers.js'
import { parseListenAddress } from '../transport/address.js'

/** What was asked for can't be done. One line that says what would be right. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** `HOST:PORT` or `[IPV6]:PORT`, as given. Throws a UsageError. */
export function parseServer(text: string): string {
  const address = parsedAddress(text)
  if (address?.kind === 'tcp' && address.port > 0) return text
  throw new UsageError(`${JSON.stringify(text)} is no address of a server: it takes HOST:PORT or [IPV6]:PORT`)
}

function parsedAddress(text: string): ReturnType<typeof parseListenAddress> | undefined {
  try {
    return parseListenAddress(text)
  } catch {
    return undefined
  }
}

/** Throws a UsageError. */
export function parseEpoch(text: string): bigint {
  if (/^\d{1,20}$/.test(text) && BigInt(text) <= UINT64_MAX) return BigInt(text)
  throw new UsageError(`${JSON.stringify(text)} is no epoch: it takes a number from 0 to ${UINT64_MAX}`)
}

import { isLoopback } from '../transport/address.js'
import { hostName } from './guard.js'
import type { Place } from './place.js'

/**
 * Browsers use TLS for all ports of that name from then on, also for what has nothing to do with us: so not for names of loopback,
 * where everybody has something, and not for long after the last visit.
 */
const HSTS_AGE_s = 24 * 3600

/** What every answer says to a browser; the page widens the policy for what lies beside it. */
export function secureHeaders(
  { reach, tls }: Pick<Place, 'reach' | 'tls'>,
  host: string | undefined,
): Readonly<Record<string, string>> {
  const isStrict = tls && reach === 'network' && !isLoopback(hostName(host) ?? '')
  return {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    ...(isStrict ? { 'strict-transport-security': `max-age=${HSTS_AGE_s}` } : {}),
  }
}

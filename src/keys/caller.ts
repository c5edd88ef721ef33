import { type Access, demand, type Token } from '../admin/access.js'
import { Problem } from '../admin/problem.js'
import type { Call, ClientCertificate } from '../transport/transport.js'

/** Whoever may use the keys of sessions. */
export interface CallerRules {
  readonly access: Pick<Access, 'shown'>
  /** Names of which a certificate has to have one; undefined if every one will do. */
  readonly certificateNames: ReadonlySet<string> | undefined
}

/** Who calls, and by what that is known. The audit log and the quota know a caller by its name. */
export type Caller = { readonly name: string } & (
  | { readonly token: Token }
  | { readonly certificate: ClientCertificate }
)

/**
 * By its token, or by its certificate if it shows no token. A token that is shown has to be a good one, also beside a certificate.
 * @throws Problem `unauthorized`
 */
export function callerOf(
  { metadata, certificate }: Pick<Call, 'metadata' | 'certificate'>,
  { access }: Pick<CallerRules, 'access'>,
): Caller {
  const authorization = metadata.get('authorization')
  if (authorization === undefined && certificate !== undefined) {
    return { name: `certificate ${shownName(certificate)}`, certificate }
  }
  const token = access.shown(authorization)
  return { name: token.name, token }
}

/** @throws Problem `forbidden` */
export function checkMaySign(caller: Caller, { certificateNames }: Pick<CallerRules, 'certificateNames'>): void {
  if ('token' in caller) {
    demand(caller.token, 'sign')
    return
  }
  if (certificateNames === undefined || caller.certificate.names.some((name) => certificateNames.has(name))) return
  throw new Problem('forbidden', 'the client certificate has none of the names in keys.tls.clientNames')
}

const NAME_MAX = 128

/** One that is too long to be a name, or none, is told by what no other certificate has. */
function shownName({ names: [name], fingerprint }: ClientCertificate): string {
  return name === undefined || name.length > NAME_MAX ? fingerprint : name
}

import type { BearerToken } from '../../generated/v2/acl.js'
import type { RequestMetaHeader } from '../../generated/v2/session.js'
import type { SessionToken, SessionTokenV2 } from '../../generated/v2/token.js'
import type { TokenContents } from '../limits.js'
import { levelsOf } from '../three-part.js'

/** Create ignores the tokens that travel with it (neofs-v2 §2.1), but they are read, and signed with the rest. */
export function tokensOf(top: RequestMetaHeader | undefined): TokenContents {
  let objects = 0
  let keys = 0
  for (const { sessionToken, bearerToken, sessionTokenV2 } of levelsOf(top)) {
    objects += objectsOf(sessionToken)
    keys += keysOf(bearerToken)
    for (const { body } of levelsOf<SessionTokenV2>(sessionTokenV2)) {
      // A context is a container and what may be done in it, a subject an account.
      objects += body?.contexts.length ?? 0
      keys += body?.subjects.length ?? 0
    }
  }
  return { objects, keys }
}

function objectsOf(token: SessionToken | undefined): number {
  return token?.body?.object?.target?.objects.length ?? 0
}

function keysOf(token: BearerToken | undefined): number {
  let keys = 0
  for (const { targets } of token?.body?.eaclTable?.records ?? []) {
    for (const target of targets) keys += target.keys.length
  }
  return keys
}

import { SessionError } from '../core/errors.js'
import type { AdapterObserver } from './adapter.js'

export type LimitObserver = Pick<AdapterObserver, 'limit'>

/** Counts that a limit was hit and makes the error for whoever is refused; `name` is that of the configuration below `limits`. */
export function limitError(observer: LimitObserver, name: string, value: number, message: string): SessionError {
  const limit = `limits.${name}`
  observer.limit(limit)
  return new SessionError('limit', message, { details: { limit, value } })
}

/** What the tokens of one request name, all of them together. */
export interface TokenContents {
  readonly objects: number
  /** Public keys and accounts. */
  readonly keys: number
}

export interface TokenLimits {
  readonly tokenObjects: number
  readonly tokenKeys: number
}

/** Raises `limit`. Comes before any signature: what is signed is written again, token and all, when it does not verify at once. */
export function checkTokens({ objects, keys }: TokenContents, limits: TokenLimits, observer: LimitObserver): void {
  const { tokenObjects, tokenKeys } = limits
  if (objects > tokenObjects) {
    const text = `tokens with ${objects} objects, at most ${tokenObjects} are accepted here`
    throw limitError(observer, 'tokenObjects', tokenObjects, text)
  }
  if (keys > tokenKeys) {
    throw limitError(
      observer,
      'tokenKeys',
      tokenKeys,
      `tokens with ${keys} keys, at most ${tokenKeys} are accepted here`,
    )
  }
}

import { bindingOf } from '../../core/binding.js'
import type { Random } from '../../core/random.js'
import type { Session } from '../../core/session.js'
import { type Keyring, keyIdOf } from '../../crypto/keyring.js'
import { SealError } from '../../crypto/seal.js'
import { resealSessionKey } from '../../crypto/session-keys.js'
import type { StoreAlone } from '../../stores/lmdb/alone.js'

/** Sessions of one transaction, at about 50 µs each: a few syncs a second cost nothing, and progress moves. */
export const BATCH = 2_000

export interface ResealParts {
  readonly store: Pick<StoreAlone, 'replaceKeyring' | 'resealSome'>
  readonly keyring: Keyring
  /** With the wrapping key that the store opens with until the end. */
  readonly wrap: (keyring: Keyring) => Uint8Array
  /** With the one that it opens with afterwards. */
  readonly wrapLast: (keyring: Keyring) => Uint8Array
  readonly random: Random
  readonly wallTime_ms: number
  readonly onBatch: (looked: number) => void
  readonly batch?: number
}

export interface Resealed {
  readonly changed: number
  /** No new data key was made: one was there from a run that did not come to its end. */
  readonly finishedEarlier: boolean
}

/**
 * Seals every session key with a new data key. Each step is a transaction, and between any two the store is good: it has every
 * data key that a session in it is sealed with, until the last step, which removes the old ones and changes the wrapping key.
 * A run that finds several data keys goes on with the newest.
 * @throws Error for a session key that does not open; nothing is removed then
 */
export function resealStore(parts: ResealParts): Resealed {
  const { store, keyring, batch = BATCH } = parts
  const finishedEarlier = keyring.dataKeys().length > 1
  const after = finishedEarlier ? keyring : keyring.rotate(parts.random, Math.trunc(parts.wallTime_ms))
  if (!finishedEarlier) store.replaceKeyring(parts.wrap(after))
  let changed = 0
  for (let next: number | undefined = 0; next !== undefined; ) {
    const done = store.resealSome(next, batch, (session) => sealedAnew(session, after))
    next = done.next
    changed += done.changed
    parts.onBatch(done.looked)
  }
  store.replaceKeyring(parts.wrapLast(after.withoutOld()))
  return { changed, finishedEarlier }
}

/** Undefined if the current data key sealed it. */
function sealedAnew(session: Session, keyring: Keyring): Uint8Array | undefined {
  const { id, key } = session
  if (key === undefined) return undefined
  try {
    if (keyIdOf(key.sealed) === keyring.currentId) return undefined
    return resealSessionKey(key, keyring, bindingOf(session)).sealed
  } catch (error) {
    if (!(error instanceof SealError)) throw error
    throw new Error(
      `the private key of session ${id} does not open (${error.message}), and no key was removed: ` +
        'close that session and run store rekey again',
      { cause: error },
    )
  }
}

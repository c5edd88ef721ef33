import type { ConfigInputs } from '../../config/load.js'
import { bindingOf } from '../../core/binding.js'
import { SessionError } from '../../core/errors.js'
import type { Keyring } from '../../crypto/keyring.js'
import { SealError } from '../../crypto/seal.js'
import { openSessionKey } from '../../crypto/session-keys.js'
import { checkStore } from '../../stores/lmdb/check.js'
import type { StoreSnapshot } from '../../stores/lmdb/snapshot.js'
import { type Place, placeOf, secretsOf, withSnapshot } from './place.js'
import { grouped, Progress } from './progress.js'

/** @throws SessionError `store_unavailable` for a store that is not whole */
export async function check(inputs: ConfigInputs, withKeys: boolean): Promise<void> {
  const place = placeOf(inputs)
  const progress = new Progress('rows checked')
  const text = await withSnapshot(place, (snapshot) => {
    const secrets = withKeys ? secretsOf(place) : undefined
    // A wrong key is told at once, and not after minutes.
    secrets?.open(snapshot.meta.keyring)
    const { open, tombstones } = checkStore(snapshot.file, progress.step)
    const sessions = `${grouped(open)} open sessions, ${grouped(tombstones)} that ended`
    if (secrets === undefined) return `${sessions}; whether session keys open was left out`
    const keys = checkKeys(snapshot, secrets.keyring, place, progress.step)
    return `${sessions}, ${grouped(keys)} session keys that open`
  }).finally(() => progress.end())
  process.stdout.write(`${place.url} is whole: ${text}\n`)
}

/** How many there are. @throws SessionError `store_unavailable` if some don't open */
export function checkKeys(
  snapshot: Pick<StoreSnapshot, 'sessions'>,
  keyring: Keyring,
  { directory }: Pick<Place, 'directory'>,
  onSession: () => void = () => {},
): number {
  let opened = 0
  let failed = 0
  let first: { readonly id: string; readonly error: SealError } | undefined
  for (const { session, end } of snapshot.sessions()) {
    onSession()
    if (end !== undefined || session.key === undefined) continue
    try {
      openSessionKey(session.key, keyring, bindingOf(session)).fill(0)
      opened += 1
    } catch (error) {
      if (!(error instanceof SealError)) throw error
      failed += 1
      first ??= { id: session.id, error }
    }
  }
  if (first === undefined) return opened
  throw new SessionError(
    'store_unavailable',
    `the store in ${directory} has ${grouped(failed)} session keys that do not open, the first that of session ${first.id} ` +
      `(${first.error.message}): id, owner, lifetime or key was changed; close those sessions, or go on with a backup`,
    { cause: first.error },
  )
}
